"""What can be wrong with a database file: one line each, with what to do. Nothing is mended or discarded here."""

import errno
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agentgrid.errors import StoreBusy, StoreError
from agentgrid.store import wal

if TYPE_CHECKING:
    import sqlite3

_DAMAGE = ("malformed", "not a database", "no such table", "could not decode", "unsupported file format")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class explain:  # noqa: N801 - it reads as the statement that it makes
    """Turns SQLite's and the system's errors about the database at `path` into StoreError. A mistake in our own SQL
    passes: it is a bug, and is told as one. Not a generator: each statement of a session runs in it."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and (fault := _explain(error, self._path)) is not None:
            raise fault from error


def missing(path: Path) -> StoreError:
    return StoreError(f"the state {path} is gone", hint=_restore(path))


def emptied(path: Path) -> StoreError:
    return StoreError(f"the state {path} was cut to nothing", hint=_restore(path))


def damaged(path: Path, what: str) -> StoreError:
    return StoreError(f"the state {path} is damaged: {what}", hint=_restore(path))


class FileFault(NamedTuple):
    """`word`: what `find_wal_fault` said."""

    word: str
    pages_there: int


def mismatched(path: Path, fault: FileFault) -> StoreError:
    if fault.word == wal.TRUNCATED:
        return damaged(path, f"it was cut short after {fault.pages_there} pages")
    log = f"{path}-wal"
    alone = f"go on without the log: mv {shlex.quote(log)} {shlex.quote(log + '.old')}"
    if fault.word == wal.DAMAGED:
        return StoreError(f"the log {log} is damaged: its header is no header",
                          hint=f"put the state back from a backup; or {alone}")  # fmt: skip
    return StoreError(f"{path} and its log {path.name}-wal don't belong together: one of them was replaced",
                      hint=f"put both back from one backup; or {alone}")  # fmt: skip


def unreadable_here(path: Path) -> StoreError:
    """A database with a log, on a file system where the index of the log can't be made."""
    return StoreError(f"{path} has a log that can't be read on a read-only file system",
                      hint=f"mount it writable, or copy {shlex.quote(str(path.parent))} to a disk that is")  # fmt: skip


def _explain(error: Exception, path: Path) -> StoreError | None:
    import sqlite3

    if isinstance(error, OSError):
        return _system_fault(error, path)
    bugs = (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.IntegrityError, sqlite3.NotSupportedError)
    return _translate(error, path) if isinstance(error, sqlite3.Error) and not isinstance(error, bugs) else None


def _restore(path: Path) -> str:
    place = shlex.quote(str(path.parent))
    return f"put {path.name} back from a backup; or start with an empty state: mv {place} {place}.old"


def _translate(error: "sqlite3.Error", path: Path) -> StoreError:
    name = getattr(error, "sqlite_errorname", None) or ""
    place = shlex.quote(str(path.parent))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")):
        return StoreBusy(
            f"another program keeps {path} to itself", hint=f"see which one: fuser {shlex.quote(str(path))}"
        )
    if name.startswith("SQLITE_FULL") or (name.startswith("SQLITE_IOERR") and _is_full(path.parent)):
        return _full(path)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StoreError(f"{path} can't be opened or written: {error}", hint=f"see: ls -la {place}")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or any(word in str(error).lower() for word in _DAMAGE):
        return damaged(path, str(error))
    if name.startswith("SQLITE_IOERR"):
        return StoreError(f"{path} can't be read or written: {error}", hint=f"look at the disk: df -h {place}")
    return StoreError(f"{path}: {error}", hint="agentgrid state show")


def _system_fault(error: OSError, path: Path) -> StoreError:
    if error.errno in _FULL:
        return _full(path)
    return StoreError(f"the state in {path.parent} can't be used: {error.strerror or error}",
                      hint=f"see: ls -la {shlex.quote(str(path.parent))}")  # fmt: skip


def _full(path: Path) -> StoreError:
    return StoreError(f"the disk is full: {path} can't be written",
                      hint=f"free some space: df -h {shlex.quote(str(path.parent))}")  # fmt: skip


def _is_full(directory: Path) -> bool:
    try:
        free = os.statvfs(directory)
    except OSError:
        return False
    return free.f_bavail == 0
