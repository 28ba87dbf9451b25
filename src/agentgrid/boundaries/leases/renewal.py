"""Signs of a holder: what keeps its leases alive, and brings back one that nobody took meanwhile."""

from agentgrid.boundaries.leases.lease import Lease, is_misdated
from agentgrid.boundaries.leases.queries import read_lease, read_live
from agentgrid.boundaries.leases.taking import renew_lease
from agentgrid.errors import Refused
from agentgrid.machine.clock import Instant
from agentgrid.store.session import Session, Store

_DUE = 3  # a renewal is an fsync: only after this part of the time to live


def renew_due(store: Store, agent: str) -> list[Lease]:
    """Renews, or revives, those leases of `agent` that heard nothing of it for a third of their time to live."""
    if not has_due(store, agent):
        return []
    with store.write() as session:
        now = store.now()
        return [renew_lease(session, now, lease) for lease in read_live(session, agent) if _is_due(lease, now)]


def has_due(store: Store, agent: str) -> bool:
    """Whether `renew_due` has anything to do."""
    with store.read() as session:
        now = store.now()
        return any(_is_due(lease, now) for lease in read_live(session, agent))


def renew(store: Store, holder: str, token: int | None = None) -> list[Lease]:
    """Renews all leases of `holder`, or the one with this token. Raises Refused when that isn't its live lease."""
    with store.read() as session:  # who has nothing writes nothing
        if token is None and not read_live(session, holder):
            return []
    with store.write() as session:
        now = store.now()
        own = read_live(session, holder) if token is None else [require_own(session, holder, token)]
        return [renew_lease(session, now, lease) for lease in own]


def require_own(session: Session, holder: str, token: int) -> Lease:
    """The live lease of `holder` with this token. Raises Refused, saying what became of it."""
    lease = read_lease(session, token)
    if lease is None:
        raise Refused(f"no lease has the token {token}", hint="agentgrid locks")
    if lease.ended_how is not None:
        raise Refused(f"token {token} is over: {_ending(session, lease)}", hint="take it again: agentgrid lock PATH…")
    if lease.holder != holder:
        raise Refused(f"lease {token} is {lease.holder}'s, not {holder}'s", hint=f"agentgrid locks --agent {holder}")
    return lease


def _ending(session: Session, lease: Lease) -> str:
    rows = session.run("SELECT actor FROM events WHERE token = :token AND kind = :kind ORDER BY seq DESC LIMIT 1",
                       token=lease.token, kind=f"lease.{lease.ended_how}")  # fmt: skip
    actor = rows[0]["actor"] if rows else lease.holder
    done = {
        "reclaimed": f"it expired, and {actor} took it over",
        "forced": f"{actor} took it away",
        "landed": "its work has landed",
    }.get(lease.ended_how or "", f"{actor} released it")
    return f"{done} at {lease.ended_at}"


def _is_due(lease: Lease, now: Instant) -> bool:
    return is_misdated(lease, now) or now.mono_ms - lease.renewed_ms > lease.ttl_ms // _DUE
