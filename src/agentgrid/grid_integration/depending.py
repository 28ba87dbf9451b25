"""Versions of other people's packages, and what reading and changing them needs of the grid."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from agentgrid.grid_integration.surrounding import Surrounding

if TYPE_CHECKING:
    from agentgrid.boundaries.ownership import EditVerdict
    from agentgrid.git.paths import RepoPath
    from agentgrid.integration.dependencies.book import DependencyBook
    from agentgrid.integration.snapshots.taking import WorkPlace


class GridDepending:
    """Wires dependencies to `grid`."""

    _grid: Surrounding

    @cached_property
    def dependencies(self) -> "DependencyBook":
        """Comparing and standardising the versions that services ask for."""
        from agentgrid.integration.dependencies.book import DependencyBook

        grid = self._grid
        return DependencyBook(
            grid.repository,
            grid.store,
            grid.in_force,
            grid.territory,
            grid.acting_agent(),
            self._judge_of,
            self._places,
        )

    def _places(self) -> "Sequence[WorkPlace]":
        """Where agents' work is, and a person's own that looks from here."""
        from agentgrid.integration.dependencies.sides import HERE
        from agentgrid.integration.snapshots.places import find_places
        from agentgrid.integration.snapshots.taking import WorkPlace

        grid = self._grid
        places = find_places(grid.repository, grid.in_force.policy)
        here = grid.repository.worktree
        if here is None or any(place.worktree == here for place in places):
            return places
        repository = grid.repository
        own = WorkPlace(HERE, repository.current_branch(), repository.resolve("HEAD"), here, repository.git_dir)
        return (*places, own)

    def _judge_of(self, agent: str | None) -> "Callable[[Sequence[RepoPath], bool], list[EditVerdict]]":
        """Whether `agent` (None: a person) may change paths here; the second argument: takes the leases for it."""
        from agentgrid.boundaries.ownership import judge_edits

        grid = self._grid

        def judge(paths: "Sequence[RepoPath]", take: bool) -> "list[EditVerdict]":  # noqa: FBT001
            if agent is None:
                return judge_edits(grid.territory, None, paths)
            return grid.points(agent).judge_edits(paths, take=take)

        return judge
