"""The state in one SQLite file in the common git directory.

Every read-then-write is one IMMEDIATE transaction behind the gate. What is wrong with the file is told in one line and
never mended by force: a database that is busy, damaged or of a newer program is left as it is.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from agentgrid import __version__
from agentgrid.errors import StoreError
from agentgrid.machine.clock import Clock, Instant, read_clock
from agentgrid.machine.files import write_atomically
from agentgrid.store.faults import explain, require_whole
from agentgrid.store.gate import DEADLINE_S, hold_gate
from agentgrid.store.session import Row
from agentgrid.store.tables import LATEST, VERSIONS

DATABASE = "state.db"
MARKER = "created"  # there was a database here: its absence is a loss, not a beginning


class SqliteSession:
    """A transaction on one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, /, **values: object) -> list[Row]:
        cursor = self._connection.execute(sql, values)
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def run_many(self, sql: str, rows: Sequence[dict[str, object]], /) -> None:
        self._connection.executemany(sql, rows)


class SqliteStore:
    """The store in `directory`; made by the first write. One transaction at a time in a process."""

    def __init__(self, directory: Path, *, deadline_s: float = DEADLINE_S, clock: Clock = read_clock) -> None:
        self.directory = directory
        self.path = directory / DATABASE
        self._deadline_s = deadline_s
        self._clock = clock
        self._turn = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def now(self) -> Instant:
        return self._clock()

    @property
    def exists(self) -> bool:
        """True when something was stored here once, also when it is damaged or gone by now."""
        return self.path.exists() or (self.directory / MARKER).exists()

    @contextmanager
    def read(self) -> Iterator[SqliteSession]:
        with self._turn, explain(self.path):
            if not self.exists:
                with closing(_empty_state()) as nothing:
                    yield SqliteSession(nothing)
                return
            connection = self._connect()
            connection.execute("BEGIN")
            try:
                self._require_known(connection)
                yield SqliteSession(connection)
            finally:
                connection.rollback()

    @contextmanager
    def write(self) -> Iterator[SqliteSession]:
        with self._turn, explain(self.path):
            self.directory.mkdir(parents=True, exist_ok=True)
            with hold_gate(self.directory, deadline_s=self._deadline_s):
                if not self.exists:
                    self._create()
                connection = self._connect()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    _upgrade(connection, self._require_known(connection))
                    yield SqliteSession(connection)
                    connection.commit()
                except BaseException:
                    connection.rollback()
                    raise

    def close(self) -> None:
        """Closes the connection; the store opens another when it is used again."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            require_whole(self.path)
            self._connection = _open(f"{self.path.absolute().as_uri()}?mode=rw", self._deadline_s)
        return self._connection

    def _require_known(self, connection: sqlite3.Connection) -> int:
        """The version of the tables. Raises StoreError when a newer program made them."""
        rows = connection.execute("SELECT key, value FROM meta").fetchall()
        found = dict(rows)
        version = int(found["version"])
        if version > LATEST:
            raise StoreError(
                f"{self.path} was written by agentgrid {found.get('written_by', '?')} (tables {version}); "
                f"this is {__version__} (tables {LATEST})",
                hint="use the newer agentgrid here too: uv tool upgrade agentgrid-cli",
            )
        return version

    def _create(self) -> None:
        """Makes the database aside and moves it into place whole: a file of no bytes is always damage."""
        fresh = self.directory / f"{DATABASE}.new"
        for leftover in self.directory.glob(f"{DATABASE}.new*"):
            leftover.unlink()  # of a creator that was killed: nothing was ever stored in it
        with closing(_open(fresh.absolute().as_uri(), self._deadline_s)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            _upgrade(connection, 0)
            connection.commit()
        os.replace(fresh, self.path)
        write_atomically(self.directory / MARKER, b"a database was made here\n")


def _open(uri: str, timeout_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=timeout_s, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Brings the tables forward, in the transaction that is open."""
    if version == LATEST:
        return
    for statements in VERSIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    for key, value in (("version", str(LATEST)), ("written_by", __version__)):
        connection.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )


def _empty_state() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _upgrade(connection, 0)
    return connection
