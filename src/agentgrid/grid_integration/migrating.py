"""The migration queue, and what it needs of the grid."""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from agentgrid.grid_integration.surrounding import Surrounding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentgrid.boundaries.ownership import EditVerdict
    from agentgrid.git.paths import RepoPath
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
