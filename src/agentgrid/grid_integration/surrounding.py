"""What the integration room needs of the grid around it."""

from typing import TYPE_CHECKING, Protocol, Self

from agentgrid.config.in_force import InForce
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agentgrid.boundaries.findings import CheckReport
    from agentgrid.boundaries.leases.views import LeaseView
    from agentgrid.boundaries.ownership_map import OwnershipMap
    from agentgrid.boundaries.points import Points
    from agentgrid.boundaries.policy.territory import Territory
    from agentgrid.boundaries.refs.branches import BranchBook
    from agentgrid.boundaries.reviews.book import ReviewBook
    from agentgrid.insight.status import GridStatus
    from agentgrid.integration.landing.numbering import Numberer
    from agentgrid.workspace.budgets.report import Budgets


class HasBudgets(Protocol):
    """What is needed of the agents' desks."""

    @property
    def budgets(self) -> "Budgets": ...


class HasApprovals(Protocol):
    """What is needed of a grid's reviews, of its migrations and of its rule about common code."""

    def approvals_missing(self, agent: str, head: str) -> tuple[str, ...]: ...

    def land_after(self) -> "dict[str, frozenset[str]]": ...

    def numberer(self, report: "Callable[[str, str], None]", environment: "Mapping[str, str]") -> "Numberer | None": ...

    def with_common_code(self, report: "CheckReport") -> "CheckReport": ...


class Surrounding(Protocol):
    """A grid, as far as it is needed."""

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
    def branches(self) -> "BranchBook": ...

    @property
    def reviews(self) -> "ReviewBook": ...

    @property
    def desks(self) -> HasBudgets: ...

    @property
    def integration(self) -> HasApprovals: ...

    def acting_agent(self, named: str | None = None) -> str | None: ...

    def list_leases(self) -> "list[LeaseView]": ...

    def map(self, revision: str | None = None) -> "OwnershipMap": ...

    def points(self, agent: str, *, base: str | None = None) -> "Points": ...

    def reopened(self) -> Self: ...

    def status(self) -> "GridStatus": ...
