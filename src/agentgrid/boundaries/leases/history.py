"""The lease's part of the log: from these events alone one can tell which leases live at each index of it."""

from collections.abc import Sequence
from dataclasses import replace

from agentgrid.boundaries.leases.lease import Lease, LeasePattern
from agentgrid.boundaries.leases.queries import date_lease, end_lease, insert_remains, replace_patterns
from agentgrid.machine.clock import Instant
from agentgrid.store.events import record_event
from agentgrid.store.session import Session

ACQUIRED, RENEWED, REVIVED, RELEASED = "lease.acquired", "lease.renewed", "lease.revived", "lease.released"
LANDED, RECLAIMED, FORCED, RESTARTED = "lease.landed", "lease.reclaimed", "lease.forced", "lease.restarted"


def record(
    session: Session, now: Instant, kind: str, actor: str, *, before: Lease | None, after: Lease | None, **more: object
) -> None:
    """One event. `after`: None when the lease lives no more. `more`: what else there is to say."""
    lease = after or before
    assert lease is not None
    record_event(
        session, now, kind, actor=actor, subject=" ".join(lease.texts), token=lease.token,
        before=_facts(before) if before else None,
        after={**(_facts(after) if after else {}), **more} if after or more else None,
    )  # fmt: skip


def close(session: Session, now: Instant, lease: Lease, kind: str, actor: str, **more: object) -> None:
    """Ends a lease and says so in the log. `kind`: one of the events above."""
    end_lease(session, lease.token, kind.removeprefix("lease."), now)
    record(session, now, kind, actor, before=lease, after=None, **more)


def drop_patterns(
    session: Session, now: Instant, lease: Lease, dropped: Sequence[LeasePattern], kind: str, actor: str, **more: object
) -> Lease | None:
    """Takes patterns out of a lease; what is left of it, None when it ended with them."""
    kept = tuple(pattern for pattern in lease.patterns if pattern not in dropped)
    if not kept:
        close(session, now, lease, kind, actor, **more)
        return None
    smaller = replace(lease, patterns=kept)
    replace_patterns(session, lease.token, kept)
    insert_remains(session, lease, dropped, kind.removeprefix("lease."), now)
    record(session, now, kind, actor, before=lease, after=smaller, **more)
    return smaller


def date_misdated(session: Session, now: Instant, leases: Sequence[Lease], actor: str) -> list[Lease]:
    """Puts leases of another start of the machine, or of the future, on this clock.

    After a restart the grace period starts now; what was renewed in the future counts as renewed now.
    """
    dated: list[Lease] = []
    for lease in leases:
        if lease.boot == now.boot and lease.renewed_ms <= now.mono_ms:
            dated.append(lease)
            continue
        renewed_ms = now.mono_ms if lease.boot == now.boot else now.mono_ms - lease.ttl_ms - 1
        dated.append(date_lease(session, lease, now, renewed_ms))
        record(session, now, RESTARTED, actor, before=lease, after=dated[-1])
    return dated


def _facts(lease: Lease) -> dict[str, object]:
    return {
        "token": lease.token,
        "holder": lease.holder,
        "incarnation": lease.incarnation,
        "host": lease.host,
        "patterns": lease.texts,
        "reason": lease.reason,
        "automatic": lease.is_automatic,
        "until": lease.until,
        "ttl_s": lease.ttl_ms / 1000,
    }
