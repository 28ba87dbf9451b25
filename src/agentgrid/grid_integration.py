"""Where agents' work comes together in a grid: conflicts, landing, reviews, pull requests, reports."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self

from agentgrid.config.in_force import InForce
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store

if TYPE_CHECKING:
    from agentgrid.boundaries.points import Points
    from agentgrid.boundaries.policy.territory import Territory
    from agentgrid.boundaries.refs.branches import BranchBook
    from agentgrid.integration.landing.lineup import Order
    from agentgrid.integration.landing.model import LandPlan, LandReport
    from agentgrid.integration.landing.rules import Approvals
    from agentgrid.integration.landing.site import LandOptions, Site, View


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
    def branches(self) -> "BranchBook": ...

    def acting_agent(self, named: str | None = None) -> str | None: ...

    def points(self, agent: str, *, base: str | None = None) -> "Points": ...

    def reopened(self) -> Self: ...


class GridIntegration:
    """Wires the integration room to `grid`."""

    def __init__(self, grid: Surrounding) -> None:
        self._grid = grid

    def plan_landing(
        self,
        options: "LandOptions",
        *,
        acting: str | None = None,
        order: "Order | None" = None,
        approvals: "Approvals | None" = None,
    ) -> "LandPlan":
        """What `land` would do now; see it for the arguments. Nothing is fetched, run or moved."""
        from agentgrid.integration.landing.permission import block_others
        from agentgrid.integration.landing.planning import plan_landing

        plan = plan_landing(self._landing_site(acting, lambda _who, _what: None, order, approvals), options)
        return block_others(plan, self._grid.in_force.policy, self._grid.acting_agent(acting), self._grid.repository)

    def land(
        self,
        options: "LandOptions",
        *,
        report: Callable[[str, str], None],
        acting: str | None = None,
        order: "Order | None" = None,
        approvals: "Approvals | None" = None,
        deliver: "Callable[[LandOptions], LandReport] | None" = None,
    ) -> "LandReport":
        """Lands branches on the base, each as it was checked. `acting`: the agent that acts, else whose worktree this
        is. `order`: in which order they go, None for as they are named. `approvals`: what is still missing of them.
        `deliver`: lands on the server, where `land.via` says so. `report(who, what)` hears of each step.
        A signal to end ends what runs.

        Raises NotPermitted for an agent that may not land, Refused where the base can't be moved, OutsideError.
        """
        from agentgrid.boundaries.leases.holders import require_actor
        from agentgrid.integration.landing.landing import Landing
        from agentgrid.integration.landing.permission import require_landing, require_local
        from agentgrid.machine.interrupts import ending_as_interrupt

        policy = self._grid.in_force.policy
        require_actor(self._grid.repository, self._grid.acting_agent(), acting)
        require_landing(policy, self._grid.acting_agent(acting), self._grid.repository)
        if deliver is not None and policy.grid.land.via != "local":
            return deliver(options)
        require_local(policy)
        with ending_as_interrupt():
            return Landing(self._landing_site(acting, report, order, approvals), options).land()

    def settle_landing(self) -> list[str]:
        """Finishes or undoes what a killed `land` left; lines about it."""
        from agentgrid.config.places import grid_directory

        if not (grid_directory(self._grid.repository) / "landing" / "move.json").exists():
            return []
        from agentgrid.integration.landing.landing import settle_killed

        return settle_killed(self._grid.repository, self._grid.store, self._actor(None))

    def _actor(self, acting: str | None) -> str:
        from agentgrid.boundaries.leases.holders import person_name

        return self._grid.acting_agent(acting) or person_name()

    def _landing_site(
        self,
        acting: str | None,
        report: Callable[[str, str], None],
        order: "Order | None",
        approvals: "Approvals | None",
    ) -> "Site":
        from agentgrid.boundaries.policy.publishing import publish
        from agentgrid.integration.landing.preparing import set_up_room
        from agentgrid.integration.landing.site import Site

        repository = self._grid.repository

        def publish_again() -> None:
            publish(repository)

        return Site(
            repository,
            self._grid.store,
            self._actor(acting),
            lambda: _view(self._grid.reopened(), approvals),
            report,
            order,
            lambda room, log: set_up_room(repository, self._grid.reopened().in_force.policy, room, log),
            publish_again,
        )


def _view(grid: Surrounding, approvals: "Approvals | None") -> "View":
    from agentgrid.integration.landing.rules import Rules, nothing_missing
    from agentgrid.integration.landing.site import View
    from agentgrid.workspace.environment.agent_environment import Environments

    policy = grid.in_force.policy
    rules = Rules(
        lambda agent, tip, head: grid.points(agent, base=tip).check_head(head),
        approvals or nothing_missing,
        {name: lineage.path for name, lineage in policy.grid.migrations.items()},
    )
    environment = Environments(grid.repository, policy).for_nobody()
    return View(grid.in_force, rules, lambda branch: grid.branches.owner(policy, branch), environment)
