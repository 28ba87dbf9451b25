"""Where agents' work comes together in a grid: conflicts, landing, reviews, pull requests, reports."""

from agentgrid.grid_integration.integrating import GridIntegrating
from agentgrid.grid_integration.surrounding import Surrounding

__all__ = ["GridIntegration"]


class GridIntegration(GridIntegrating):
    """Wires the integration room to `grid`."""

    def __init__(self, grid: Surrounding) -> None:
        self._grid = grid
