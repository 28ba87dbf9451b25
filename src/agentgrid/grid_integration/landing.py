"""Landing: the train here, or the server's own merging."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agentgrid.grid_integration.depending import GridDepending
from agentgrid.grid_integration.meeting import GridMeeting
from agentgrid.grid_integration.migrating import GridMigrating
from agentgrid.grid_integration.reviewing import GridReviewing
from agentgrid.grid_integration.versioning import GridVersioning

if TYPE_CHECKING:
    from agentgrid.integration.landing.model import LandPlan, LandReport
    from agentgrid.integration.landing.site import LandOptions, Site, View
    from agentgrid.integration.pull_requests.landing import PrLanding


class GridLanding(GridMeeting, GridReviewing, GridMigrating, GridDepending, GridVersioning):
    """Wires the train to `grid`."""

    def plan_landing(self, options: "LandOptions", *, acting: str | None = None) -> "LandPlan":
        """What `land` would do now. Nothing is fetched, run or moved."""
        from agentgrid.integration.landing.on_server import plan_on_server
        from agentgrid.integration.landing.permission import block_others
        from agentgrid.integration.landing.planning import plan_landing

        grid, via = self._grid, self._grid.in_force.policy.grid.land.via
        plan = plan_landing(self._landing_site(options, acting, _unheard), options)
        if via != "local":
            plan = plan_on_server(plan, via)
        return block_others(plan, grid.in_force.policy, grid.acting_agent(acting), grid.repository)

    def land(
        self, options: "LandOptions", *, report: Callable[[str, str], None], acting: str | None = None
    ) -> "LandReport":
        """Lands branches on the base, each as it was checked: in the order in which `options` names them, or in the
        proposed one when it names none. `acting`: the agent that acts, else whose worktree this is. `report(who, what)`
        hears of each step. A signal to end ends what runs.

        Raises NotPermitted for an agent that may not land, Refused where work lands on a server or the base can't be
        moved, OutsideError.
        """
        from agentgrid.integration.landing.landing import Landing
        from agentgrid.integration.landing.permission import require_local
        from agentgrid.machine.interrupts import ending_as_interrupt

        self._require_landing(acting)
        require_local(self._grid.in_force.policy)
        with ending_as_interrupt():
            return Landing(self._landing_site(options, acting, report), options).land()

    def land_on_server(
        self, options: "LandOptions", *, report: Callable[[str, str], None], acting: str | None = None
    ) -> "PrLanding":
        """The same through the branches' pull requests, where `land.via` says so."""
        from agentgrid.integration.landing.on_server import land_on_server
        from agentgrid.integration.pull_requests.landing import Manner

        self._require_landing(acting)
        land = self._grid.in_force.policy.grid.land
        manner = Manner(options.strategy or land.strategy, land.via == "queue")
        return land_on_server(
            self._grid.repository,
            lambda: self._view(report, with_approvals=False),
            options,
            lambda order: self.land_by_pull_requests(order, manner=manner, tell=report),
            None if options.agents else self._propose_order,
        )

    @property
    def lands_on_server(self) -> bool:
        """Whether work lands by the server's own merging in this grid."""
        return self._grid.in_force.policy.grid.land.via != "local"

    def settle_landing(self) -> list[str]:
        """Finishes or undoes what a killed `land` or `migration integrate` left; lines about it."""
        from agentgrid.config.places import integration_note, landing_note

        repository = self._grid.repository
        if not landing_note(repository).exists() and not integration_note(repository).exists():
            return []
        from agentgrid.integration.landing.landing import settle_killed

        return settle_killed(repository, self._grid.store, self._actor(None))

    def _require_landing(self, acting: str | None) -> None:
        from agentgrid.boundaries.leases.holders import require_actor
        from agentgrid.integration.landing.permission import require_landing

        grid = self._grid
        require_actor(grid.repository, grid.acting_agent(), acting)
        require_landing(grid.in_force.policy, grid.acting_agent(acting), grid.repository)

    def _actor(self, acting: str | None) -> str:
        from agentgrid.boundaries.leases.holders import person_name

        return self._grid.acting_agent(acting) or person_name()

    def _propose_order(self, agents: Sequence[str]) -> Sequence[str]:
        report = self.conflicts(agents, committed_only=True)
        return report.order.agents if report.order else agents

    def _landing_site(self, options: "LandOptions", acting: str | None, report: Callable[[str, str], None]) -> "Site":
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
            lambda: self._view(report),
            report,
            None if options.agents else self._propose_order,
            lambda room, log: set_up_room(repository, self._grid.reopened().in_force.policy, room, log),
            publish_again,
        )

    def _view(self, report: Callable[[str, str], None], *, with_approvals: bool = True) -> "View":
        """The grid as it is now: the base, and the policy with it, may have moved."""
        from agentgrid.integration.landing.rules import Rules, nothing_missing
        from agentgrid.integration.landing.site import View
        from agentgrid.integration.migrations.guarding import with_duplicates
        from agentgrid.workspace.environment.agent_environment import Environments

        grid = self._grid.reopened()
        policy = grid.in_force.policy
        rules = Rules(
            lambda agent, tip, head: with_duplicates(
                grid.integration.with_common_code(grid.points(agent, base=tip).check_head(head)),
                grid.repository,
                grid.territory,
                is_landing=True,
            ),
            grid.integration.approvals_missing if with_approvals else nothing_missing,
            {name: lineage.path for name, lineage in policy.grid.migrations.items()},
        )
        environment = Environments(grid.repository, policy).for_nobody()
        numberer = grid.integration.numberer(report, environment)
        return View(grid.in_force, rules, lambda branch: grid.branches.owner(policy, branch), numberer, environment)


def _unheard(_who: str, _what: str) -> None:
    """A plan reports nothing."""
