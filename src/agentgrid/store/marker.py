"""The mark that says that there is a database: without it, one that was lost would look like none yet."""

import os
from pathlib import Path

from agentgrid.machine.files import write_atomically
from agentgrid.store.places import DATABASE, MARKER


def was_created(directory: Path) -> bool:
    """True when something was stored here once, also when it is damaged or gone by now."""
    path = f"{directory}/{DATABASE}"
    return os.path.lexists(path) or os.path.lexists(f"{directory}/{MARKER}") or os.path.lexists(f"{path}-wal")


def mark_created(directory: Path) -> None:
    """Each writer makes sure: the creator may have been killed before it could."""
    if not (directory / MARKER).exists():
        write_atomically(directory / MARKER, b"a database was made here\n")
