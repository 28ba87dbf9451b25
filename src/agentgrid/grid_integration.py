"""Where agents' work comes together in a grid: conflicts, landing, reviews, pull requests, reports."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from agentgrid.config.in_force import InForce
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store

if TYPE_CHECKING:
    from agentgrid.boundaries.policy.territory import Territory
    from agentgrid.boundaries.reviews.book import ReviewBook
    from agentgrid.insight.integration_facts import Integration
    from agentgrid.insight.status import AgentStatus
    from agentgrid.integration.reviews.reviewing import Reviews


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
    def reviews(self) -> "ReviewBook": ...

    def acting_agent(self, named: str | None = None) -> str | None: ...


class GridIntegration:
    """Wires the integration room to `grid`."""

    def __init__(self, grid: Surrounding) -> None:
        self._grid = grid

    @cached_property
    def reviews(self) -> "Reviews":
        """Asking for reviews of agents' work, and giving them."""
        from agentgrid.integration.reviews.reviewing import Reviews

        grid = self._grid
        return Reviews(grid.repository, grid.store, grid.territory, grid.reviews, lambda: grid.base_oid)

    def facts(self, agents: "Sequence[AgentStatus]") -> "dict[str, Integration]":
        """Reviews and pull requests for `status`."""
        from agentgrid.insight.integration_facts import read_integration

        grid = self._grid
        return read_integration(grid.territory.compiled, grid.reviews, grid.store, grid.base_oid, agents)

    def approvals_missing(self, agent: str, head: str) -> tuple[str, ...]:
        """What reviews the commit `head` of the agent's work still needs before it may land, in words."""
        return self.reviews.missing(agent, head)
