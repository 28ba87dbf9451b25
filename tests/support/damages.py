"""What happens to the files of a state: each takes its directory, which has a database at rest that was in use."""

import os
import random
import sqlite3
from pathlib import Path

from support.stores import leave_log, run_program

_PAGE = 4096


def remove(directory: Path) -> None:
    """The file, not the mark that it was there."""
    (directory / "state.db").unlink()


def empty(directory: Path) -> None:
    os.truncate(directory / "state.db", 0)


def halve(directory: Path) -> None:
    os.truncate(directory / "state.db", 10 * _PAGE)


def overwrite(directory: Path) -> None:
    (directory / "state.db").write_bytes(random.Random(7).randbytes(20 * _PAGE))


def spoil_the_leases(directory: Path) -> None:
    """The rest of the file is as it was."""
    path = directory / "state.db"
    with sqlite3.connect(path) as connection:
        [page] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'leases'").fetchone()
    connection.close()
    with path.open("r+b") as stream:
        stream.seek((page - 1) * _PAGE)
        stream.write(random.Random(7).randbytes(3000))


def put_an_older_log(directory: Path) -> None:
    """One that was kept, beside a database that has gone on."""
    log = leave_log(directory)
    kept = log.read_bytes()
    run_program(directory, "happen()")
    log.write_bytes(kept)


def make_newer(directory: Path) -> None:
    """By a later agentgrid."""
    with sqlite3.connect(directory / "state.db") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'version'")
    connection.close()
