"""SQL lineages tried on a real PostgreSQL server."""

import threading
from pathlib import Path

import pytest

from agentgrid.errors import MigrationFails, OutsideError
from support.postgres import PASSWORD, TestServer
from support.trials import PLACE, Lines

ONE, TWO = "0001_users.sql", "0002_more.sql"


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """A lineage in PostgreSQL's dialect, with one table."""
    users = "CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL);\n"
    return Lines(tmp_path / "tree", dialect="postgres").write(_0001_users=users)


def schema(lines: Lines, postgres: TestServer, text: str) -> str:
    lines.write(_0002_more=text)
    return lines.attempt([ONE], [TWO], database=postgres.url).tried[1].schema


def notes(lines: Lines, postgres: TestServer, text: str) -> list[str]:
    lines.write(_0002_more=text)
    tried = lines.attempt([ONE], [TWO], database=postgres.url).tried[1]
    return [note.removeprefix(f"{PLACE}/{TWO}:") for note in tried.notes]


def refusal(lines: Lines, postgres: TestServer, text: str) -> MigrationFails:
    lines.write(_0002_more=text)
    with pytest.raises(MigrationFails) as raised:
        lines.attempt([ONE], [TWO], database=postgres.url)
    assert postgres.databases() == []
    assert PASSWORD not in repr(raised.value) + repr(raised.value.details)
    return raised.value


WHOLE = """\
CREATE EXTENSION IF NOT EXISTS plpgsql;
CREATE SCHEMA core;
CREATE TYPE core.mood AS ENUM ('good', 'bad;');
CREATE DOMAIN core.short AS text CHECK (length(VALUE) < 9);
CREATE SEQUENCE core.ticket START 7 INCREMENT 2;
CREATE FUNCTION core.touch() RETURNS trigger AS $body$
BEGIN
    NEW.email = 'x;'; -- a comment; of its own
    RETURN NEW;
END;
$body$ LANGUAGE plpgsql;
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION core.touch();
ALTER TABLE users ADD CONSTRAINT one_email UNIQUE (email), ADD COLUMN mood core.mood DEFAULT 'good';
CREATE INDEX by_mood ON users USING btree (mood) WHERE mood = 'bad;';
CREATE VIEW core.moody AS SELECT id, mood FROM users;
DO $$ BEGIN PERFORM 1; END $$;
INSERT INTO users (email) VALUES (E'it\\'s; fine');
"""


def test_a_text_is_taken_as_it_is_and_the_whole_schema_is_told(lines: Lines, postgres: TestServer) -> None:
    told = schema(lines, postgres, WHOLE)

    body = next(line for line in told.splitlines() if line.startswith("  function () trigger "))
    assert (
        told.replace(body, "  function () trigger …")
        == """\
core
  schema
core.mood
  enum good, bad;
core.moody
  view: SELECT users.id, users.mood FROM public.users;
core.short
  domain text CHECK ((length(VALUE) < 9))
core.ticket
  counts bigint from 7 by 2 in 1..9223372036854775807
  sequence
core.touch
  function () trigger …
public
  schema
public.users
  column email text not null
  column id bigint not null default nextval('public.users_id_seq'::regclass)
  column mood core.mood default 'good'::core.mood
  constraint one_email UNIQUE (email)
  constraint users_pkey PRIMARY KEY (id)
  index CREATE INDEX by_mood ON public.users USING btree (mood) WHERE (mood = 'bad;'::core.mood)
  table
  trigger CREATE TRIGGER touched BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION core.touch()
public.users_id_seq
  counts bigint from 1 by 1 in 1..9223372036854775807
  sequence
"""
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            "SELECT 1;\n\nALTER TABLE users\n  ALTER COLUMN nix TYPE int;",
            3,
            'column "nix" of relation "users" does not',
        ),
        ("SELECT 1;\nSELECT\n  nix\nFROM users;", 3, 'column "nix" does not exist'),
        ("SELECT 1;\nCREATE TYPE m AS ENUM ('a');\nCREATE TYPE m AS ENUM ('a');", 3, 'type "m" already exists'),
        ("DO $$ BEGIN\n  RAISE EXCEPTION 'no; never';\nEND $$;", 1, "no; never"),
        ("CREATE FUNCTION f() RETURNS int AS 'SELECT nix' LANGUAGE sql;", 1, 'column "nix" does not exist'),
        ("CREATE INDEX CONCURRENTLY i ON users (email);\n\nDROP INDEX CONCURRENTLY nix;", 3, 'index "nix" does not'),
        ("\nINSERT INTO users (id, email) VALUES (1, 'a'), (1, 'b');", 2, "duplicate key value violates unique"),
        ("BEGIN;\nSELECT 1;\nSELECT pg_get_serial_sequence('nix', 'id');\nCOMMIT;", 3, 'relation "nix" does not exist'),
        ("\nCOPY users FROM stdin;", 2, "COPY cannot be used"),
        ("GRANT SELECT ON nix TO PUBLIC;", 1, 'relation "nix" does not exist'),
    ],
)
def test_a_mistake_is_refused_with_its_line_and_the_databases_words(
    lines: Lines, postgres: TestServer, text: str, line: int, words: str
) -> None:
    error = refusal(lines, postgres, text)

    assert str(error).startswith(f"{PLACE}/{TWO}:{line}: PostgreSQL says: {words}")
    assert error.details["engine"] == "postgresql"


