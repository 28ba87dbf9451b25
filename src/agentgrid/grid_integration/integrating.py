"""Integrating migration requests: on a branch, or by the train."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from agentgrid.grid_integration.landing import GridLanding

if TYPE_CHECKING:
    from agentgrid.integration.migrations.integrating.choosing import IntegrationWish
    from agentgrid.integration.migrations.integrating.integrating import Integrated, Integrating, Order


class GridIntegrating(GridLanding):
    """Wires `migration integrate` to `grid`: what goes by the train lands."""

    def integrate_migrations(
        self,
        wish: "IntegrationWish",
        *,
        report: Callable[[str, str], None],
        acting: str | None = None,
        is_dry_run: bool = False,
    ) -> "list[Integrated]":
        """Gives requests their numbers and files, lineage by lineage. `report(who, what)` hears of each step.

        Raises NotPermitted, InputError, OutsideError; Refused where a lineage can't be integrated (those before are).
        """
        from agentgrid.machine.interrupts import ending_as_interrupt

        orders = self._orders(wish, acting)
        integrating = self._integrating(report, acting)
        if is_dry_run:
            return [integrating.plan(each) for each in orders]
        with ending_as_interrupt():
            return [self._land_requests(each, integrating, report, acting) if each.is_train else
                    integrating.integrate(each) for each in orders]  # fmt: skip

    def _land_requests(
        self, order: "Order", integrating: "Integrating", report: Callable[[str, str], None], acting: str | None
    ) -> "Integrated":
        """Requests that were asked for land, as one more branch of the train. Raises Refused where they can't."""
        from dataclasses import replace

        from agentgrid.integration.landing.landing import Landing
        from agentgrid.integration.landing.permission import require_local
        from agentgrid.integration.landing.site import LandOptions
        from agentgrid.integration.migrations.integrating.on_train import integrated_by, line_up_requests

        require_local(self._grid.in_force.policy)
        options = LandOptions(wait_s=order.wait_s)
        site = replace(
            self._landing_site(options, acting, report),
            candidates=lambda view, tip: line_up_requests(view, tip, order, integrating),
        )
        return integrated_by(Landing(site, options).land(), order, integrating)

    def _orders(self, wish: "IntegrationWish", acting: str | None) -> "list[Order]":
        from agentgrid.boundaries.leases.holders import person_name, require_actor
        from agentgrid.integration.migrations.integrating.choosing import choose_orders
        from agentgrid.integration.reviews.planning import Asker
        from agentgrid.workspace.desks import find_desks

        grid = self._grid
        require_actor(grid.repository, grid.acting_agent(), acting)
        policy = grid.in_force.policy
        branches = {agent: desk.branch for agent, desk in find_desks(grid.repository).items()}
        owner = grid.branches.owner(policy, wish.branch) if wish.branch else None
        asker = Asker(grid.acting_agent(acting), person_name())
        return choose_orders(wish, policy.grid.migrations, branches, asker, owner)

    def _integrating(self, report: Callable[[str, str], None], acting: str | None) -> "Integrating":
        from agentgrid.integration.migrations.integrating.integrating import Integrating
        from agentgrid.workspace.environment.agent_environment import Environments

        grid = self._grid
        environment = Environments(grid.repository, grid.in_force.policy).for_nobody()
        return Integrating(
            grid.repository, grid.store, grid.in_force.policy.grid.migrations, base=lambda: grid.base_oid,
            list_requests=self.migrations.list_all, trier=self._trier(report, environment),
            actor=self._actor(acting),
        )  # fmt: skip
