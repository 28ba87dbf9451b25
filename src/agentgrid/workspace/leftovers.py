"""Temporary files that killed commands leave in the git directory; what a live command is writing stays."""

import os
from collections.abc import Iterator
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.git.repository import Repository
from agentgrid.machine.files import sweep_temporaries

_OTHERS = frozenset({"trash", "discarded", "homes"})  # people's own files are in there


def sweep_leftovers(repository: Repository) -> None:
    """Removes them wherever agentgrid writes: its own directory, and the one of git's exclude file."""
    exclude = (repository.common_dir / "info" / "exclude").resolve()  # may be a link to a shared file
    sweep_temporaries([*_own_directories(grid_directory(repository)), exclude.parent])


def _own_directories(top: Path) -> Iterator[Path]:
    for place, directories, _ in os.walk(top):
        if Path(place) == top:
            directories[:] = [name for name in directories if name not in _OTHERS]
        yield Path(place)
