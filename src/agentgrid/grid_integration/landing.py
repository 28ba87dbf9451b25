"""Landing: the train here, or the server's own merging."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from agentgrid.grid_integration.surrounding import Surrounding

if TYPE_CHECKING:
    from agentgrid.integration.landing.landing import LandOptions, Site, View
    from agentgrid.integration.landing.lineup import Order
    from agentgrid.integration.landing.model import LandPlan, LandReport
    from agentgrid.integration.landing.rules import Approvals


class Landing:
    """Wires the train to `grid`."""

    _grid: Surrounding

    def plan_landing(
        self,
        options: "LandOptions",
        *,
        acting: str | None = None,
        order: "Order | None" = None,
        approvals: "Approvals | None" = None,
    ) -> "LandPlan":
        """What `land` would do now; see it for the arguments. Nothing is fetched, run or moved."""
        from agentgrid.integration.landing.landing import plan_landing
        from agentgrid.integration.landing.permission import block_others

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
        from agentgrid.integration.landing.landing import Site
        from agentgrid.integration.landing.preparing import set_up_room

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
    from agentgrid.integration.landing.landing import View
    from agentgrid.integration.landing.rules import Rules, nothing_missing
    from agentgrid.workspace.environment.agent_environment import Environments

    policy = grid.in_force.policy
    rules = Rules(
        lambda agent, tip, head: grid.points(agent, base=tip).check_head(head),
        approvals or nothing_missing,
        {name: lineage.path for name, lineage in policy.grid.migrations.items()},
    )
    environment = Environments(grid.repository, policy).for_nobody()
    return View(grid.in_force, rules, lambda branch: grid.branches.owner(policy, branch), environment)
