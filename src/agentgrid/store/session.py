"""What the rooms see of the state: sessions that run SQL, and stores that open them. Each database implements it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from agentgrid.machine.clock import Instant

Row = dict[str, Any]


class Session(Protocol):
    """One transaction. SQL is of the shared subset, with named parameters as `:name`."""

    def run(self, sql: str, /, **values: object) -> list[Row]:
        """Runs one statement; the rows that it answers, as column → value."""

    def run_many(self, sql: str, rows: Sequence[dict[str, object]], /) -> None:
        """Runs one statement for each set of parameters."""


class Store(Protocol):
    """The state of one grid. No transaction may span a git call, a subprocess or the network."""

    def read(self) -> AbstractContextManager[Session]:
        """A session that sees one moment; an empty state where there is none yet. Raises StoreError."""

    def write(self) -> AbstractContextManager[Session]:
        """The one writer's session, committed at the end of the block and rolled back on an exception.

        Raises StoreBusy (nobody gets in for 10 s) and StoreError.
        """

    def now(self) -> Instant:
        """Now on the clock that leases are judged by: this machine's, or the database server's."""


def next_number(session: Session, name: str) -> int:
    """The next number of the counter `name`, from 1; never given twice, never reset."""
    found = session.run("UPDATE counters SET value = value + 1 WHERE name = :name RETURNING value", name=name)
    if not found:
        found = session.run("INSERT INTO counters (name, value) VALUES (:name, 1) RETURNING value", name=name)
    return int(found[0]["value"])
