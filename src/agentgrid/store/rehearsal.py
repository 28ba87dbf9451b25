"""A copy of the state for a self-test: hooks that are tried decide from the same facts, and what they note is thrown
away.

The variable alone opens nothing. It counts while the process that wrote the nonce into the git directory lives, and
for what that process runs.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentgrid.errors import Refused
from agentgrid.machine.ancestry import is_alive, is_ancestor, start_time
from agentgrid.store.places import STATE_DIRECTORY
from agentgrid.store.session import Store
from agentgrid.store.sqlite import SqliteStore
from agentgrid.store.tables import TABLES

REHEARSAL_VARIABLE = "AGENTGRID_REHEARSAL"
_FILE = "agentgrid/rehearsal"
_NOT_JUDGED = ("meta", "events")  # versions are the copy's own; nothing is decided from the log


@contextmanager
def hold_rehearsal(common_dir: Path) -> Iterator[dict[str, str]]:
    """Makes the copy and says, for the block, that there is a rehearsal; the variables that make a process part of
    it. Raises Refused while another one runs."""
    import secrets
    import tempfile

    note = common_dir / _FILE
    noted = _read(note)
    if noted is not None and is_alive(int(noted[1]), float(noted[2])):
        raise Refused("another self-test is running in this repository", hint="wait for it to end")
    with tempfile.TemporaryDirectory(prefix="agentgrid-rehearsal-") as place:
        _copy(SqliteStore(common_dir / STATE_DIRECTORY), SqliteStore(Path(place)))
        nonce = secrets.token_hex(16)
        note.unlink(missing_ok=True)
        handle = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(os.fsencode(f"{nonce}\n{os.getpid()}\n{start_time(os.getpid())!r}\n{place}\n"))
            yield {REHEARSAL_VARIABLE: nonce}
        finally:
            note.unlink(missing_ok=True)


def rehearsal_directory(common_dir: Path) -> Path | None:
    """Where the copy is, when this process takes part in a rehearsal; else None."""
    nonce = os.environ.get(REHEARSAL_VARIABLE)
    noted = _read(common_dir / _FILE) if nonce else None
    if noted is None or noted[0] != nonce:
        return None
    return Path(noted[3]) if is_ancestor(int(noted[1]), float(noted[2])) else None


def _copy(source: SqliteStore, target: SqliteStore) -> None:
    if not source.exists:
        return
    try:
        _copy_tables(source, target)
    finally:
        source.close()
        target.close()


def _copy_tables(source: Store, target: Store) -> None:
    judged = [table for table in TABLES if table not in _NOT_JUDGED]
    with source.read() as session:
        rows = {table: session.run(f"SELECT * FROM {table}") for table in judged}  # noqa: S608 - our own names
    with target.write() as session:
        for table, found in rows.items():
            session.run(f"DELETE FROM {table}")  # noqa: S608
            if found:
                names = list(found[0])
                values = ", ".join(f":{name}" for name in names)
                session.run_many(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})", found)  # noqa: S608


def _read(note: Path) -> list[str] | None:
    """The lines of the note; None where there is none that is whole."""
    try:
        lines = os.fsdecode(note.read_bytes()).split("\n")
    except OSError:
        return None
    return lines if len(lines) == 5 and lines[1].isdigit() else None
