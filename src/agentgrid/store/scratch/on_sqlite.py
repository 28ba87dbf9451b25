"""A scratch database in one SQLite file. Nothing of it has to last, so nothing waits for the disk."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.store.scratch.fault import ScratchFault

if TYPE_CHECKING:
    import sqlite3

_STEPS_BETWEEN_LOOKS = 100_000
_UUIDS = ("gen_random_uuid", "uuid_generate_v4", "uuid")


class SqliteScratch:
    """Takes statements one at a time, as they stand. Other files can't be attached to it."""

    engine = "sqlite"

    def __init__(self, path: Path, *, timeout_s: float, with_foreign_functions: bool = False) -> None:
        self.path = path
        self._with_foreign_functions = with_foreign_functions
        self._timeout_s = timeout_s
        self._until = 0.0
        self._connection: sqlite3.Connection = self._open()

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """The rows that one statement answers. Raises ScratchFault."""
        import sqlite3

        self._until = time.monotonic() + self._timeout_s
        try:
            return self._connection.execute(sql).fetchall()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                raise ScratchFault(f"not done after {self._timeout_s:g} s", code="timeout") from error
            raise _fault(error) from error
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise _fault(error) from error

    @property
    def is_in_transaction(self) -> bool:
        return self._connection.in_transaction

    def renew(self) -> None:
        """A new connection: nothing of the old session is left."""
        self._connection.close()
        self._connection = self._open()

    def close(self) -> None:
        self._connection.close()

    def _open(self) -> "sqlite3.Connection":
        import sqlite3

        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
        if self._with_foreign_functions:
            for name in _UUIDS:
                connection.create_function(name, 0, _new_uuid)
            connection.create_function("now", 0, _now)
        connection.set_authorizer(_authorize)
        connection.set_progress_handler(self._is_late, _STEPS_BETWEEN_LOOKS)
        return connection

    def _is_late(self) -> bool:
        return time.monotonic() > self._until


@contextmanager
def scratch_sqlite(
    path: Path, *, timeout_s: float = 600.0, with_foreign_functions: bool = False
) -> Iterator[SqliteScratch]:
    """A database in the new file `path`. `timeout_s`: for each statement. `with_foreign_functions`: it knows a few
    that other databases have (now, gen_random_uuid)."""
    scratch = SqliteScratch(path, timeout_s=timeout_s, with_foreign_functions=with_foreign_functions)
    try:
        yield scratch
    finally:
        scratch.close()


def _authorize(action: int, first: str | None, *_: str | None) -> int:
    import sqlite3

    if action == sqlite3.SQLITE_ATTACH and first not in {None, "", ":memory:"}:
        return sqlite3.SQLITE_DENY  # a file of the person's own
    return sqlite3.SQLITE_OK


def _fault(error: Exception) -> ScratchFault:
    return ScratchFault(str(error), code=getattr(error, "sqlite_errorname", ""))


def _new_uuid() -> str:
    import uuid

    return str(uuid.uuid4())


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
