"""What can be wrong with a database file: one line each, with what to do. Nothing is mended or discarded here."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentgrid.errors import StoreBusy, StoreError

_RESTORE = "put it back from a backup; or start with an empty state: mv {place} {place}.old"


@contextmanager
def explain(path: Path) -> Iterator[None]:
    """Turns SQLite's and the system's errors into StoreError; no 'database is locked' reaches a user."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translate(error, path) from error
    except OSError as error:
        raise StoreError(f"the state in {path.parent} can't be used: {error.strerror or error}",
                         hint=f"see: ls -la {path.parent}; df -h {path.parent}") from error  # fmt: skip


def require_whole(path: Path) -> None:
    """Raises StoreError for a database that is gone or empty: SQLite would quietly start anew, and drop its log."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise StoreError(f"the state {path} is gone", hint=_RESTORE.format(place=path.parent)) from None
    if size == 0:
        raise StoreError(f"the state {path} was cut to nothing", hint=_RESTORE.format(place=path.parent))


def _translate(error: sqlite3.Error, path: Path) -> StoreError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusy(f"another program keeps {path} to itself", hint=f"see which one: fuser {path}")
    if name.startswith("SQLITE_FULL"):
        return StoreError(f"the disk is full: {path} can't be written", hint=f"free some space: df -h {path.parent}")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StoreError(f"{path} can't be opened for writing: {error}", hint=f"see: ls -la {path.parent}")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "no such table" in str(error):
        return StoreError(f"{path} is damaged: {error}", hint=_RESTORE.format(place=path.parent))
    if name.startswith("SQLITE_IOERR"):
        return StoreError(f"{path} can't be read or written: {error}", hint=f"look at the disk: df -h {path.parent}")
    return StoreError(f"{path}: {error}", hint="agentgrid state show")
