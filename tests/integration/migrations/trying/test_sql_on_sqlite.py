"""SQL lineages tried on SQLite: what passes, what fails and where, and what can't be asked."""

from pathlib import Path

import pytest

from agentgrid.errors import InputError, MigrationFails
from support.trials import PLACE, Lines

USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\n"
ONE, TWO = "0001_users.sql", "0002_more.sql"


@pytest.fixture
def own(tmp_path: Path) -> Lines:
    """A lineage in SQLite's own dialect, with one table."""
    return Lines(tmp_path / "tree").write(_0001_users=USERS)


@pytest.fixture
def foreign(tmp_path: Path) -> Lines:
    """A lineage in PostgreSQL's dialect, with one table."""
    users = "CREATE TABLE users (id bigserial PRIMARY KEY, email varchar(200) NOT NULL);\n"
    return Lines(tmp_path / "tree", dialect="postgres").write(_0001_users=users)


def refusal(lines: Lines, text: str, *, known: str | None = None) -> MigrationFails:
    lines.write(_0002_more=text)
    with pytest.raises(MigrationFails) as raised:
        lines.attempt([ONE], [TWO])
    return raised.value


def notes(lines: Lines, text: str) -> list[str]:
    lines.write(_0002_more=text)
    return [note.removeprefix(f"{PLACE}/{TWO}:") for note in lines.attempt([ONE], [TWO]).notes]


def test_a_sound_migration_passes_and_the_schema_is_told(own: Lines) -> None:
    own.write(_0002_more="ALTER TABLE users ADD COLUMN name TEXT DEFAULT 'x';\nCREATE INDEX by_name ON users (name);\n")

    [tried] = own.attempt([ONE], [TWO]).tried

    assert (tried.engine, tried.applied, tried.taken_back, tried.notes) == ("sqlite", 2, (), ())
    assert (
        tried.schema
        == """\
users
  column email text not null
  column id integer key 1
  column name text default 'x'
  index by_name (name)
  table
"""
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\n\nALTER TABLE people ADD COLUMN x TEXT;", 3, "no such table: people"),
        ("ALTER TABLE users ADD COLUMN email TEXT;", 1, "duplicate column name: email"),
        ("SELECT 1;\n\nCREATE TABLE users (id INTEGER);", 3, "table users already exists"),
        ("/* a;\nb; */ CREATE TABEL x (id INTEGER);", 2, 'near "TABEL": syntax error'),
        (
            "INSERT INTO users (email) VALUES ('a;b');\nINSERT INTO users (email)\nVALUES (NULL);",
            2,
            "NOT NULL constraint failed: users.email",
        ),
        ("ALTER TABLE users DROP COLUMN nix;", 1, 'no such column: "nix"'),
        ("CREATE INDEX i ON users (nix);", 1, "no such column: nix"),
    ],
)
@pytest.mark.parametrize("is_own", [True, False])
def test_a_mistake_is_refused_with_its_line_and_the_databases_words(
    own: Lines, tmp_path: Path, text: str, line: int, words: str, is_own: bool
) -> None:
    if not is_own and "TABEL" in text:
        return  # another dialect's syntax is not for SQLite to judge
    own.settings["dialect"] = "sqlite" if is_own else "postgres"

    error = refusal(own, text)

    assert f"{PLACE}/{TWO}:{line}: SQLite says: {words}" in str(error)
    assert (error.details["engine"], error.details["file"], error.details["line"]) == ("sqlite", f"{PLACE}/{TWO}", line)
    assert error.details["said"] == words


def test_the_same_without_the_mistake_passes(own: Lines) -> None:
    own.write(_0002_more="/* a;\nb; */ INSERT INTO users (email) VALUES ('a;b');\nALTER TABLE users ADD COLUMN x TEXT;")
    for dialect in ("sqlite", "postgres"):
        own.settings["dialect"] = dialect
        assert own.attempt([ONE], [TWO]).notes == ()


def test_a_foreign_key_to_a_row_that_is_not_there_is_refused(own: Lines) -> None:
    table = "CREATE TABLE orders (id INTEGER PRIMARY KEY, user INTEGER REFERENCES users (id));\n"
    row = "INSERT INTO orders (user) VALUES (7);\n"

    assert "FOREIGN KEY constraint failed: row 1 of orders" in str(refusal(own, table + row))
    assert notes(own, table + "INSERT INTO users (id, email) VALUES (7, 'x');\n" + row) == []


def test_a_transaction_that_is_left_open_is_refused_and_a_finished_one_is_not(own: Lines) -> None:
    assert "never committed" in str(refusal(own, "BEGIN;\nCREATE TABLE x (id INTEGER);\n"))
    assert notes(own, "BEGIN;\nCREATE TABLE x (id INTEGER);\nCOMMIT;\n") == []


def test_bodies_of_triggers_are_one_statement(own: Lines) -> None:
    body = "BEGIN\n  UPDATE users SET email = CASE WHEN 1 THEN 'a' ELSE 'b;' END;\n  DELETE FROM users;\nEND;\n"
    assert notes(own, f"CREATE TRIGGER t AFTER INSERT ON users {body}CREATE TABLE x (id INTEGER);\n") == []


def test_no_other_file_can_be_attached(own: Lines, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    assert "not authorized" in str(refusal(own, f"ATTACH DATABASE '{other}' AS other;"))
    assert not other.exists()
    assert notes(own, "ATTACH DATABASE ':memory:' AS other;") == []


def test_a_file_that_is_not_utf_8_is_named(own: Lines) -> None:
    (own.tree / PLACE / TWO).write_bytes(b"SELECT '\xff';")
    with pytest.raises(InputError, match=rf"{PLACE}/{TWO}: not UTF-8 at byte 8"):
        own.attempt([ONE], [TWO])


def test_other_dialects_are_translated(foreign: Lines) -> None:
    foreign.write(
        _0002_more="""\
CREATE TABLE core.orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tags text[] NOT NULL DEFAULT '{}',
    data jsonb DEFAULT '{}'::jsonb,
    at timestamptz NOT NULL DEFAULT now(),
    state varchar(10) CHECK (state IN ('new', 'done'))
);
CREATE TABLE public.orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE INDEX CONCURRENTLY IF NOT EXISTS by_user ON core.orders USING btree (user_id DESC, at) WHERE state = 'new';
CREATE INDEX ON public.orders (id);
ALTER TABLE core.orders ADD COLUMN IF NOT EXISTS one int, ADD COLUMN two text NOT NULL DEFAULT 'x';
ALTER TABLE core.orders DROP COLUMN one CASCADE;
CREATE TABLE gone (a int);
CREATE TABLE core.gone (a int);
CREATE MATERIALIZED VIEW seen AS SELECT * FROM gone;
CREATE INDEX by_gone ON core.gone (a);
DROP INDEX CONCURRENTLY core.by_gone;
DROP MATERIALIZED VIEW IF EXISTS seen, never;
DROP TABLE gone, core.gone CASCADE;
CREATE OR REPLACE VIEW shown AS SELECT id FROM users;
CREATE OR REPLACE VIEW shown AS SELECT id, email FROM users;
DROP VIEW shown;
CREATE TABLE gone (a text COLLATE "C");
DROP TABLE gone;
TRUNCATE users CASCADE;
INSERT INTO users (email) VALUES (E'it\\'s; fine');
INSERT INTO core.orders (user_id) SELECT id FROM users;
"""
    )

    [tried] = foreign.attempt([ONE], [TWO]).tried

    assert tried.notes == ()
    assert (
        tried.schema
        == """\
core.orders
  check state IN ( 'new' , 'done' )
  column at timestamptz not null default CURRENT_TIMESTAMP
  column data jsonb default '{}'
  column id uuid default UUID ( ) key 1
  column state text(10)
  column tags text not null default '{}'
  column two text not null default 'x'
  column user_id integer not null
  foreign key (user_id) to users (id) update no action delete cascade
  index core.by_user (user_id desc, at): ( user_id DESC , at ) WHERE state = 'new'
  primary key (id)
  table
orders
  column id integer key 1
  index orders_id_idx (id)
  table
users
  column email text(200) not null
  column id integer key 1
  table
"""
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE EXTENSION pgcrypto;", ["1: not tried on SQLite: SQLite has no such statement"]),
        (
            "\nALTER TABLE users ADD CONSTRAINT c UNIQUE (email);",
            ["2: not tried on SQLite: SQLite can't alter a table by"],
        ),
        ("DO $$ BEGIN\n  PERFORM 1;\nEND $$;\nSELECT 1;", ["1: not tried on SQLite: SQLite has no such statement"]),
        (
            "CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql;",
            ["1: not tried on SQLite: SQLite has no function like that"],
        ),
        (
            "CREATE TYPE mood AS ENUM ('a');\nCREATE TABLE m (x mood);",
            ["1: not tried on SQLite: SQLite has no type like that"],
        ),
        (
            "INSERT INTO users (email) VALUES (1);\nALTER TABLE users ADD COLUMN at timestamptz DEFAULT now();",
            ["2: not tried on SQLite: made simpler: Cannot add a column with non-constant default"],
        ),
    ],
)
def test_what_sqlite_cannot_be_asked_is_a_note_with_its_line(foreign: Lines, text: str, expected: list[str]) -> None:
    found = notes(foreign, text)
    assert len(found) == len(expected)
    for note, beginning in zip(found, expected, strict=True):
        assert note.startswith(beginning)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE p PARTITION OF users FOR VALUES FROM (1) TO (2);\nALTER TABLE p ADD COLUMN x int;",
        "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;\nINSERT INTO users (email) VALUES (NULL);",
        "ALTER TABLE users DROP CONSTRAINT users_email_key;\nALTER TABLE users DROP CONSTRAINT IF EXISTS b;",
        "SET search_path TO core;\nINSERT INTO settings (a) VALUES (1);",
        "SELECT tablename FROM pg_catalog.pg_tables;",
        "INSERT INTO users (email) SELECT 'x' FROM generate_series(1, 3);",
        "CREATE TABLE other (LIKE users INCLUDING ALL);\nINSERT INTO other (email) VALUES ('x');",
    ],
)
def test_errors_about_what_was_left_out_are_notes(foreign: Lines, text: str) -> None:
    assert notes(foreign, text)


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE p ADD COLUMN x int;",
        "INSERT INTO users (email) VALUES (NULL);",
        "INSERT INTO settings (a) VALUES (1);",
    ],
)
def test_the_same_errors_without_it_are_mistakes(foreign: Lines, text: str) -> None:
    refusal(foreign, text)


def test_mysql_is_translated_too(tmp_path: Path) -> None:
    lines = Lines(tmp_path, dialect="mysql").write(
        _0001_users="CREATE TABLE `users` (`id` INT AUTO_INCREMENT PRIMARY KEY, `name` VARCHAR(20), KEY `k` (`name`)) "
        "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n# a comment; of MySQL's\nALTER TABLE `users` MODIFY `name` TEXT;\n"
    )

    [tried] = lines.attempt([], [ONE], database="postgresql://nobody@127.0.0.1:1/x").tried

    assert tried.engine == "sqlite"
    assert [note.partition(": not tried")[0] for note in tried.notes] == ["migrations.main", f"{PLACE}/{ONE}:3"]