def test_a_string_without_an_end_is_refused(lines: Lines, postgres: TestServer) -> None:
    assert "unterminated quoted string" in str(refusal(lines, postgres, "SELECT 'x;\n"))


def test_a_file_is_one_transaction_unless_it_says_otherwise(lines: Lines, postgres: TestServer) -> None:
    grow = "CREATE TYPE mood AS ENUM ('a');\nCOMMIT;\nALTER TYPE mood ADD VALUE 'b';\n"
    use = "ALTER TABLE users ADD COLUMN mood mood DEFAULT 'b';\n"

    assert "unsafe use of new value" in str(refusal(lines, postgres, grow + use))
    assert "enum a, b" in schema(
        lines, postgres, f"-- migrate:up transaction:false\n{grow.replace('COMMIT;', '')}{use}"
    )
    assert "index CREATE INDEX i" in schema(lines, postgres, "SELECT 1;\nCREATE INDEX CONCURRENTLY i ON users (email);")


def test_a_transaction_that_is_left_open_is_refused_and_a_finished_one_is_not(
    lines: Lines, postgres: TestServer
) -> None:
    assert "never committed" in str(refusal(lines, postgres, "COMMIT;\nBEGIN;\nCREATE TABLE x (id int);\n"))
    assert "public.x\n" in schema(lines, postgres, "BEGIN;\nCREATE TABLE x (id int);\nCOMMIT;\n")


def test_what_changes_the_whole_server_is_left_out_and_told(lines: Lines, postgres: TestServer) -> None:
    text = "CREATE ROLE shop LOGIN;\nGRANT SELECT ON users TO shop;\nALTER TABLE users OWNER TO shop;\n"
    text += "CREATE TABLE x ();\n"

    assert notes(lines, postgres, text) == [
        "1: not tried on PostgreSQL: it changes the whole server (CREATE ROLE shop LOGIN)",
        '2: not tried on PostgreSQL: role "shop" does not exist (GRANT SELECT ON users TO shop)',
        '3: not tried on PostgreSQL: role "shop" does not exist (ALTER TABLE users OWNER TO shop)',
    ]
    assert postgres.ask("SELECT 1 FROM pg_roles WHERE rolname = 'shop'") == []
    assert "public.x\n" in schema(lines, postgres, text)


def test_an_extension_that_the_server_has_not_got_is_no_fault_of_the_migration(
    lines: Lines, postgres: TestServer
) -> None:
    lines.write(_0002_more="\nCREATE EXTENSION no_such_extension;")
    with pytest.raises(OutsideError, match=rf"{PLACE}/{TWO}:2: the PostgreSQL server .*no_such_extension"):
        lines.attempt([ONE], [TWO], database=postgres.url)
    assert postgres.databases() == []


def test_what_an_earlier_session_has_set_is_gone_at_head(lines: Lines, postgres: TestServer) -> None:
    """The new one relies on a path that only a database which is made in one go still has."""
    lines.write(_0001_users="CREATE SCHEMA core;\nCREATE TABLE core.users (id int);\nSET search_path TO core;\n")
    assert 'relation "users" does not exist' in str(refusal(lines, postgres, "ALTER TABLE users ADD COLUMN x int;"))
    assert "column x" in schema(lines, postgres, "ALTER TABLE core.users ADD COLUMN x int;")


def test_a_blank_database_that_ends_otherwise_than_one_at_head_is_refused(lines: Lines, postgres: TestServer) -> None:
    lines.write(_0001_users="CREATE SCHEMA core;\nSET search_path TO core;\n")

    error = refusal(lines, postgres, "CREATE TABLE x (id int);")

    assert str(error).splitlines() == [
        f"{PLACE}/{TWO}: on PostgreSQL a blank database and one at head end with different schemas:",
        "-core.x: column id integer",
        "-core.x: table",
        "+public.x: column id integer",
        "+public.x: table",
    ]
    assert "core.x\n" in schema(lines, postgres, "CREATE TABLE core.x (id int);")


def test_the_url_is_shown_nowhere(lines: Lines, postgres: TestServer) -> None:
    trial = lines.trial([], [ONE], database=postgres.url, environment={"SECRET": PASSWORD})
    report = lines.attempt([], [ONE], database=postgres.url)

    assert PASSWORD not in repr(trial) + repr(report) + "".join(lines.told)
    assert lines.told == ["trying 1 new after 0 on PostgreSQL", "trying 1 new after 0 on SQLite"]


def test_a_statement_that_never_ends_is_ended(lines: Lines, postgres: TestServer) -> None:
    lines.write(_0002_more="DO $$ BEGIN PERFORM pg_sleep(60); END $$;")
    with pytest.raises(MigrationFails, match="statement timeout"):
        lines.attempt([ONE], [TWO], database=postgres.url, timeout_s=0.5)


def test_several_trials_on_one_server_do_not_meet(tmp_path: Path, postgres: TestServer) -> None:
    schemas: list[str] = []

    def attempt(number: int) -> None:
        lines = Lines(tmp_path / str(number), dialect="postgres").write(_0001_a=f"CREATE TABLE t{number} (id int);")
        schemas.append(lines.attempt([], ["0001_a.sql"], database=postgres.url).tried[1].schema)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(schemas) == [
        f"public\n  schema\npublic.t{number}\n  column id integer\n  table\n" for number in range(4)
    ]
    assert postgres.databases() == []
