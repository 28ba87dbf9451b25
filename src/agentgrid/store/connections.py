"""The two connections of one store, opened only on files that are sound, and closed without touching damaged ones.

The reader can change nothing. The writer, closed last, lets SQLite move the log into the database; closed first, it
leaves both as they are, because SQLite does that only for the last one to leave.
"""

import os
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.store.faults import FileFault, emptied, explain, mismatched, missing, unreadable_here
from agentgrid.store.gate import take_gate
from agentgrid.store.marker import mark_created
from agentgrid.store.wal import find_wal_fault

if TYPE_CHECKING:
    import sqlite3

_RECHECKS = 3
_RECHECK_S = 0.02
_of_our_parent: list["sqlite3.Connection | None"] = []  # a forked process may not even close them


class Connections:
    """For the database at `path`, which must exist by the time one is asked for. Not for several threads at once."""

    def __init__(self, path: Path, deadline_s: float) -> None:
        self._path = path
        self._text = str(path)
        self._deadline_s = deadline_s
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._opened = (0, 0, 0)  # process, device, inode

    def reader(self, *, has_gate: bool = False) -> "sqlite3.Connection":
        """A connection that changes nothing. Raises StoreError."""
        now = self._identify()
        if self._reader is None or now != self._opened:
            self._leave_behind(now)
            self._require_sound(has_gate=has_gate)
            self._reader = _open_reader(self._path, self._deadline_s)
            self._opened = now
        return self._reader

    def writer(self) -> "sqlite3.Connection":
        """A connection that may write, for who has the gate. Raises StoreError."""
        self.reader(has_gate=True)
        if self._writer is None:
            mark_created(self._path.parent)
            self._writer = open_writer(self._path, self._deadline_s)
        return self._writer

    def close(self) -> None:
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None

    def abandon(self) -> None:
        """Closes both and leaves the files as they are."""
        for connection in (self._writer, self._reader):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None

    def _identify(self) -> tuple[int, int, int]:
        try:
            found = os.stat(self._text)
        except FileNotFoundError:
            self.abandon()
            raise missing(self._path) from None
        if found.st_size == 0:
            self.abandon()
            raise emptied(self._path)
        return os.getpid(), found.st_dev, found.st_ino

    def _leave_behind(self, now: tuple[int, int, int]) -> None:
        if self._opened[0] not in {0, now[0]}:
            _of_our_parent.extend((self._reader, self._writer))
            self._reader = self._writer = None
        self.abandon()

    def _require_sound(self, *, has_gate: bool) -> None:
        """Raises StoreError when SQLite would take the log for something that it isn't.

        What is seen here can be in motion: a writer starts the log anew, whoever leaves last takes it away. Nobody
        writes while one has the gate, so a fault that is still there then is one.
        """
        fault = _find_fault(self._path)
        if fault is None:
            return
        directory = self._path.parent
        can_wait = not has_gate and os.access(directory, os.W_OK)  # else nobody writes, or only others may
        with take_gate(directory, deadline_s=self._deadline_s) if can_wait else nullcontext():
            for _ in range(_RECHECKS):
                time.sleep(_RECHECK_S)
                if (fault := _find_fault(self._path)) is None:
                    return
        raise mismatched(self._path, fault)


def open_writer(path: Path, deadline_s: float, *, mode: str = "rw") -> "sqlite3.Connection":
    """Each commit reaches the disk before it returns. `mode`: `rwc` makes the file."""
    connection = _connect(path, f"mode={mode}", deadline_s)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def look_without_log(path: Path) -> "sqlite3.Connection":
    """The database file alone, as if it had no log and nobody wrote; makes no file and takes no lock.

    The file itself must never be opened otherwise: closing it would take away every lock that this process has on it.
    """
    return _connect(path, "mode=ro&immutable=1", 0)


def is_on_read_only_disk(directory: Path) -> bool:
    return bool(os.statvfs(directory).f_flag & os.ST_RDONLY)


def _open_reader(path: Path, deadline_s: float) -> "sqlite3.Connection":
    if not is_on_read_only_disk(path.parent):
        return _connect_reader(path, deadline_s)
    log = Path(f"{path}-wal")
    if not log.exists() or log.stat().st_size == 0:
        return look_without_log(path)  # nobody can write there
    if not Path(f"{path}-shm").exists():
        raise unreadable_here(path)
    return _connect_reader(path, deadline_s)


def _connect_reader(path: Path, deadline_s: float) -> "sqlite3.Connection":
    """From its first question on, it stands in the way of whoever would be the last to leave."""
    connection = _connect(path, "mode=ro", deadline_s)
    try:
        _ask(connection, "user_version")
    except BaseException:
        connection.close()
        raise
    return connection


def _find_fault(path: Path) -> "FileFault | None":
    """What is wrong between the file and its log. First the file, then the log: the other way round, what a checkpoint
    moves meanwhile would be seen nowhere."""
    with explain(path):
        file = look_without_log(path)
        try:
            is_short = _counts_more_than_there_is(file)
            stamp, page_size = _ask(file, "user_version"), _ask(file, "page_size")
            size = os.stat(path).st_size
            is_short = is_short or _ask(file, "page_count") * page_size > size
        finally:
            file.close()
        fault = find_wal_fault(f"{path}-wal", stamp, size // page_size, is_short=is_short)
    return FileFault(fault, size // page_size) if fault else None


def _counts_more_than_there_is(file: "sqlite3.Connection") -> bool:
    """Whether SQLite finds the file shorter than its header says; it is told to answer nevertheless."""
    import sqlite3

    try:
        _ask(file, "user_version")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_CORRUPT:
            raise
        file.execute("PRAGMA writable_schema = ON")
        return True
    return False


def _ask(connection: "sqlite3.Connection", pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _connect(path: Path, options: str, deadline_s: float) -> "sqlite3.Connection":
    import sqlite3

    uri = f"{path.absolute().as_uri()}?{options}"
    return sqlite3.connect(uri, uri=True, timeout=deadline_s, isolation_level=None, check_same_thread=False)
