"""Scratch databases on a PostgreSQL server: made under random names, dropped whatever happens.

What a killed process left is dropped by the next one that uses the server.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from agentgrid.errors import OutsideError
from agentgrid.store.scratch.fault import ScratchFault
from agentgrid.store.scratch.leftovers import PREFIX, database_name, find_leftovers, owner_name
from agentgrid.store.scratch.server_address import ServerAddress, read_address

if TYPE_CHECKING:
    import psycopg

_CONNECT_S = 10
_DATABASES = "SELECT datname FROM pg_database WHERE datname LIKE %s AND pg_has_role(datdba, 'MEMBER')"
_SESSIONS = "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE %s"


class PostgresScratch:
    """One scratch database. Takes texts of one or several statements, as they stand; several are one transaction, as
    the server has it, unless the text says otherwise."""

    engine = "postgresql"

    def __init__(self, address: ServerAddress, *, timeout_s: float) -> None:
        self.address = address
        self._timeout_s = timeout_s
        self._connection = self._open()
        self._watching: psycopg.Connection[tuple[Any, ...]] | None = None

    def look(self, sql: str) -> list[tuple[Any, ...]]:
        """What a statement answers on a connection of its own, which what is tried doesn't change."""
        if self._watching is None:
            self._watching = connect_to(self.address)
        return fetch_rows(self._watching, sql)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that the last statement answers. Raises ScratchFault, and no transaction is open after it."""
        try:
            return self.run_on(sql)
        except ScratchFault:
            self.recover()
            raise

    def run_on(self, sql: str) -> list[tuple[Any, ...]]:
        """The same, but a transaction that is open stays open, and failed."""
        import psycopg

        try:
            return fetch_rows(self._connection, sql)
        except psycopg.Error as error:
            fault = _fault(error, self.address)
        if self._connection.closed:
            raise OutsideError(f"the PostgreSQL server {self.address.told} ended the connection: {fault.words}")
        raise fault

    def recover(self) -> None:
        """Ends what a fault has left open."""
        from psycopg.pq import TransactionStatus

        if self._connection.info.transaction_status == TransactionStatus.ACTIVE:
            self.renew()  # amidst COPY, which wants data that nobody has
        else:
            self._connection.execute("ROLLBACK")

    @property
    def is_in_transaction(self) -> bool:
        from psycopg.pq import TransactionStatus

        return self._connection.info.transaction_status != TransactionStatus.IDLE

    def renew(self) -> None:
        """A new connection: nothing of the old session is left."""
        self._connection.close()
        self._connection = self._open()

    def close(self) -> None:
        self._connection.close()
        if self._watching is not None:
            self._watching.close()

    def _open(self) -> "psycopg.Connection[tuple[Any, ...]]":
        connection = _connect(self.address, PREFIX)
        connection.execute(f"SET statement_timeout = {int(self._timeout_s * 1000)}".encode())
        connection.execute("SET client_min_messages = warning")
        return connection


class ScratchServer:
    """A server on which scratch databases are made, for one run at a time."""

    def __init__(self, url: str, *, timeout_s: float = 600.0) -> None:
        """`url`: of the server; its user may create databases. `timeout_s`: for each statement. Raises InputError or
        OutsideError when it can't be reached, never with the URL."""
        self.address = read_address(url)
        self._timeout_s = timeout_s
        self._owner = owner_name(int(time.time()), secrets.token_hex(4))
        self._counted = 0
        self._connection = _connect(self.address, self._owner)

    def sweep(self) -> list[str]:
        """Drops what killed runs left; their names."""
        run = self._connection.execute
        databases = [row[0] for row in run(_DATABASES, [f"{PREFIX}%"]).fetchall()]
        sessions = [row[0] for row in run(_SESSIONS, [f"{PREFIX}%"]).fetchall()]
        found = find_leftovers(databases, sessions, int(time.time()))
        for name in found:
            self._drop(name)
        return found

    @contextmanager
    def database(self) -> Iterator[ServerAddress]:
        """A new database's address; the database is gone afterwards."""
        self._counted += 1
        name = database_name(self._owner, self._counted)
        try:
            self._create(name)
            yield self.address.of_database(name)
        finally:
            self._drop(name)

    @contextmanager
    def scratch(self) -> Iterator[PostgresScratch]:
        """A new database, connected to."""
        with self.database() as address:
            scratch = PostgresScratch(address, timeout_s=self._timeout_s)
            try:
                yield scratch
            finally:
                scratch.close()

    def close(self) -> None:
        self._connection.close()

    def _create(self, name: str) -> None:
        import psycopg

        try:
            try:
                self._connection.execute(f'CREATE DATABASE "{name}"'.encode())
            except psycopg.errors.ObjectInUse:
                self._connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
        except psycopg.Error as error:
            raise OutsideError(
                f"no scratch database could be made on the PostgreSQL server {self.address.told}:"
                f" {_words(error, self.address)}",
                hint="its user needs the right to create databases: ALTER ROLE … CREATEDB",
            ) from None

    def _drop(self, name: str) -> None:
        """An interrupted connection is no reason to leave the database: a new one drops it."""
        import psycopg

        statement = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode()
        try:
            self._connection.execute(statement)
        except psycopg.Error:
            with suppress(psycopg.Error, OutsideError), _connect(self.address, self._owner) as again:
                again.execute(statement)  # else the next run finds it


@contextmanager
def scratch_server(url: str, *, timeout_s: float = 600.0) -> Iterator[ScratchServer]:
    """The server at `url`, rid of leftovers. Raises InputError or OutsideError."""
    server = ScratchServer(url, timeout_s=timeout_s)
    try:
        server.sweep()
        yield server
    finally:
        server.close()


def connect_to(address: ServerAddress) -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection that commits each statement. Raises OutsideError."""
    return _connect(address, PREFIX)


def fetch_rows(connection: "psycopg.Connection[tuple[Any, ...]]", sql: str) -> list[tuple[Any, ...]]:
    """The rows that the last statement of `sql` answers."""
    cursor = connection.execute(sql.encode())
    while cursor.nextset():
        pass
    return cursor.fetchall() if cursor.description else []


def _connect(address: ServerAddress, application: str) -> "psycopg.Connection[tuple[Any, ...]]":
    import psycopg

    parameters: dict[str, Any] = {"connect_timeout": _CONNECT_S, "dbname": "postgres", **address.parameters}
    try:
        return psycopg.connect(**{**parameters, "application_name": application}, autocommit=True)
    except psycopg.Error as error:
        words = address.hush(" ".join(str(error).split()))
    raise OutsideError(
        f"the PostgreSQL server {address.told} can't be used for trying migrations: {words}",
        hint="is it running, and does the URL under `database` name a user and a database that it has?",
    )


def _fault(error: "psycopg.Error", address: ServerAddress) -> ScratchFault:
    position = error.diag.statement_position
    return ScratchFault(
        _words(error, address), code=error.sqlstate or "", offset=int(position) - 1 if position else None
    )


def _words(error: "psycopg.Error", address: ServerAddress) -> str:
    told = error.diag.message_primary or " ".join(str(error).split())
    detail = error.diag.message_detail
    return address.hush(f"{told} ({detail})" if detail else told)
