"""Opens the state of a repository: which database, and where."""

from pathlib import Path

from agentgrid.store.places import STATE_DIRECTORY
from agentgrid.store.rehearsal import rehearsal_directory
from agentgrid.store.sqlite import SqliteStore


def open_store(common_dir: Path) -> SqliteStore:
    """The state of the grid whose common git directory this is. Nothing is made before the first write."""
    return SqliteStore(rehearsal_directory(common_dir) or common_dir / STATE_DIRECTORY)
