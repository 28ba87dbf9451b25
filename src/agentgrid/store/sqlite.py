"""The state in one SQLite file in the common git directory.

Every read-then-write is one IMMEDIATE transaction behind the gate. What is wrong with the file is told in one line and
never mended by force: a database that is busy, damaged or of a newer program is left as it is.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.errors import StoreBusy, StoreError
from agentgrid.machine.clock import Clock, Instant, read_clock
from agentgrid.store.connections import Connections
from agentgrid.store.creation import create_database
from agentgrid.store.faults import explain
from agentgrid.store.gate import DEADLINE_S, Gate, take_gate
from agentgrid.store.marker import was_created
from agentgrid.store.network import require_local
from agentgrid.store.places import DATABASE
from agentgrid.store.session import Row
from agentgrid.store.stamps import leave_stamp
from agentgrid.store.turns import Turns
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
        self._turns = Turns(self.path, deadline_s)
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
        with self._turns:
            if not self.exists:
                with closing(_empty_state()) as nothing:
                    yield SqliteSession(nothing, self.path)
                return
            try:
                connection = self._begin_read()
                session = SqliteSession(connection, self.path)
                try:
                    yield session
                finally:
                    session.end()
                    _roll_back(connection)
            except StoreError as error:
                self._look_after(error)
                raise

    @contextmanager
    def write(self) -> Iterator[SqliteSession]:
        with self._turns:
            try:
                with self._pass_gate():
                    connection = self._begin_write()
                    session = SqliteSession(connection, self.path)
                    try:
                        yield session
                        self._commit(connection)
                    finally:
                        session.end()
                        _roll_back(connection)
            except StoreError as error:
                self._look_after(error)
                raise

    def close(self) -> None:
        """Closes the connections; the store opens others when it is used again."""
        with self._turns:
            self._connections.close()

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
        with self._pass_gate():  # of an older program: its tables are brought forward first
            self._commit(self._begin_write())
        return self._begin_read()

    def _pass_gate(self) -> Gate:
        with explain(self.path):
            if not self.exists:
                require_local(self.directory)
                self.directory.mkdir(parents=True, exist_ok=True)
            return take_gate(self.directory, deadline_s=self._deadline_s)

    def _begin_write(self) -> "sqlite3.Connection":
        """A connection with an open transaction, for who has the gate."""
        with explain(self.path):
            if not self.exists:
                create_database(self.directory, deadline_s=self._deadline_s)
            connection = self._connections.writer()
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._changes_before = connection.total_changes
                upgrade(connection, require_known(connection, self.path))
            except BaseException:
                _roll_back(connection)
                raise
        return connection

    def _commit(self, connection: "sqlite3.Connection") -> None:
        """Nothing is written, and no disk waited for, when nothing was changed."""
        with explain(self.path):
            if connection.total_changes != self._changes_before:
                leave_stamp(connection)
            connection.commit()

    def _look_after(self, error: StoreError) -> None:
        """What SQLite does on closing isn't for files that may be damaged."""
        if not isinstance(error, StoreBusy):
            self._connections.abandon()


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
