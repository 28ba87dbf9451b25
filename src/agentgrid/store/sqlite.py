"""The state in one SQLite file in the common git directory.

Every read-then-write is one IMMEDIATE transaction behind the gate. What is wrong with the file is told in one line and
never mended by force: a database that is busy, damaged or of a newer program is left as it is.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.errors import StoreBusy, StoreError
from agentgrid.machine.clock import Clock, Instant, read_clock
from agentgrid.store.connections import Connections
from agentgrid.store.creation import create_database
from agentgrid.store.faults import explain
from agentgrid.store.gate import DEADLINE_S, hold_gate
from agentgrid.store.marker import was_created
from agentgrid.store.network import require_local
from agentgrid.store.places import DATABASE
from agentgrid.store.session import Row
from agentgrid.store.stamps import leave_stamp
from agentgrid.store.versions import latest_version, require_known, upgrade

if TYPE_CHECKING:
    import sqlite3


class SqliteSession:
    """A transaction on one connection."""

    def __init__(self, connection: "sqlite3.Connection", path: Path) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._path = path

    def run(self, sql: str, /, **values: object) -> list[Row]:
        with explain(self._path):
            cursor = self._open().execute(sql, values)
            if cursor.description is None:
                return []
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def run_many(self, sql: str, rows: Sequence[dict[str, object]], /) -> None:
        with explain(self._path):
            self._open().executemany(sql, rows)

    def end(self) -> None:
        """Nothing more can be run in it."""
        self._connection = None

    def _open(self) -> "sqlite3.Connection":
        if self._connection is None:
            raise RuntimeError("this session is over")
        return self._connection


class SqliteStore:
    """The store in `directory`; made by the first write. One session at a time in a process: another thread waits its
    turn, and a session inside a session of the same thread is a mistake that raises RuntimeError."""

    def __init__(self, directory: Path, *, deadline_s: float = DEADLINE_S, clock: Clock = read_clock) -> None:
        self.directory = directory
        self.path = directory / DATABASE
        self._deadline_s = deadline_s
        self._clock = clock
        self._turn = threading.Lock()
        self._whose_turn = 0
        self._connections = Connections(self.path, deadline_s)
        self._changes_before = 0

    def __del__(self) -> None:
        if hasattr(self, "_connections"):
            self._connections.close()

    def now(self) -> Instant:
        return self._clock()

    @property
    def exists(self) -> bool:
        """True when something was stored here once, also when it is damaged or gone by now."""
        return was_created(self.directory)

    @contextmanager
    def read(self) -> Iterator[SqliteSession]:
        with self._take_turn(), ExitStack() as stack:
            if self.exists:
                connection = self._begin_read()
                stack.callback(_roll_back, connection)
            else:
                connection = stack.enter_context(closing(_empty_state()))
            yield from self._lend(connection)

    @contextmanager
    def write(self) -> Iterator[SqliteSession]:
        with self._take_turn(), ExitStack() as stack:
            connection = self._begin_write(stack)
            yield from self._lend(connection)
            self._commit(connection)

    def close(self) -> None:
        """Closes the connections; the store opens others when it is used again."""
        with self._take_turn():
            self._connections.close()

    def _lend(self, connection: "sqlite3.Connection") -> Iterator[SqliteSession]:
        """The session for the caller's block, and no longer."""
        session = SqliteSession(connection, self.path)
        try:
            yield session
        finally:
            session.end()

    def _begin_read(self) -> "sqlite3.Connection":
        with explain(self.path):
            connection = self._connections.reader()
            connection.execute("BEGIN")
            try:
                version = require_known(connection, self.path)
            except BaseException:
                _roll_back(connection)
                raise
        if version == latest_version():
            return connection
        _roll_back(connection)
        with ExitStack() as stack:  # of an older program: its tables are brought forward first
            self._commit(self._begin_write(stack))
        return self._begin_read()

    def _begin_write(self, stack: ExitStack) -> "sqlite3.Connection":
        """A connection with an open transaction, behind the gate; `stack` ends both."""
        is_new = not self.exists
        if is_new:
            require_local(self.directory)
        with explain(self.path):
            if is_new:
                self.directory.mkdir(parents=True, exist_ok=True)
            stack.enter_context(hold_gate(self.directory, deadline_s=self._deadline_s))
            if is_new and not self.exists:
                create_database(self.directory, deadline_s=self._deadline_s)
            connection = self._connections.writer()
            stack.callback(_roll_back, connection)
            connection.execute("BEGIN IMMEDIATE")
            self._changes_before = connection.total_changes
            upgrade(connection, require_known(connection, self.path))
        return connection

    def _commit(self, connection: "sqlite3.Connection") -> None:
        """Nothing is written, and no disk waited for, when nothing was changed."""
        with explain(self.path):
            if connection.total_changes != self._changes_before:
                leave_stamp(connection)
            connection.commit()

    @contextmanager
    def _take_turn(self) -> Iterator[None]:
        if self._whose_turn == threading.get_ident():
            raise RuntimeError("a session of this store is open in this thread: use that one")
        if not self._turn.acquire(timeout=self._deadline_s):
            raise StoreBusy(f"another thread of this process has had a session on {self.path} "
                            f"for more than {self._deadline_s:.0f} s", details={"pid": os.getpid()})  # fmt: skip
        self._whose_turn = threading.get_ident()
        try:
            yield
        except StoreBusy:
            raise
        except StoreError:
            self._connections.abandon()  # what SQLite does on closing isn't for files that may be damaged
            raise
        finally:
            self._whose_turn = 0
            self._turn.release()


def _roll_back(connection: "sqlite3.Connection") -> None:
    """Ends what is still open; after a commit, nothing is."""
    if connection.in_transaction:
        import sqlite3

        with suppress(sqlite3.Error):  # what can't even be undone isn't committed, and is dropped with the connection
            connection.rollback()


def _empty_state() -> "sqlite3.Connection":
    import sqlite3

    connection = sqlite3.connect(":memory:", isolation_level=None)
    upgrade(connection, 0)
    return connection
