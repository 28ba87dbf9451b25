"""Where agents' work comes together in a grid: conflicts, landing, reviews, pull requests, reports."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from agentgrid.config.in_force import InForce
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store

if TYPE_CHECKING:
    from agentgrid.boundaries.leases.views import LeaseView
    from agentgrid.boundaries.ownership_map import OwnershipMap
    from agentgrid.boundaries.policy.territory import Territory
    from agentgrid.insight.report import GridReport
    from agentgrid.insight.status import GridStatus
    from agentgrid.store.events import Event
    from agentgrid.workspace.budgets.report import Budgets


class HasBudgets(Protocol):
    """What is needed of the agents' desks."""

    @property
    def budgets(self) -> "Budgets": ...


class Surrounding(Protocol):
    """What is needed of the grid around."""

    repository: Repository

    @property
    def in_force(self) -> InForce: ...

    @property
    def store(self) -> Store: ...

    @property
    def territory(self) -> "Territory": ...

    @property
    def base_oid(self) -> str: ...

    @property
    def desks(self) -> "HasBudgets": ...

    def acting_agent(self, named: str | None = None) -> str | None: ...

    def list_leases(self) -> "list[LeaseView]": ...

    def map(self, revision: str | None = None) -> "OwnershipMap": ...

    def status(self) -> "GridStatus": ...


class GridIntegration:
    """Wires the integration room to `grid`."""

    def __init__(self, grid: Surrounding) -> None:
        self._grid = grid

    def count_conflicts(self) -> "dict[str, int]":
        """Agent → with how many others its work conflicts or can't be compared, the base among them."""
        from agentgrid.insight.conflict_view import count_conflicts, view_conflicts

        return count_conflicts(view_conflicts(self.conflicts(with_order=False)))

    def report(
        self, *, since: str | None = None, progress: Callable[[str, int, int], None] | None = None
    ) -> "GridReport":
        """Where everything stands, and what happened since `since` (RFC 3339 in UTC; seven days ago by default)."""
        from agentgrid.insight.report import Sources, gather_report

        grid = self._grid
        sources = Sources(
            status=grid.status,
            conflicts=lambda: self.conflicts(progress=progress),
            ownership=grid.map,
            leases=grid.list_leases,
            budgets=grid.desks.budgets.report,
            list_events=self._events_since,
        )
        return gather_report(grid.repository.name, sources, now=grid.store.now().wall, since=since)

    def _events_since(self, since: str) -> "list[Event]":
        from agentgrid.store.events import EventFilter, read_last_events

        with self._grid.store.read() as session:
            return read_last_events(session, EventFilter(since))
