"""The leases of one grid. What hooks and commands call:

    book = LeaseBook(repository, store, compiled, in_force)  # in_force(): the policy, when git has to be asked
    book.acquire(request) -> Acquired                      # raises LeaseHeld
    book.acquire_automatically(agent, incarnation, paths) -> Automatic      # never waits, all or nothing
    book.note_work(agent, paths, oid)       # the ref update accepted the commit `oid`, which changes `paths`
    book.end_at_commit(agent, paths)        # ends leases `until: commit`
    book.end_landed() -> ended leases       # what is over by now
    Ledger.read(store).standing(path, agent)                                (ledger)
    renew_due(store, agent)                                                 (renewal)
    take_notices(store, agent)                                              (notices)

No transaction spans a git call: what git says is gathered before, and only counts while the lease is as it was.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agentgrid.boundaries.leases.asked_paths import exact_pattern
from agentgrid.boundaries.leases.asking import (
    Grant,
    Holder,
    NeedsFacts,
    Refusal,
    Refusals,
    Request,
    decide_acquire,
)
from agentgrid.boundaries.leases.coverage import Coverage
from agentgrid.boundaries.leases.history import LANDED, RELEASED, close
from agentgrid.boundaries.leases.lease import OVER, UNTIL_COMMIT, Lease, Terms, WorkFacts, judge_state
from agentgrid.boundaries.leases.queries import read_live, read_waiters, set_work
from agentgrid.boundaries.leases.refusals import lease_held
from agentgrid.boundaries.leases.taking import Acquired, NeedsRescue, Queued, Rescued, try_once
from agentgrid.errors import StoreBusy
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store

if TYPE_CHECKING:
    from agentgrid.boundaries.leases.work_facts import WorkReader
    from agentgrid.config.in_force import InForce

_MOST_TRIES = 12


@dataclass(frozen=True, slots=True)
class Automatic:
    """What became of an automatic request. `lease`: None when nothing had to be taken. `refused`: path → why not; then
    nothing was taken at all."""

    lease: Lease | None = None
    refused: tuple[tuple[bytes, Refusal], ...] = ()


class LeaseBook:
    """Takes and ends leases. `compiled`: the compiled policy, for the terms of a new lease."""

    def __init__(
        self,
        repository: Repository,
        store: Store,
        compiled: dict[str, Any],
        in_force: "Callable[[], InForce]",
    ) -> None:
        self.repository = repository
        self.store = store
        self.terms = Terms.of(compiled)
        self._in_force = in_force

    @cached_property
    def work(self) -> "WorkReader":
        """What git says about the work under leases: asked only when somebody is in the way, or late."""
        from agentgrid.boundaries.leases.work_facts import WorkReader

        return WorkReader(self.repository, self.store, self._in_force)

    def acquire(self, request: Request) -> Acquired:
        """Takes all that is asked for, or raises LeaseHeld. What the holder has already is renewed."""
        outcome = self.try_acquire(request)
        if isinstance(outcome, Acquired):
            return outcome
        assert isinstance(outcome, Refusals)
        raise lease_held(outcome, request, self.store.now())

    def try_acquire(self, request: Request, *, is_queueing: bool = False) -> Acquired | Refusals | Queued:
        """As `acquire`, without raising. `is_queueing`: who is refused gets a ticket, unless it holds a lease."""
        facts: dict[int, WorkFacts] = {}
        rescues: dict[int, Rescued] = {}
        for _ in range(_MOST_TRIES):
            with self.store.write() as session:
                now = self.store.now()
                outcome = try_once(session, request, now, facts, rescues, is_queueing=is_queueing)
            if isinstance(outcome, NeedsFacts):
                facts |= self.work.gather(outcome.leases)
            elif isinstance(outcome, NeedsRescue):
                from agentgrid.boundaries.leases.rescuing import rescue_holder

                taker = request.holder.name
                rescues |= {each.token: rescue_holder(self.repository, each, taker) for each in outcome.leases}
            else:
                return outcome
        raise StoreBusy("the leases change faster than git can be asked about them", hint="try again")

    def foresee(self, request: Request) -> Grant | Refusals:
        """What `try_acquire` would come to; nothing is changed."""
        facts: dict[int, WorkFacts] = {}
        for _ in range(_MOST_TRIES):
            with self.store.read() as session:
                leases, waiters = read_live(session), read_waiters(session)
            decision = decide_acquire(request, leases, waiters, facts, self.store.now())
            if not isinstance(decision, NeedsFacts):
                return decision
            facts |= self.work.gather(decision.leases)
        raise StoreBusy("the leases change faster than git can be asked about them", hint="try again")

    def acquire_automatically(self, agent: str, incarnation: str, paths: Sequence[bytes]) -> Automatic:
        """One lease on those of `paths` that no live lease of `agent` covers; all of them or none."""
        own = self._live(agent)
        coverage = Coverage(own)
        covering = {path: coverage.covering(path) for path in paths}
        # New work on a path: that older work lands doesn't end the lease any more.
        self._set_work({each.token for found in covering.values() for each in found if each.work_oid}, None)
        wanted = {exact_pattern(path).text: path for path, found in covering.items() if not found}
        if not wanted:
            return Automatic()
        holder = Holder(agent, incarnation, os.uname().nodename)
        patterns = tuple(exact_pattern(path) for path in wanted.values())
        request = Request(holder, patterns, self.terms, is_automatic=True)
        outcome = self.try_acquire(request)
        if isinstance(outcome, Refusals):
            return Automatic(refused=tuple((wanted[each.asked.text], each) for each in outcome.found))
        assert isinstance(outcome, Acquired)
        return Automatic(outcome.lease)

    def note_work(self, agent: str, paths: Iterable[bytes], oid: str) -> None:
        """Remembers the last commit under each live lease of `agent` that covers one of `paths`."""
        found = self._covering(agent, paths)
        self._set_work({lease.token for lease in found if lease.work_oid != oid}, oid)

    def end_at_commit(self, agent: str, paths: Iterable[bytes]) -> list[Lease]:
        """Ends the agent's leases that live until a commit of theirs, when the commit changes one of `paths`."""
        tokens = {lease.token for lease in self._covering(agent, paths) if lease.until == UNTIL_COMMIT}
        return self._end(lambda lease: lease.token in tokens, RELEASED, agent) if tokens else []

    def end_landed(self, actor: str) -> list[Lease]:
        """Ends every lease whose work has landed."""
        with self.store.read() as session:
            candidates = [lease for lease in read_live(session) if lease.work_oid and lease.until != UNTIL_COMMIT]
        facts = self.work.gather(candidates)
        now = self.store.now()
        over = {lease.key for lease in candidates if judge_state(lease, facts[lease.token], now) == OVER}
        return self._end(lambda lease: lease.key in over, LANDED, actor) if over else []

    def _end(self, is_meant: Callable[[Lease], bool], kind: str, actor: str) -> list[Lease]:
        with self.store.write() as session:
            ended = [lease for lease in read_live(session) if is_meant(lease)]
            for lease in ended:
                close(session, self.store.now(), lease, kind, actor)
        return [replace(lease, ended_how=kind.removeprefix("lease.")) for lease in ended]

    def _set_work(self, tokens: set[int], oid: str | None) -> None:
        if tokens:
            with self.store.write() as session:
                for token in sorted(tokens):
                    set_work(session, token, oid)

    def _live(self, agent: str) -> list[Lease]:
        with self.store.read() as session:
            return read_live(session, agent)

    def _covering(self, agent: str, paths: Iterable[bytes]) -> list[Lease]:
        coverage = Coverage(self._live(agent))
        return list({each.token: each for path in paths for each in coverage.covering(path)}.values())
