"""Waiting for a lease: first come, first served, by tickets, without a process that serves.

Every request, also an automatic one, gives way to live waiters that came earlier and want one of its paths. A waiter
shows every two seconds that it lives; one that is dead or stopped holds up nobody, and comes back at the end of the
queue. There is no deadlock: who holds a lease doesn't begin to wait, and who waits can't be overtaken, so in a circle
each would have taken what the one before waits for before that one came, and after it had itself begun to wait.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from agentgrid.boundaries.leases.asking import (
    Grant,
    NeedsFacts,
    Refusals,
    Request,
    count_ahead,
    decide_acquire,
    is_waiting,
)
from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.lease import WorkFacts
from agentgrid.boundaries.leases.queries import beat, delete_waiter, read_live, read_waiters
from agentgrid.boundaries.leases.refusals import lease_held
from agentgrid.boundaries.leases.taking import Acquired, Queued
from agentgrid.errors import Refused
from agentgrid.machine.clock import Instant
from agentgrid.store.session import Session

POLL_S = 0.25
BEAT_MS = 2_000


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """`position`: 1 is the next to be served. `refusals`: what stands in the way now."""

    position: int
    refusals: Refusals
    now: Instant


def wait_for_lease(
    book: LeaseBook, request: Request, *, wait_ms: int, report: Callable[[QueuePlace], None]
) -> Acquired:
    """Takes the lease as soon as it is this request's turn. Raises LeaseHeld after `wait_ms`; Refused at once when
    the holder has a lease already. However it ends, the place in the queue is given up."""
    outcome = book.try_acquire(request, is_queueing=True)
    if isinstance(outcome, Acquired):
        return outcome
    if isinstance(outcome, Refusals):
        raise _holds_already(request, outcome, book.store.now())
    return _Waiting(book, request, outcome, wait_ms, report).run()


class _Waiting:
    """One process in the queue. What git says is asked for with each sign of life."""

    def __init__(
        self, book: LeaseBook, request: Request, queued: Queued, wait_ms: int, report: Callable[[QueuePlace], None]
    ) -> None:
        self._book = book
        self._store = book.store
        self._request = replace(request, ticket=queued.ticket)
        self._refusals = queued.refusals
        self._until_ms = book.store.now().mono_ms + wait_ms
        self._beat_ms = book.store.now().mono_ms
        self._facts: dict[int, WorkFacts] = {}
        self._report = report

    def run(self) -> Acquired:
        with self._ticket():
            while True:
                acquired = self._look()
                if acquired is not None:
                    return acquired
                now = self._store.now()
                if now.mono_ms >= self._until_ms:
                    said = "nothing was taken; look at the queue: agentgrid locks"
                    raise lease_held(self._refusals, self._request, now, said=said)
                time.sleep(min(POLL_S, max(0.0, (self._until_ms - now.mono_ms) / 1000)))
                if self._store.now().mono_ms - self._beat_ms >= BEAT_MS:
                    acquired = self._beat()
                    if acquired is not None:
                        return acquired

    @contextmanager
    def _ticket(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._store.write() as session:
                delete_waiter(session, self._request.ticket or 0)

    def _look(self) -> Acquired | None:
        """Reads only, until there is something to have."""
        with self._store.read() as session:
            leases, waiters = read_live(session), read_waiters(session)
        now = self._store.now()
        decision = decide_acquire(self._request, leases, waiters, self._facts, now)
        if isinstance(decision, NeedsFacts) and not all(each.token in self._facts for each in decision.leases):
            self._facts |= self._book.work.gather(decision.leases)
            decision = decide_acquire(self._request, leases, waiters, self._facts, now)
        if isinstance(decision, Grant):
            return self._take()
        if isinstance(decision, Refusals):
            self._refusals = decision
        self._report(QueuePlace(count_ahead(self._request, waiters, now) + 1, self._refusals, now))
        return None

    def _take(self) -> Acquired | None:
        outcome = self._book.try_acquire(self._request)
        if isinstance(outcome, Refusals):
            self._refusals = outcome
        return outcome if isinstance(outcome, Acquired) else None

    def _beat(self) -> Acquired | None:
        """Shows that it lives. Who was taken for dead lost its place, and asks anew."""
        self._facts = {}
        with self._store.write() as session:
            now = self._store.now()
            own = [each for each in read_waiters(session) if each.ticket == self._request.ticket]
            self._beat_ms = now.mono_ms
            if own and is_waiting(own[0], now):
                beat(session, own[0].ticket, now)
                _forget_dead(session, now)
                return None
            delete_waiter(session, self._request.ticket or 0)
        return self._ask_anew()

    def _ask_anew(self) -> Acquired | None:
        outcome = self._book.try_acquire(replace(self._request, ticket=None), is_queueing=True)
        if isinstance(outcome, Queued):
            self._request = replace(self._request, ticket=outcome.ticket)
            self._refusals = outcome.refusals
            return None
        if isinstance(outcome, Acquired):
            return outcome
        raise _holds_already(self._request, outcome, self._store.now())


def _forget_dead(session: Session, now: Instant) -> None:
    for waiter in read_waiters(session):
        if not is_waiting(waiter, now):
            delete_waiter(session, waiter.ticket)


def _holds_already(request: Request, refusals: Refusals, now: Instant) -> Refused:
    held = lease_held(refusals, request, now)
    return Refused(
        f"{held.message}\n{request.holder.name} holds a lease already, and who holds one doesn't wait for another",
        hint="release it first (agentgrid unlock --all), then lock everything at once with --wait",
        details=held.details,
    )
