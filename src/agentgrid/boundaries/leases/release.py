"""Giving leases back, and taking them away from others: decided on what is held, then done in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.leases.asked_paths import EVERYTHING, AskedPath
from agentgrid.boundaries.leases.coverage import Coverage
from agentgrid.boundaries.leases.history import FORCED, RELEASED, drop_patterns
from agentgrid.boundaries.leases.lease import Lease, LeasePattern, meetings
from agentgrid.boundaries.leases.notices import notify
from agentgrid.boundaries.leases.queries import read_lease, read_live
from agentgrid.boundaries.leases.renewal import require_own
from agentgrid.errors import InputError, Refused
from agentgrid.git.paths import show_path
from agentgrid.machine.clock import rfc3339
from agentgrid.store.session import Session, Store


@dataclass(frozen=True, slots=True)
class Drop:
    """`patterns` leave `lease`; it ends when none is left."""

    lease: Lease
    patterns: tuple[LeasePattern, ...]

    @property
    def is_whole(self) -> bool:
        return len(self.patterns) == len(self.lease.patterns)


def unlock(
    store: Store, holder: str, asked: Sequence[AskedPath] = (), *, token: int | None = None, everything: bool = False
) -> list[Drop]:
    """Releases what `holder` has: the paths that are asked for, the lease with `token`, or everything.

    Raises Refused when it doesn't hold one of them, or holds it under a wider pattern.
    """
    with store.write() as session:
        own = read_live(session, holder) if token is None else [require_own(session, holder, token)]
        others = read_live(session) if asked else []
        is_whole = everything or not asked
        drops = [Drop(lease, lease.patterns) for lease in own] if is_whole else decide_drops(own, asked, others)
        now = store.now()
        for drop in drops:
            drop_patterns(session, now, drop.lease, drop.patterns, RELEASED, holder)
    return drops


def force(
    store: Store, person: str, asked: Sequence[AskedPath] = (), *, token: int | None = None, reason: str
) -> list[Drop]:
    """A person takes leases away from whoever holds them; each holder is told at its next command."""
    with store.write() as session:
        live = read_live(session) if token is None else [_require_live(session, token)]
        drops = decide_drops(live, asked, live) if asked else [Drop(lease, lease.patterns) for lease in live]
        now = store.now()
        for drop in drops:
            drop_patterns(session, now, drop.lease, drop.patterns, FORCED, person, forced_because=reason)
            lost = " ".join(show_path(pattern.text) for pattern in drop.patterns)
            message = f"{person} took lease {drop.lease.token} on {lost} away at {rfc3339(now.wall)}: {reason}"
            notify(session, now, drop.lease.holder, message)
    return drops


def decide_drops(leases: Sequence[Lease], asked: Sequence[AskedPath], live: Sequence[Lease]) -> list[Drop]:
    """Which patterns of `leases` are meant: those equal to a path, or lying in a folder. Raises Refused when a path
    means none. `live`: everybody's, for saying who has it instead."""
    dropped: dict[int, list[LeasePattern]] = {}
    for path in asked:
        found = [(lease.token, each) for lease in leases for each in lease.patterns if _is_meant(path, each)]
        if not found:
            raise _not_held(path, leases, live)
        for token, pattern in found:
            dropped.setdefault(token, []).append(pattern)
    return [
        Drop(lease, tuple(each for each in lease.patterns if each in dropped[lease.token]))
        for lease in leases
        if lease.token in dropped
    ]


def _is_meant(path: AskedPath, held: LeasePattern) -> bool:
    for asked in path.patterns:
        folder = b"/" if asked.text == EVERYTHING.encode() else b"/" + asked.text.strip(b"/") + b"/"
        if asked.text == held.text or (path.literal and (b"/" + held.text.lstrip(b"/")).startswith(folder)):
            return True
    return False


def _not_held(path: AskedPath, leases: Sequence[Lease], live: Sequence[Lease]) -> Exception:
    shown = show_path(path.patterns[0].text)
    for lease in leases:
        wider = meetings(path.patterns, lease.patterns) and _covers(lease, path)
        if wider:
            pattern = show_path(wider.text)
            return Refused(f"{shown} is held as part of {pattern} (lease {lease.token})",
                           hint=f"release that: agentgrid unlock '{pattern}'")  # fmt: skip
    for lease in live:
        if meetings(path.patterns, lease.patterns):
            return Refused(f"{shown} is not locked here; {lease.holder} has lease {lease.token} on it",
                           hint="a person may take it away: agentgrid unlock --force --reason TEXT PATH…")  # fmt: skip
    return Refused(f"{shown} is not locked", hint="see what is: agentgrid locks")


def _covers(lease: Lease, path: AskedPath) -> LeasePattern | None:
    """The pattern of the lease that covers the path."""
    if path.literal is None:
        return next((theirs for _, theirs in meetings(path.patterns, lease.patterns)), None)
    for pattern in lease.patterns:
        if Coverage([replace(lease, patterns=(pattern,))]).covering(path.literal.path):
            return pattern
    return None


def _require_live(session: Session, token: int) -> Lease:
    lease = read_lease(session, token)
    if lease is None:
        raise InputError(f"no lease has the token {token}", hint="agentgrid locks")
    return require_own(session, lease.holder, token)
