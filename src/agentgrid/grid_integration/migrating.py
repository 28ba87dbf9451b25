"""The migration queue, and what it needs of the grid."""

from functools import cached_property
from typing import TYPE_CHECKING

from agentgrid.grid_integration.surrounding import Surrounding

if TYPE_CHECKING:
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
