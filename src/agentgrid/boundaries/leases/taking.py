"""One try to take a lease, inside one transaction: live leases in, the pure decision, leases and events out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from agentgrid.boundaries.leases.asking import Grant, NeedsFacts, Refusals, Request, decide_acquire
from agentgrid.boundaries.leases.history import (
    ACQUIRED,
    LANDED,
    RECLAIMED,
    RENEWED,
    REVIVED,
    close,
    date_misdated,
    record,
)
from agentgrid.boundaries.leases.lease import HELD, Lease, WorkFacts, judge_state
from agentgrid.boundaries.leases.notices import notify
from agentgrid.boundaries.leases.queries import (
    delete_waiter,
    forget_ended,
    insert_lease,
    insert_waiter,
    read_live,
    read_waiters,
    touch_lease,
)
from agentgrid.machine.clock import Instant, rfc3339
from agentgrid.store.session import Session

KEEP_ENDED = timedelta(days=30)
_FORGET_EVERY = 64


@dataclass(frozen=True, slots=True)
class Rescued:
    """Where the uncommitted work of a lease's old holder is kept. `key`: the lease as it was then. `ref`: None when
    there was nothing to keep."""

    key: tuple[int, int, str | None]
    ref: str | None


@dataclass(frozen=True, slots=True)
class Acquired:
    """`is_new` False: the holder had it, and it was renewed. `taken_over`: leases that nobody kept up."""

    lease: Lease
    is_new: bool = True
    taken_over: tuple[Lease, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedsRescue:
    """These are to be taken over, once the old holders' work is safe."""

    leases: tuple[Lease, ...]


@dataclass(frozen=True, slots=True)
class Queued:
    """The asker has a place in the queue now; `refusals`: what stands in the way."""

    ticket: int
    refusals: Refusals


Outcome = Acquired | Refusals | NeedsFacts | NeedsRescue | Queued


def try_once(
    session: Session,
    request: Request,
    now: Instant,
    facts: Mapping[int, WorkFacts],
    rescues: Mapping[int, Rescued],
    *,
    is_queueing: bool = False,
) -> Outcome:
    """Acquires, or says what is missing. `is_queueing`: a request that is refused gets a ticket, unless its holder
    has a lease already: who holds doesn't wait."""
    leases = date_misdated(session, now, read_live(session), request.holder.name)
    decision = decide_acquire(request, leases, read_waiters(session), facts, now)
    if isinstance(decision, Grant):
        return _grant(session, request, now, decision, rescues)
    is_holding = any(lease.holder == request.holder.name for lease in leases)
    if isinstance(decision, Refusals) and is_queueing and not is_holding:
        return Queued(insert_waiter(session, request.holder, request.patterns, now), decision)
    return decision


def renew_lease(session: Session, now: Instant, lease: Lease, request: Request | None = None) -> Lease:
    """A sign of the holder: the lease lives on, or comes back, under the same token."""
    kind = RENEWED if judge_state(lease, None, now) == HELD else REVIVED
    touched = touch_lease(session, lease, now, request)
    record(session, now, kind, lease.holder, before=lease, after=touched)
    return touched


def _grant(
    session: Session, request: Request, now: Instant, grant: Grant, rescues: Mapping[int, Rescued]
) -> Acquired | NeedsRescue:
    if request.ticket is not None and grant.renewed is not None:
        delete_waiter(session, request.ticket)
    if grant.renewed is not None:
        return Acquired(renew_lease(session, now, grant.renewed, request), is_new=False)
    unsafe = tuple(each for each in grant.reclaimed if not _is_rescued(each, rescues))
    if unsafe:
        return NeedsRescue(unsafe)
    actor = request.holder.name
    for lease in grant.over:
        close(session, now, lease, LANDED, actor)
    for lease in grant.reclaimed:
        _take_over(session, now, lease, actor, rescues[lease.token].ref if lease.is_agents else None)
    lease = insert_lease(session, request, now)
    record(session, now, ACQUIRED, actor, before=None, after=lease)
    if request.ticket is not None:
        delete_waiter(session, request.ticket)
    if lease.token % _FORGET_EVERY == 0:
        forget_ended(session, rfc3339(now.wall - KEEP_ENDED))
    taken = tuple(replace(each, ended_how="reclaimed") for each in grant.reclaimed)
    return Acquired(lease, taken_over=taken)


def _is_rescued(lease: Lease, rescues: Mapping[int, Rescued]) -> bool:
    return not lease.is_agents or (lease.token in rescues and rescues[lease.token].key == lease.key)


def _take_over(session: Session, now: Instant, lease: Lease, actor: str, ref: str | None) -> None:
    close(session, now, lease, RECLAIMED, actor, rescue=ref)
    kept = f"; your uncommitted work of that moment is kept too: git stash apply --index {ref}" if ref else ""
    notify(
        session, now, lease.holder,
        f"lease {lease.token} on {' '.join(lease.texts)} had expired, and {actor} took it over at "
        f"{rfc3339(now.wall)}{kept}",
    )  # fmt: skip
