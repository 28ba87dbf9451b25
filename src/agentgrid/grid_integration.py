"""Where agents' work comes together in a grid: conflicts, landing, reviews, pull requests, reports."""

from typing import TYPE_CHECKING, Protocol

from agentgrid.config.in_force import InForce
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from agentgrid.boundaries.policy.territory import Territory
    from agentgrid.integration.conflicts.finding import Progress
    from agentgrid.integration.conflicts.model import AgentWork, ConflictReport, Pair


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

    def conflicts(
        self,
        agents: "Sequence[str]" = (),
        *,
        committed_only: bool = False,
        with_order: bool = True,
        progress: "Progress | None" = None,
        after: "Mapping[str, AbstractSet[str]] | None" = None,
    ) -> "ConflictReport":
        """Where the work of `agents` (of all that have any) meets, with each other and with the base, and the order to
        land in. `committed_only`: what isn't committed doesn't count. `after`: agent → whom it must land after.

        `progress` hears what is being done, how much of it, of how much; from several threads.
        """
        from agentgrid.integration.conflicts.finding import Options, find_conflicts, unheard
        from agentgrid.integration.snapshots.places import find_places

        grid = self._grid
        base = grid.in_force.base
        options = Options(committed_only, with_order, after or {}, progress=progress or unheard)
        places = find_places(grid.repository, grid.in_force.policy, agents)
        return find_conflicts(grid.repository, places, (base.branch, base.oid), options)

    def pairs(self, agents: "Sequence[str]" = (), *, committed_only: bool = False) -> "tuple[Pair, ...]":
        """As `conflicts`, without an order."""
        return self.conflicts(agents, committed_only=committed_only, with_order=False).pairs

    def works(self, agents: "Sequence[str]" = (), *, committed_only: bool = False) -> "tuple[AgentWork, ...]":
        """What each of `agents` (of all that have any) has and the base doesn't."""
        from agentgrid.integration.conflicts.finding import Options, find_works
        from agentgrid.integration.snapshots.places import find_places

        places = find_places(self._grid.repository, self._grid.in_force.policy, agents)
        return find_works(self._grid.repository, places, self._grid.in_force.base.oid, Options(committed_only))
