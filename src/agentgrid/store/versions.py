"""Which tables a database has, and bringing them forward; never back. A database of a newer program is left alone."""

from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid import __version__
from agentgrid.errors import StoreError
from agentgrid.store.faults import damaged
from agentgrid.store.tables import VERSIONS

if TYPE_CHECKING:
    import sqlite3


def latest_version() -> int:
    return len(VERSIONS)


def require_known(connection: "sqlite3.Connection", path: Path) -> int:
    """The version of the tables. Raises StoreError when a newer program made them."""
    found = read_meta(connection)
    try:
        version = int(found["version"])
    except (KeyError, ValueError, TypeError):
        raise damaged(path, "it doesn't say which version it has") from None
    if version > latest_version():
        raise StoreError(
            f"{path} was written by agentgrid {found.get('written_by', '?')} (tables {version}); "
            f"this is {__version__} (tables {latest_version()})",
            hint="use the newer agentgrid here too: uv tool upgrade agentgrid-cli",
        )
    return version


def read_meta(connection: "sqlite3.Connection") -> dict[str, str]:
    return dict(connection.execute("SELECT key, value FROM meta").fetchall())


def upgrade(connection: "sqlite3.Connection", version: int) -> None:
    """Brings the tables from `version` to the latest, in the transaction that is open."""
    if version == latest_version():
        return
    for statements in VERSIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    for key, value in (("version", str(latest_version())), ("written_by", __version__)):
        connection.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )
