"""The migration queue, and what it needs of the grid."""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from agentgrid.grid_integration.surrounding import Surrounding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agentgrid.boundaries.ownership import EditVerdict
    from agentgrid.git.paths import RepoPath
    from agentgrid.integration.landing.numbering import Numberer
    from agentgrid.integration.migrations.numbers.trial_of import Trier
    from agentgrid.integration.migrations.queue import MigrationQueue


class GridMigrating:
    """Wires the migration queue to `grid`."""

    _grid: Surrounding

    @cached_property
    def migrations(self) -> "MigrationQueue":
        """Asking for migrations, and deciding about them."""
        from agentgrid.integration.migrations.queue import MigrationQueue

        grid = self._grid
        return MigrationQueue(grid.repository, grid.store, grid.in_force.policy, lambda: grid.base_oid)

    def land_after(self) -> "dict[str, frozenset[str]]":
        """Agent → those whose branches land first, for their migrations; empty in a grid without lineages."""
        from agentgrid.integration.migrations.order import land_after

        return land_after(self.migrations.list_all()) if self._grid.in_force.policy.grid.migrations else {}

    def numberer(self, report: "Callable[[str, str], None]", environment: "Mapping[str, str]") -> "Numberer | None":
        """What gives migrations their numbers when they land; None in a grid without lineages. `environment`: for
        programs that try them."""
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
            Bringing(grid.repository.git, lineages, requests, self._trier(report, environment), grid.base_oid),
            lambda branch: make_hindrance(windows_of(lineages), now, Allowance(), branch),
            lambda note: report("migrations", note),
        )

    def _trier(self, report: "Callable[[str, str], None]", environment: "Mapping[str, str]") -> "Trier":
        from agentgrid.integration.migrations.numbers.databases import find_database
        from agentgrid.integration.migrations.numbers.trial_of import Trier

        repository = self._grid.repository
        root = repository.root
        return Trier(repository.git, lambda lineage: find_database(lineage, root), report, environment, root)

    def with_requests(self, verdicts: "Sequence[EditVerdict]", paths: "Sequence[RepoPath]") -> "list[EditVerdict]":
        """The verdicts on `paths`, each with the open migration requests about it, or about where it leads."""
        from agentgrid.boundaries.migrations.queries import has_open

        with self._grid.store.read() as session:
            if not has_open(session):
                return list(verdicts)
        ends = {path.path: [end for end in (path.path, path.target) if end is not None] for path in paths}
        groups = [ends.get(each.path, [each.path]) for each in verdicts]
        found = self.migrations.touching(groups)
        return [replace(each, migrations=tuple(about)) for each, about in zip(verdicts, found, strict=True)]
