"""The address of a PostgreSQL server, read from a URL whose password is never told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from agentgrid.errors import InputError, OutsideError

_DRIVER = re.compile(r"^postgres(?:ql)?(?:\+\w+)?://")


@dataclass(frozen=True)
class ServerAddress:
    """`parameters`: as libpq names them (host, port, user, password, …)."""

    parameters: Mapping[str, str] = field(repr=False)

    def of_database(self, name: str) -> "ServerAddress":
        return ServerAddress({**self.parameters, "dbname": name})

    def hush(self, words: str) -> str:
        """`words` without the password."""
        password = self.parameters.get("password")
        return words.replace(password, "***") if password else words

    @property
    def told(self) -> str:
        """Where it is, for people."""
        host = self.parameters.get("host") or self.parameters.get("hostaddr") or "the local socket"
        port = self.parameters.get("port")
        return f"{host}:{port}" if port else host


def read_address(url: str) -> ServerAddress:
    """What `url` (postgresql://user@host:port/database; a driver's name as SQLAlchemy writes it is passed over) says.

    Raises InputError when it can't be read, OutsideError when psycopg is not installed; neither shows the URL.
    """
    require_psycopg()
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict

    try:
        told = conninfo_to_dict(_DRIVER.sub("postgresql://", url.strip()))
    except Error:
        told = None  # what it says repeats the URL
    if told is None:
        raise InputError(
            "the URL of the PostgreSQL server can't be read",
            hint="it looks like this: postgresql://user:password@host:5432/postgres",
        )
    return ServerAddress({name: str(value) for name, value in told.items() if value is not None})


def require_psycopg() -> None:
    """Raises OutsideError when PostgreSQL's driver isn't there."""
    try:
        import psycopg  # noqa: F401 - asked whether it is there
    except ImportError as error:
        raise OutsideError(
            "PostgreSQL's driver psycopg is not installed beside agentgrid",
            hint="pip install 'agentgrid-cli[postgres]'",
        ) from error
