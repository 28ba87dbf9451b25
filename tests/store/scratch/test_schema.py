"""Schemas as text: what counts as a difference, and what doesn't."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agentgrid.store.scratch.on_postgres import scratch_server
from agentgrid.store.scratch.schema import postgres_schema_of, sqlite_schema_of
from agentgrid.store.scratch.schema_text import compare_schemas
from support.postgres import TestServer

TABLE = "CREATE TABLE t (id integer PRIMARY KEY, name text DEFAULT 'x');"
OTHER = "CREATE TABLE o (id integer PRIMARY KEY);"


def on_sqlite(place: Path, sql: str) -> str:
    place.unlink(missing_ok=True)
    with closing(sqlite3.connect(place)) as connection:
        connection.executescript(sql)
    return sqlite_schema_of(place)


def on_postgres(server: TestServer, sql: str) -> str:
    with scratch_server(server.url) as scratches, scratches.scratch() as scratch:
        scratch.run(sql)
        return postgres_schema_of(scratch.address)


DIFFERENCES = {
    "a column": "ALTER TABLE t ADD COLUMN more text;",
    "a default": "DROP TABLE t; CREATE TABLE t (id integer PRIMARY KEY, name text DEFAULT 'y');",
    "a type": "DROP TABLE t; CREATE TABLE t (id integer PRIMARY KEY, name varchar(3) DEFAULT 'x');",
    "not null": "DROP TABLE t; CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL DEFAULT 'x');",
    "a check": "DROP TABLE t; CREATE TABLE t (id integer PRIMARY KEY, name text DEFAULT 'x' CHECK (name <> ''));",
    "a unique constraint": "DROP TABLE t; CREATE TABLE t (id integer PRIMARY KEY, name text DEFAULT 'x' UNIQUE);",
    "no key": "DROP TABLE t; CREATE TABLE t (id integer NOT NULL, name text DEFAULT 'x');",
    "an index": "CREATE INDEX i ON t (name);",
    "a view": "CREATE VIEW v AS SELECT id FROM t;",
    "a table": "CREATE TABLE u (id integer);",
    "a foreign key": "CREATE TABLE u (id integer REFERENCES t (id));",
}


@pytest.mark.parametrize("what", DIFFERENCES)
def test_every_difference_is_seen(what: str, tmp_path: Path, postgres: TestServer) -> None:
    after = TABLE + DIFFERENCES[what]
    assert compare_schemas(on_sqlite(tmp_path / "x.db", TABLE), on_sqlite(tmp_path / "x.db", after))
    assert compare_schemas(on_postgres(postgres, TABLE), on_postgres(postgres, after))


SMALL = [
    ("CREATE INDEX i ON t (name);", "CREATE UNIQUE INDEX i ON t (name);"),
    ("CREATE INDEX i ON t (name);", "CREATE INDEX i ON t (name DESC);"),
    ("CREATE INDEX i ON t (name);", "CREATE INDEX i ON t (name) WHERE name <> 'a';"),
    ("CREATE INDEX i ON t (name) WHERE name <> 'b';", "CREATE INDEX i ON t (name) WHERE name <> 'a';"),
    ("CREATE INDEX i ON t (lower(name));", "CREATE INDEX i ON t (upper(name));"),
    ("CREATE TABLE u (id integer REFERENCES t (id));", "CREATE TABLE u (id integer REFERENCES o (id));"),
    (
        "CREATE TABLE u (id integer REFERENCES t (id));",
        "CREATE TABLE u (id integer REFERENCES t (id) ON DELETE CASCADE);",
    ),
    ("CREATE TABLE u (a integer CHECK (a > 1));", "CREATE TABLE u (a integer CHECK (a > 2));"),
    ("CREATE VIEW v AS SELECT id FROM t;", "CREATE VIEW v AS SELECT name FROM t;"),
    (
        "CREATE TABLE u (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED);",
        "CREATE TABLE u (a integer, b integer GENERATED ALWAYS AS (a + 2) STORED);",
    ),
]


@pytest.mark.parametrize(("one", "two"), SMALL)
def test_small_differences_are_seen_too(one: str, two: str, tmp_path: Path, postgres: TestServer) -> None:
    first, second = TABLE + OTHER + one, TABLE + OTHER + two
    assert compare_schemas(on_sqlite(tmp_path / "x.db", first), on_sqlite(tmp_path / "x.db", second))
    assert compare_schemas(on_postgres(postgres, first), on_postgres(postgres, second))


SAME = [
    "CREATE TABLE t (name text DEFAULT 'x', id integer PRIMARY KEY);",
    "CREATE TABLE t (id integer PRIMARY KEY); ALTER TABLE t ADD COLUMN name text DEFAULT 'x';",
    "CREATE TABLE t (\n  id integer PRIMARY KEY, -- a comment\n  name TEXT DEFAULT 'x'\n);",
    TABLE + "INSERT INTO t VALUES (1, 'a');",
    TABLE + "CREATE TABLE schema_migrations (version text); CREATE TABLE alembic_version (x text);",
    TABLE + "CREATE TABLE django_migrations (id integer PRIMARY KEY);",
]


@pytest.mark.parametrize("sql", SAME)
def test_what_makes_no_difference_is_none(sql: str, tmp_path: Path, postgres: TestServer) -> None:
    assert compare_schemas(on_sqlite(tmp_path / "x.db", TABLE), on_sqlite(tmp_path / "x.db", sql)) == ""
    assert compare_schemas(on_postgres(postgres, TABLE), on_postgres(postgres, sql)) == ""


ONLY_POSTGRES = [
    "CREATE SEQUENCE s INCREMENT 2;",
    "CREATE TYPE m AS ENUM ('a', 'b');",
    "CREATE DOMAIN d AS int;",
    "CREATE FUNCTION f() RETURNS int AS 'SELECT 2' LANGUAGE sql;",
    "CREATE MATERIALIZED VIEW v AS SELECT 2 AS a;",
    "CREATE SCHEMA core;",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY;",
    "CREATE POLICY p ON t USING (id > 2);",
    "ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING btree (name WITH =);",
    "CREATE TABLE p (a int) PARTITION BY RANGE (a);",
]


@pytest.mark.parametrize("sql", ONLY_POSTGRES)
def test_what_only_postgresql_has_is_seen(sql: str, postgres: TestServer) -> None:
    assert compare_schemas(on_postgres(postgres, TABLE), on_postgres(postgres, TABLE + sql))


def test_a_difference_is_told_with_its_table() -> None:
    assert compare_schemas("t\n  column a int\n  table\n", "t\n  column b int\n  table\n") == (
        "-t: column a int\n+t: column b int"
    )


def test_many_differences_are_cut() -> None:
    many = "t\n" + "".join(f"  column c{number} int\n" for number in range(100))
    assert compare_schemas("", many).splitlines()[-1] == "… and 60 lines more"


def test_the_same_name_in_two_schemas_is_two_tables(postgres: TestServer) -> None:
    sql = "CREATE SCHEMA core; CREATE TABLE core.t (id int); CREATE TABLE t (id text); SET search_path TO core;"
    told = on_postgres(postgres, sql)
    assert "core.t\n  column id integer\n" in told
    assert "public.t\n  column id text\n" in told
