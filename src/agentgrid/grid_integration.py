"""Where agents' work comes together in a grid: conflicts, landing, reviews, pull requests, reports."""

from typing import TYPE_CHECKING, Protocol

from agentgrid.config.in_force import InForce
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store

if TYPE_CHECKING:
    from agentgrid.boundaries.policy.territory import Territory


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

    def acting_agent(self, named: str | None = None) -> str | None: ...


class GridIntegration:
    """Wires the integration room to `grid`."""

    def __init__(self, grid: Surrounding) -> None:
        self._grid = grid
