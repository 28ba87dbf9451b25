"""The link that each transaction leaves to the one before; `wal` says what for."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def leave_stamp(connection: "sqlite3.Connection") -> None:
    """Once in each transaction that changes something: a second one would break the chain."""
    before = connection.execute("PRAGMA user_version").fetchone()[0]
    stamp = int.from_bytes(os.urandom(4), "big", signed=True)
    connection.execute(f"PRAGMA application_id = {before:d}")
    connection.execute(f"PRAGMA user_version = {stamp:d}")
