"""Who gets a lease: pure. What is known of leases, waiters and git comes in; a decision comes out, to be acted on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agentgrid.boundaries.leases.lease import (
    OVER,
    RECLAIMABLE,
    Commit,
    Lease,
    LeasePattern,
    Terms,
    WorkFacts,
    judge_state,
    meetings,
    needs_facts,
)
from agentgrid.machine.clock import Instant

WAITER_DEAD_MS = 10_000


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks. `name`: an agent's id, or `@login`. `incarnation`: of the agent's worktree, empty for a person."""

    name: str
    incarnation: str
    host: str


@dataclass(frozen=True, slots=True)
class Request:
    """`ticket`: the place in the queue that the asker waits at, None when it doesn't wait."""

    holder: Holder
    patterns: tuple[LeasePattern, ...]
    terms: Terms
    reason: str = ""
    is_automatic: bool = False
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class Waiter:
    """`beat_ms`: when it last showed that it lives, on the clock of the start `boot`."""

    ticket: int
    holder: str
    incarnation: str
    host: str
    boot: str
    beat_ms: int
    asked_at: str
    patterns: tuple[LeasePattern, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """`renewed`: the asker's own lease that says the same already. `over`: leases whose work has landed.
    `reclaimed`: leases that are taken over."""

    renewed: Lease | None = None
    over: tuple[Lease, ...] = ()
    reclaimed: tuple[Lease, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """`asked` meets `held` of a lease (`state`, and its `commits` that haven't landed), or of a waiter who came
    first."""

    asked: LeasePattern
    held: LeasePattern
    lease: Lease | None = None
    state: str | None = None
    commits: tuple[Commit, ...] = ()
    waiter: Waiter | None = None

    @property
    def holder(self) -> str:
        found = self.lease or self.waiter
        assert found is not None
        return found.holder


@dataclass(frozen=True, slots=True)
class Refusals:
    """Everything that stands in the way as far as it is known; never empty."""

    found: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class NeedsFacts:
    """Nothing can be decided before git was asked about these."""

    leases: tuple[Lease, ...]


def decide_acquire(
    request: Request,
    leases: Sequence[Lease],
    waiters: Iterable[Waiter],
    facts: Mapping[int, WorkFacts],
    now: Instant,
) -> Grant | Refusals | NeedsFacts:
    """May `request` have its patterns, all of them? `leases`: every live one. `facts`: token → what git said; facts of
    a lease that changed meanwhile don't count."""
    same = find_same(request, leases)
    if same is not None:
        return Grant(renewed=same)
    fresh = _not_held_yet(request, leases)
    ending: dict[str, list[Lease]] = {OVER: [], RECLAIMABLE: []}
    unknown: list[Lease] = []
    refusals: list[Refusal] = []
    for lease, pairs in _conflicts(request, fresh, leases):
        known = facts.get(lease.token)
        if known is not None and known.key != lease.key:
            known = None
        state = judge_state(lease, known, now)
        if known is None and needs_facts(lease, now):
            unknown.append(lease)
        elif state in ending:
            ending[state].append(lease)
        else:
            commits = known.unlanded if known else ()
            refusals += [Refusal(*pair, lease=lease, state=state, commits=commits) for pair in pairs]
    if not refusals and unknown:
        return NeedsFacts(tuple(unknown))
    refusals = refusals or _refused_by_queue(request, fresh, waiters, now)
    if refusals:
        return Refusals(tuple(refusals))
    return Grant(over=tuple(ending[OVER]), reclaimed=tuple(ending[RECLAIMABLE]))


def find_same(request: Request, leases: Iterable[Lease]) -> Lease | None:
    """The asker's own live lease that has every pattern it asks for, word by word."""
    wanted = {pattern.text for pattern in request.patterns}
    for lease in leases:
        if lease.holder == request.holder.name and wanted <= {pattern.text for pattern in lease.patterns}:
            return lease
    return None


def is_waiting(waiter: Waiter, now: Instant) -> bool:
    """A waiter that was killed, stopped or is of an earlier start of the machine holds up nobody."""
    return waiter.boot == now.boot and abs(now.mono_ms - waiter.beat_ms) <= WAITER_DEAD_MS


def count_ahead(request: Request, waiters: Iterable[Waiter], now: Instant) -> int:
    """How many live waiters come before the request and want a path that it wants."""
    return sum(bool(pairs) for _, pairs in _conflicts_ahead(request, request.patterns, waiters, now))


def _not_held_yet(request: Request, leases: Iterable[Lease]) -> list[LeasePattern]:
    """What the asker holds, word for word, nobody else can hold, and nobody's waiting takes it away."""
    own = {pattern.text for lease in leases if lease.holder == request.holder.name for pattern in lease.patterns}
    return [pattern for pattern in request.patterns if pattern.text not in own]


def _conflicts(
    request: Request, fresh: Sequence[LeasePattern], leases: Iterable[Lease]
) -> Iterator[tuple[Lease, list[tuple[LeasePattern, LeasePattern]]]]:
    for lease in leases:
        if lease.holder != request.holder.name:
            pairs = meetings(fresh, lease.patterns)
            if pairs:
                yield lease, pairs


def _conflicts_ahead(
    request: Request, fresh: Sequence[LeasePattern], waiters: Iterable[Waiter], now: Instant
) -> Iterator[tuple[Waiter, list[tuple[LeasePattern, LeasePattern]]]]:
    for waiter in waiters:
        is_behind = request.ticket is not None and waiter.ticket >= request.ticket
        if not is_behind and waiter.holder != request.holder.name and is_waiting(waiter, now):
            yield waiter, meetings(fresh, waiter.patterns)


def _refused_by_queue(
    request: Request, fresh: Sequence[LeasePattern], waiters: Iterable[Waiter], now: Instant
) -> list[Refusal]:
    ahead = _conflicts_ahead(request, fresh, waiters, now)
    return [Refusal(*pair, waiter=waiter) for waiter, pairs in ahead for pair in pairs]
