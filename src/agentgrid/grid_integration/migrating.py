"""The migration queue, and what it needs of the grid."""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from agentgrid.grid_integration.surrounding import Surrounding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentgrid.boundaries.ownership import EditVerdict
    from agentgrid.git.paths import RepoPath
    from agentgrid.integration.landing.numbering import Numberer
    from agentgrid.integration.migrations.integrating.choosing import IntegrationWish
    from agentgrid.integration.migrations.integrating.integrating import Integrated, Integrating, Order
    from agentgrid.integration.migrations.numbers.trial_of import Trier
    from agentgrid.integration.migrations.queue import MigrationQueue


class GridMigrating:
    """Wires the migration queue to `grid`."""

    _grid: Surrounding

    def _land_requests(
        self, order: "Order", integrating: "Integrating", report: "Callable[[str, str], None]", acting: str | None
    ) -> "Integrated":
        raise NotImplementedError  # landing gives it

    @cached_property
    def migrations(self) -> "MigrationQueue":
        """Asking for migrations, and deciding about them."""
        from agentgrid.integration.migrations.queue import MigrationQueue

        grid = self._grid
        return MigrationQueue(grid.repository, grid.store, grid.in_force.policy, lambda: grid.base_oid)

    def integrate_migrations(
        self,
        wish: "IntegrationWish",
        *,
        report: "Callable[[str, str], None]",
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

    def land_after(self) -> "dict[str, frozenset[str]]":
        """Agent → those whose branches land first, for their migrations; empty in a grid without lineages."""
        from agentgrid.integration.migrations.order import land_after

        return land_after(self.migrations.list_all()) if self._grid.in_force.policy.grid.migrations else {}

    def numberer(self, report: "Callable[[str, str], None]") -> "Numberer | None":
        """What gives migrations their numbers when they land; None in a grid without lineages."""
        from agentgrid.integration.landing.numbering import Numberer
        from agentgrid.integration.migrations.numbers.bringing import Bringing
        from agentgrid.integration.migrations.numbers.hindrances import Allowance, make_hindrance
        from agentgrid.integration.migrations.standing import windows_of

        grid = self._grid
        lineages = grid.in_force.policy.grid.migrations
        if not lineages:
            return None
        requests = {each.id: each for each in self.migrations.list_all()}
        now = grid.store.now().wall.astimezone()
        return Numberer(
            Bringing(grid.repository.git, lineages, requests, self._trier(report), grid.base_oid),
            lambda branch: make_hindrance(windows_of(lineages), now, Allowance(), branch),
            lambda note: report("migrations", note),
        )

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

    def _integrating(self, report: "Callable[[str, str], None]", acting: str | None) -> "Integrating":
        from agentgrid.boundaries.leases.holders import person_name
        from agentgrid.integration.migrations.integrating.integrating import Integrating

        grid = self._grid
        return Integrating(
            grid.repository, grid.store, grid.in_force.policy.grid.migrations, base=lambda: grid.base_oid,
            list_requests=self.migrations.list_all, trier=self._trier(report),
            actor=grid.acting_agent(acting) or person_name(),
        )  # fmt: skip

    def _trier(self, report: "Callable[[str, str], None]") -> "Trier":
        from agentgrid.integration.migrations.numbers.databases import find_database
        from agentgrid.integration.migrations.numbers.trial_of import Trier
        from agentgrid.workspace.environment.agent_environment import Environments

        grid = self._grid
        root = grid.repository.root
        environment = Environments(grid.repository, grid.in_force.policy).for_nobody()
        return Trier(grid.repository.git, lambda lineage: find_database(lineage, root), report, environment, root)

    def with_requests(self, verdicts: "Sequence[EditVerdict]", paths: "Sequence[RepoPath]") -> "list[EditVerdict]":
        """The verdicts on `paths`, each with the open migration requests about it, or about where it leads."""
        from agentgrid.boundaries.migrations.queries import has_open

        with self._grid.store.read() as session:
            if not has_open(session):
                return list(verdicts)
        ends = {path.path: [end for end in (path.path, path.target) if end is not None] for path in paths}
        return [
            replace(each, migrations=tuple(self.migrations.touching_any(ends.get(each.path, [each.path]))))
            for each in verdicts
        ]
