"""Where the database is in its directory, and the mark that says that there is one."""

import os
from pathlib import Path

from agentgrid.machine.files import write_atomically

DATABASE = "state.db"
MARKER = "created"  # there was a database here: its absence is a loss, not a beginning


def was_created(directory: Path) -> bool:
    """True when something was stored here once, also when it is damaged or gone by now."""
    top = str(directory)
    return any(os.path.lexists(os.path.join(top, name)) for name in (DATABASE, MARKER, f"{DATABASE}-wal"))


def mark_created(directory: Path) -> None:
    """Each writer makes sure: the creator may have been killed before it could."""
    if not (directory / MARKER).exists():
        write_atomically(directory / MARKER, b"a database was made here\n")
