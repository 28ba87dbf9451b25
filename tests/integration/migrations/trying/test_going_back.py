"""SQL migrations taken back on scratch databases: which, in which order, and what has to come of it."""

from pathlib import Path

import pytest

from agentgrid.errors import MigrationFails
from support.postgres import TestServer
from support.trials import PLACE, Lines

USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\n"
NAME, NO_NAME = "ALTER TABLE users ADD COLUMN name TEXT;\n", "ALTER TABLE users DROP COLUMN name;\n"
AGE, NO_AGE = "ALTER TABLE users ADD COLUMN age INTEGER;\n", "ALTER TABLE users DROP COLUMN age;\n"


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    return Lines(tmp_path / "tree").write(_0001_users=USERS)


FORMS = {
    "pairs of files": ("0002_name.up.sql", {"0002_name.up.sql": NAME, "0002_name.down.sql": NO_NAME}),
    "flyway": ("V2__name.sql", {"V2__name.sql": NAME, "U2__other_words.sql": NO_NAME}),
    "dbmate": ("0002_name.sql", {"0002_name.sql": f"-- migrate:up\n{NAME}\n-- migrate:down\n{NO_NAME}"}),
    "goose": ("0002_name.sql", {"0002_name.sql": f"-- +goose Up\n{NAME}\n-- +goose Down\n{NO_NAME}"}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_every_form_of_a_way_back_is_known(form: str, dialect: str, lines: Lines, postgres: TestServer) -> None:
    name, files = FORMS[form]
    lines.write(**files).settings["dialect"] = dialect

    report = lines.attempt(["0001_users.sql"], [name], back=[name], database=postgres.url)

    assert [each.taken_back for each in report.tried] == [(name,)] * (1 if dialect == "sqlite" else 2)
    assert all("column name text" in each.schema for each in report.tried)


def test_the_newest_goes_first_and_the_first_one_that_cannot_ends_it(lines: Lines) -> None:
    lines.write(_0002_name=f"-- migrate:up\n{NAME}-- migrate:down\n{NO_NAME}")
    lines.write(_0003_age=f"-- migrate:up\n{AGE}-- migrate:down\n{NO_AGE}")
    new = ["0002_name.sql", "0003_age.sql"]

    assert lines.attempt(["0001_users.sql"], new, back=new).tried[0].taken_back == tuple(reversed(new))
    assert lines.attempt(["0001_users.sql"], new, back=new[1:]).tried[0].taken_back == ("0003_age.sql",)
    assert lines.attempt(["0001_users.sql"], new, back=new[:1]).tried[0].taken_back == ()
    assert lines.attempt(["0001_users.sql"], new).tried[0].taken_back == ()


def test_what_the_base_has_is_never_taken_back(lines: Lines) -> None:
    lines.write(_0001_users=f"-- migrate:up\n{USERS}-- migrate:down\nDROP TABLE nix;\n", _0002_name=NAME)

    assert lines.attempt(["0001_users.sql"], ["0002_name.sql"], back=["0001_users.sql"]).tried[0].taken_back == ()


def refusal(lines: Lines, down: str, **options: str) -> MigrationFails:
    lines.write(_0002_name=f"-- migrate:up\n{NAME}\n-- migrate:down\n{down}")
    with pytest.raises(MigrationFails) as raised:
        lines.attempt(["0001_users.sql"], ["0002_name.sql"], back=["0002_name.sql"], **options)
    return raised.value


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_a_way_back_that_leads_elsewhere_is_refused(lines: Lines, postgres: TestServer, dialect: str) -> None:
    lines.settings["dialect"] = dialect
    error = refusal(lines, "CREATE TABLE more (id INTEGER);\n", database=postgres.url)

    assert f"{PLACE}/0002_name.sql: on " in str(error)
    assert "taking it back doesn't bring back the schema that was there before" in str(error)
    assert any("users: column name text" in line for line in error.details["difference"])  # type: ignore[attr-defined]
    assert error.hint is not None


def test_a_way_back_that_fails_is_refused_with_its_line(lines: Lines) -> None:
    error = refusal(lines, "SELECT 1;\nDROP TABLE nix;\n")

    assert f"{PLACE}/0002_name.sql:6: SQLite says: no such table: nix" in str(error)


def test_a_migration_that_runs_only_once_is_refused(lines: Lines) -> None:
    """Its way back leaves a row, which no schema tells of."""
    table = "CREATE TABLE IF NOT EXISTS schema_migrations (a INTEGER UNIQUE);\n"
    once = f"{table}INSERT INTO schema_migrations VALUES (1);\n"
    lines.write(_0002_name=f"-- migrate:up\n{once}-- migrate:down\nSELECT 1;\n")

    with pytest.raises(MigrationFails, match=r"0002_name\.sql:3: SQLite says: UNIQUE constraint failed"):
        lines.attempt(["0001_users.sql"], ["0002_name.sql"], back=["0002_name.sql"])


def test_what_sqlite_could_not_be_asked_on_the_way_is_no_reason_to_refuse(lines: Lines) -> None:
    lines.settings["dialect"] = "postgres"
    up = "ALTER TABLE users ADD CONSTRAINT c CHECK (id > 1);\nALTER TABLE users ADD COLUMN name text;\n"
    down = "ALTER TABLE users DROP CONSTRAINT c, ALTER COLUMN email SET NOT NULL;\n"
    lines.write(_0002_name=f"-- migrate:up\n{up}-- migrate:down\n{down}")

    [tried] = lines.attempt(["0001_users.sql"], ["0002_name.sql"], back=["0002_name.sql"]).tried

    assert tried.taken_back == ()
    assert any("which may come from statements that this engine couldn't be asked" in note for note in tried.notes)
