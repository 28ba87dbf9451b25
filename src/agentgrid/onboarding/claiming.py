"""`start --claim`: the leases that a topic needs, asked for before anything is started, taken once it is."""

from collections.abc import Sequence
from dataclasses import replace

from agentgrid.boundaries.leases.asked_paths import read_asked
from agentgrid.boundaries.leases.asking import Refusals, Request
from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.holders import make_holder
from agentgrid.boundaries.leases.locking import plan_lock
from agentgrid.boundaries.leases.refusals import lease_held
from agentgrid.boundaries.leases.views import LeaseView, view_lease
from agentgrid.boundaries.policy.publishing import publish
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.git.repository import Repository
from agentgrid.store.opening import open_store


class Claim:
    """Leases on `paths` (as typed, where the caller stands) for the next topic of `agent`."""

    def __init__(self, repository: Repository, agent: str, topic: str, paths: Sequence[str]) -> None:
        in_force, compiled = publish(repository)
        asked = [read_asked(repository, path) for path in paths]
        holder = make_holder(repository, agent)
        plan = plan_lock(Territory(compiled), holder, asked, reason=topic, ttl_ms=None)
        self._book = LeaseBook(repository, open_store(repository.common_dir), compiled, lambda: in_force)
        self._request: Request = plan.request
        self.notes = plan.notes

    def require_free(self) -> None:
        """Raises LeaseHeld when one of the paths isn't to be had; nothing is taken."""
        foreseen = self._book.foresee(self._request)
        if isinstance(foreseen, Refusals):
            raise lease_held(foreseen, self._request, self._book.store.now())

    def take(self, incarnation: str) -> LeaseView:
        """Takes the lease for the worktree's new incarnation. Raises LeaseHeld when somebody was faster."""
        holder = replace(self._request.holder, incarnation=incarnation)
        lease = self._book.acquire(replace(self._request, holder=holder)).lease
        return view_lease(lease, self._book.store.now())
