"""Leases as they are shown: with state, expiry and the commits that keep them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentgrid.boundaries.leases.asking import Waiter, is_waiting
from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.lease import (
    OVER,
    Commit,
    Lease,
    LeasePattern,
    WorkFacts,
    judge_state,
    meetings,
    needs_facts,
)
from agentgrid.boundaries.leases.queries import read_live, read_waiters
from agentgrid.boundaries.leases.refusals import lease_as_json, waiter_as_json
from agentgrid.machine.clock import Instant


@dataclass(frozen=True, slots=True)
class LeaseView:
    """A live lease at the moment `now`. `waiters`: who is in the queue for one of its paths, first come first."""

    lease: Lease
    state: str
    now: Instant
    commits: tuple[Commit, ...] = ()
    waiters: tuple[Waiter, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            **lease_as_json(self.lease, self.state, self.now),
            "commits": [{"oid": each.oid, "subject": each.subject} for each in self.commits],
            "waiting": [waiter_as_json(each) for each in self.waiters],
        }


def list_leases(book: LeaseBook, *, holder: str | None = None, asked: Sequence[LeasePattern] = ()) -> list[LeaseView]:
    """Live leases (of `holder`, on one of the paths `asked`), oldest first; those whose work has landed are over."""
    with book.store.read() as session:
        leases, waiters, now = read_live(session, holder), read_waiters(session), book.store.now()
    if asked:
        leases = [lease for lease in leases if meetings(asked, lease.patterns)]
    doubtful = [lease for lease in leases if needs_facts(lease, now)]
    facts = book.work.gather(doubtful) if doubtful else {}
    views = [view_lease(lease, now, facts.get(lease.token), waiters) for lease in leases]
    return [view for view in views if view.state != OVER]


def view_lease(lease: Lease, now: Instant, facts: WorkFacts | None = None, waiters: Iterable[Waiter] = ()) -> LeaseView:
    queue = tuple(each for each in waiters if is_waiting(each, now) and meetings(each.patterns, lease.patterns))
    return LeaseView(lease, judge_state(lease, facts, now), now, facts.unlanded if facts else (), queue)
