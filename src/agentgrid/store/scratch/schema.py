"""Reads the schemas of scratch databases, and of any other SQLite file or PostgreSQL database."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from agentgrid.store.scratch import postgres_schema, sqlite_schema
from agentgrid.store.scratch.on_postgres import connect_to, fetch_rows
from agentgrid.store.scratch.schema_text import Rows, schema_text
from agentgrid.store.scratch.server_address import ServerAddress, read_address


def schema_questions(engine: str) -> tuple[str, Mapping[str, str]]:
    """(a statement to begin with on a new connection, name → query) for whoever asks with a connection of their own."""
    module = sqlite_schema if engine == "sqlite" else postgres_schema
    return module.PREPARE, module.QUERIES


def render_schema(engine: str, rows: Rows) -> str:
    """The schema that the queries' answers tell of."""
    return schema_text(sqlite_schema.sqlite_lines(rows) if engine == "sqlite" else postgres_schema.postgres_lines(rows))


def sqlite_schema_of(path: Path) -> str:
    """Tables, columns, indexes, constraints, views, triggers of the SQLite database in `path`, as comparable text."""
    import sqlite3

    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return ask_schema("sqlite", lambda sql: connection.execute(sql).fetchall())


def postgres_schema_of(place: ServerAddress | str) -> str:
    """The same of a PostgreSQL database, with schemas, sequences, types, functions. `place`: its address, or its URL.

    Raises InputError or OutsideError when it can't be reached, never with the URL.
    """
    address = read_address(place) if isinstance(place, str) else place
    with connect_to(address) as connection:
        return ask_schema("postgresql", lambda sql: fetch_rows(connection, sql))


def ask_schema(engine: str, run: Callable[[str], Sequence[Sequence[object]]]) -> str:
    """The schema of the database that `run` (SQL → rows) asks."""
    prepare, queries = schema_questions(engine)
    run(prepare)
    return render_schema(engine, {name: run(sql) for name, sql in queries.items()})
