"""Alembic lineages tried with the real Alembic, on SQLite and PostgreSQL."""

from pathlib import Path

import pytest

from agentgrid.errors import AgentGridError, MigrationFails
from support.postgres import PASSWORD, TestServer
from support.trials import PLACE, Lines

USERS = 'op.create_table("users", sa.Column("id", sa.Integer, primary_key=True), sa.Column("email", sa.Text))'
ADD = 'op.add_column("users", sa.Column("name", sa.Text))'
DROP = 'op.drop_column("users", "name")'


def revision(key: str, parent: str | None, up: str, down: str = "pass", *, imports: str = "") -> str:
    return (
        f'"""{key}"""\nfrom alembic import op\nimport sqlalchemy as sa\n{imports}\nrevision = "{key}"\n'
        f"down_revision = {parent!r}\n\n\ndef upgrade():\n    {up}\n\n\ndef downgrade():\n    {down}\n"
    )


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """A lineage with one revision."""
    found = Lines(tmp_path / "tree", style="alembic")
    found.write(**{"0001_users.py": revision("0001", None, USERS, 'op.drop_table("users")')})
    return found


def add(lines: Lines, up: str, down: str = "pass", *, imports: str = "") -> Lines:
    """A second revision after the first."""
    return lines.write(**{"0002_more.py": revision("0002", "0001", up, down, imports=imports)})


def refusal(lines: Lines, *, back: bool = False, server: TestServer | None = None) -> AgentGridError:
    with pytest.raises(MigrationFails) as raised:
        lines.attempt(["0001"], ["0002"], back=["0002"] if back else [], database=server.url if server else None)
    return raised.value


def test_a_sound_revision_passes_on_both_engines_and_is_taken_back(lines: Lines, postgres: TestServer) -> None:
    add(lines, ADD, DROP).settings["dialect"] = "postgres"

    sqlite, server = lines.attempt(["0001"], ["0002"], back=["0002"], database=postgres.url).tried

    assert (sqlite.engine, sqlite.applied, sqlite.taken_back, sqlite.notes) == ("sqlite", 2, ("0002",), ())
    assert (
        sqlite.schema
        == """\
users
  column email text
  column id integer not null key 1
  column name text
  table
"""
    )
    assert (server.engine, server.taken_back, server.notes) == ("postgresql", ("0002",), ())
    assert (
        server.schema
        == """\
public
  schema
public.users
  column email text
  column id integer not null default nextval('public.users_id_seq'::regclass)
  column name text
  constraint users_pkey PRIMARY KEY (id)
  table
public.users_id_seq
  counts integer from 1 by 1 in 1..2147483647
  sequence
"""
    )
    assert postgres.databases() == []


def test_the_first_revision_of_a_lineage_is_taken_back_to_nothing(lines: Lines) -> None:
    assert lines.attempt([], ["0001"], back=["0001"]).tried[0].taken_back == ("0001",)


def test_a_mistake_is_refused_with_file_line_statement_and_the_databases_words(lines: Lines) -> None:
    add(lines, 'op.execute("SELECT 1")\n    op.add_column("people", sa.Column("name", sa.Text))')

    error = refusal(lines)

    assert str(error) == (
        f"{PLACE}/0002_more.py:11: SQLite says: no such table: people (ALTER TABLE people ADD COLUMN name TEXT)"
    )
    assert error.details["said"] == "no such table: people"


def test_postgresql_says_what_only_it_knows(lines: Lines, postgres: TestServer) -> None:
    add(lines, 'op.execute("ALTER TABLE users ALTER COLUMN email TYPE integer USING nix::integer")')
    lines.settings["dialect"] = "postgres"

    error = refusal(lines, server=postgres)

    assert f'{PLACE}/0002_more.py:10: PostgreSQL says: column "nix" does not exist' in str(error)
    assert PASSWORD not in repr(error) + repr(error.details)
    assert postgres.databases() == []
    assert len(lines.attempt(["0001"], ["0002"]).notes) == 1  # without the server nobody knows


def test_a_way_back_that_leads_elsewhere_is_refused_and_a_right_one_passes(lines: Lines) -> None:
    error = refusal(add(lines, ADD), back=True)

    assert "0002: on SQLite taking it back doesn't bring back the schema that was there before:" in str(error)
    assert "+users: column name text" in str(error)
    assert add(lines, ADD, DROP).attempt(["0001"], ["0002"], back=["0002"]).tried[0].taken_back == ("0002",)


def test_a_way_back_that_fails_is_refused(lines: Lines) -> None:
    error = refusal(add(lines, ADD, 'op.drop_table("people")'), back=True)

    assert "0002_more.py:14: SQLite says: no such table: people" in str(error)


def test_only_the_newest_revisions_that_can_be_taken_back_are(lines: Lines) -> None:
    add(lines, ADD, DROP)
    more = 'op.add_column("users", sa.Column("age", sa.Text))'
    lines.write(**{"0003_more.py": revision("0003", "0002", more, 'raise RuntimeError("never")')})

    assert lines.attempt(["0001"], ["0002", "0003"], back=["0002"]).tried[0].taken_back == ()
    with pytest.raises(MigrationFails, match="never"):
        lines.attempt(["0001"], ["0002", "0003"], back=["0003"])


