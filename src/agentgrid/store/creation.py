"""Makes the database aside and moves it into place whole: a file of no bytes is always damage, never a beginning."""

import os
from contextlib import closing
from pathlib import Path

from agentgrid.machine.files import write_atomically
from agentgrid.store.connections import open_writer
from agentgrid.store.faults import explain
from agentgrid.store.stamps import leave_stamp
from agentgrid.store.versions import upgrade

DATABASE = "state.db"
MARKER = "created"  # there was a database here: its absence is a loss, not a beginning


def was_created(directory: Path) -> bool:
    """True when something was stored here once, also when it is damaged or gone by now."""
    return any(os.path.lexists(directory / name) for name in (DATABASE, MARKER, f"{DATABASE}-wal"))


def create_database(directory: Path, *, deadline_s: float) -> None:
    """For who has the gate. Whatever fails, no half of a database stays."""
    fresh = directory / f"{DATABASE}.new"
    _clear_away(fresh)
    try:
        with explain(directory / DATABASE), closing(open_writer(fresh, deadline_s, mode="rwc")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            upgrade(connection, 0)
            leave_stamp(connection)
            connection.commit()
        os.replace(fresh, directory / DATABASE)
    except BaseException:
        _clear_away(fresh)
        raise
    _sync(directory)


def mark_created(directory: Path) -> None:
    """Each writer makes sure: the creator may have been killed before it could."""
    if not (directory / MARKER).exists():
        write_atomically(directory / MARKER, b"a database was made here\n")


def _clear_away(fresh: Path) -> None:
    """What a creation left that was killed or failed: nothing was ever stored in it."""
    for leftover in fresh.parent.glob(f"{fresh.name}*"):
        leftover.unlink(missing_ok=True)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
