"""Where agents' work comes together in a grid: conflicts, landing, reviews, pull requests, reports."""

from agentgrid.grid_integration.landing import Landing
from agentgrid.grid_integration.meeting import Meeting
from agentgrid.grid_integration.reviewing import Reviewing
from agentgrid.grid_integration.surrounding import Surrounding

__all__ = ["GridIntegration"]


class GridIntegration(Landing, Reviewing, Meeting):
    """Wires the integration room to `grid`."""

    def __init__(self, grid: Surrounding) -> None:
        self._grid = grid