def test_a_blank_database_that_ends_otherwise_than_one_at_head_is_refused(lines: Lines) -> None:
    """The revision asks what is there, and does more when it has been run before."""
    up = """seen = pathlib.Path(__file__).with_suffix(".seen")
    if seen.exists():
        op.create_table("second", sa.Column("id", sa.Integer))
    seen.touch()"""

    error = refusal(add(lines, up, imports="import pathlib\n"))

    assert "a blank database and one at head end with different schemas" in str(error)
    assert "+second: column id integer" in str(error)


def test_a_lineage_without_anything_new_is_tried_too(lines: Lines) -> None:
    assert "users" in lines.attempt(["0001"], []).tried[0].schema
    assert lines.attempt([], []).tried == ()


def test_code_of_the_project_can_be_imported(lines: Lines) -> None:
    lines.write_file("shop/names.py", 'TABLE = "users"\n')
    add(lines, 'op.add_column(TABLE, sa.Column("name", sa.Text))', imports="from shop.names import TABLE\n")

    assert "name" in lines.attempt(["0001"], ["0002"]).tried[0].schema


def test_a_module_that_is_not_there_is_told_with_its_line(lines: Lines) -> None:
    add(lines, ADD, imports="import no_such_module\n")

    assert "0002_more.py:4: SQLite says: ModuleNotFoundError: No module named 'no_such_module'" in str(refusal(lines))


def test_a_file_that_is_not_python_is_told_with_its_line(lines: Lines) -> None:
    add(lines, "def (")

    assert "0002_more.py:10: SQLite says: SyntaxError" in str(refusal(lines))


def test_other_files_that_wait_in_the_directory_are_not_run(lines: Lines) -> None:
    add(lines, ADD)
    lines.write(**{"0003_waits.py": revision("0003", "0002", 'op.drop_table("users")')})

    assert "users" in lines.attempt(["0001"], ["0002"]).tried[0].schema


POSTGRES_UP = """op.create_table(
        "events",
        sa.Column("id", postgresql.UUID(), server_default=sa.text("gen_random_uuid()"), primary_key=True),
        sa.Column("data", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text())),
        sa.Column("mood", sa.Enum("good", "bad", name="mood")),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()")),
    )
    op.execute("INSERT INTO events (tags) VALUES (NULL)")
    op.create_index("by_data", "events", ["data"], postgresql_using="gin")
    op.alter_column("users", "email", nullable=False)
    op.create_unique_constraint("one_email", "users", ["email"])
    op.execute("CREATE EXTENSION IF NOT EXISTS plpgsql")"""
POSTGRES_DOWN = """op.drop_constraint("one_email", "users")
    op.alter_column("users", "email", nullable=True)
    op.drop_table("events")
    op.execute("DROP TYPE mood")"""


def test_what_sqlite_has_not_got_is_a_note_and_the_rest_is_tried(lines: Lines, postgres: TestServer) -> None:
    add(lines, POSTGRES_UP, POSTGRES_DOWN, imports="from sqlalchemy.dialects import postgresql\n")
    lines.settings["dialect"] = "postgres"

    sqlite, server = lines.attempt(["0001"], ["0002"], back=["0002"], database=postgres.url).tried

    assert [note.partition(" not tried on SQLite: ")[0] for note in sqlite.notes] == [
        f"{PLACE}/0002_more.py:{line}:" for line in (21, 22, 23, 27, 28, 30)
    ]
    assert "events\n" in sqlite.schema
    assert server.notes == ()
    assert "public.mood\n  enum good, bad\n" in server.schema


def test_the_same_in_a_lineage_of_sqlites_own_is_refused(lines: Lines) -> None:
    add(lines, 'op.create_unique_constraint("one_email", "users", ["email"])')

    assert "0002_more.py:10: SQLite says: NotImplementedError: No support for ALTER of constraints" in str(
        refusal(lines)
    )


def test_errors_about_what_was_left_out_are_notes_and_others_are_not(lines: Lines) -> None:
    lines.settings["dialect"] = "postgres"
    left_out = 'op.execute("CREATE TABLE parts PARTITION OF users FOR VALUES IN (1)")\n    '
    later = 'op.add_column("parts", sa.Column("x", sa.Text))'

    assert len(add(lines, left_out + later).attempt(["0001"], ["0002"]).notes) == 2
    assert "no such table: parts" in str(refusal(add(lines, later)))


def test_sql_that_sqlite_cannot_read_outside_an_operation_ends_its_trial_with_a_note(lines: Lines) -> None:
    add(lines, 'op.get_bind().exec_driver_sql("CREATE TYPE mood AS ENUM (1)")').settings["dialect"] = "postgres"

    [tried] = lines.attempt(["0001"], ["0002"]).tried

    assert [note.endswith("(nothing after it is tried)") for note in tried.notes] == [True]
    lines.settings["dialect"] = "sqlite"
    assert "syntax error" in str(refusal(lines))
