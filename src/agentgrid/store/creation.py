"""Makes the database aside and moves it into place whole: a file of no bytes is always damage, never a beginning."""

import os
from contextlib import closing
from pathlib import Path

from agentgrid.store.connections import open_writer
from agentgrid.store.faults import explain
from agentgrid.store.places import DATABASE
from agentgrid.store.stamps import leave_stamp
from agentgrid.store.versions import upgrade


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
