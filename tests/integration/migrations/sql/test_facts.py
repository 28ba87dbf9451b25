"""What SQL touches and what it loses."""

import logging

import pytest

from agentgrid.integration.migrations.sql.facts import read_facts


def objects(sql: str, dialect: str = "postgres") -> tuple[str, ...]:
    return read_facts(sql, dialect, "x.sql").objects


def lost(sql: str, dialect: str = "postgres") -> tuple[str, ...]:
    return read_facts(sql, dialect, "x.sql").destructive


@pytest.mark.parametrize(
    ("sql", "touched"),
    [
        ("CREATE TABLE users (id INT, email TEXT)", ("users", "users.email", "users.id")),
        ("CREATE TABLE a (b_id INT REFERENCES b (id))", ("a", "a.b_id", "b", "b.id")),
        ("ALTER TABLE users ADD COLUMN age INT, DROP COLUMN nick", ("users", "users.age", "users.nick")),
        ("ALTER TABLE public.users RENAME COLUMN a TO b", ("users", "users.a", "users.b")),
        ("ALTER TABLE users ALTER COLUMN email SET NOT NULL", ("users", "users.email")),
        ("ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (x) REFERENCES o (id)", ("o", "o.id", "users", "users.x")),
        ("ALTER TABLE users DROP CONSTRAINT fk", ("users",)),
        ("CREATE UNIQUE INDEX CONCURRENTLY ix ON users (email, lower(name))", ("users", "users.email", "users.name")),
        ("CREATE VIEW v AS SELECT u.id FROM users u JOIN orders o ON o.id = u.id", ("orders", "users", "v")),
        ("INSERT INTO users (a) SELECT b FROM other", ("other", "users", "users.a")),
        ("UPDATE users SET a = 1 WHERE b = 2", ("users", "users.a")),
        ("WITH old AS (SELECT 1 FROM t) DELETE FROM users USING old WHERE TRUE", ("t", "users")),
        ("COMMENT ON COLUMN users.a IS 'x'", ("users.a",)),
        ("CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()", ("users",)),
        ("CREATE TYPE mood AS ENUM ('a')", ()),
        ("CREATE SCHEMA audit", ()),
        ("CREATE FUNCTION f() RETURNS INT AS $$ BEGIN DELETE FROM users; END $$ LANGUAGE plpgsql", ()),
    ],
)
def test_tables_and_columns_are_told(sql: str, touched: tuple[str, ...]) -> None:
    assert objects(sql) == touched


def test_names_are_lower_case_unless_they_are_quoted() -> None:
    assert objects('ALTER TABLE Users ADD COLUMN "Email" TEXT') == ("users", "users.Email")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DROP TABLE a, b CASCADE",
         ["drops the table a and what depends on it", "drops the table b and what depends on it"]),
        ("DROP SCHEMA s", ["drops the schema s"]),
        ("DROP DATABASE d", ["drops the database d"]),
        ("ALTER TABLE users DROP COLUMN nick", ["drops the column users.nick"]),
        ("TRUNCATE TABLE x, y", ["empties the table x", "empties the table y"]),
        ("DELETE FROM users", ["deletes every row of users"]),
        ("UPDATE users SET a = 1", ["changes every row of users"]),
        ("ALTER TABLE users ALTER COLUMN email TYPE VARCHAR(10)", ["changes the type of users.email to VARCHAR(10)"]),
        ("ALTER TABLE users RENAME TO people", ["renames the table users to people"]),
        ("ALTER TABLE users RENAME COLUMN a TO b", ["renames users.a to b"]),
        ("ALTER TABLE users SET SCHEMA old", ["moves to the schema old"]),
        ("DO $$ BEGIN DROP TABLE zz; DELETE FROM x; UPDATE y SET a = 1; END $$",
         ["drops the table zz", "deletes every row of x", "changes every row of y"]),
    ],
)  # fmt: skip
def test_what_loses_data_or_a_name_is_told(sql: str, words: list[str]) -> None:
    assert list(lost(sql)) == [f"{each} (line 1)" for each in words]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM users WHERE id = 1",
        "UPDATE users SET a = 1 WHERE b = 2",
        "ALTER TABLE users ALTER COLUMN email TYPE TEXT",
        "ALTER TABLE users DROP CONSTRAINT fk",
        "DROP VIEW v",
        "DROP INDEX ix",
        "DROP FUNCTION f(INT)",
        "INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET x = 1",
        "CREATE FUNCTION f() RETURNS INT AS $$ BEGIN DELETE FROM users; END $$ LANGUAGE plpgsql",
        "DO $$ BEGIN UPDATE y SET a = 1 WHERE b; END $$",
    ],
)
def test_what_loses_nothing_is_not(sql: str) -> None:
    assert lost(sql) == ()


def test_each_is_told_with_the_line_on_which_its_statement_begins() -> None:
    sql = "-- first\nCREATE TABLE a (x INT);\n\nDROP TABLE\n  b;\n/* two\nlines */ TRUNCATE c;\n"

    assert lost(sql) == ("drops the table b (line 4)", "empties the table c (line 7)")


@pytest.mark.parametrize(
    ("dialect", "sql", "touched", "words"),
    [
        ("mysql", "ALTER TABLE a CHANGE x y INT", ("a", "a.x", "a.y"),
         ["renames a.x to y (line 1)", "changes the type of a.y to INT (line 1)"]),
        ("mysql", "CREATE TABLE `A` (id INT) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4", ("A", "A.id"), []),
        ("sqlite", "PRAGMA foreign_keys=off; ALTER TABLE a DROP COLUMN b", ("a", "a.b"),
         ["drops the column a.b (line 1)"]),
        ("tsql", "EXEC sp_rename 'a.b', 'c', 'COLUMN'\nGO\nDROP TABLE x", ("x",),
         ["renames a.b, c (line 1)", "drops the table x (line 3)"]),
        ("oracle", "ALTER TABLE a DROP COLUMN b", ("a", "a.b"), ["drops the column a.b (line 1)"]),
        ("snowflake", "CREATE OR REPLACE TABLE a (x INT)", ("a", "a.x"), ["replaces the table a (line 1)"]),
        ("bigquery", "TRUNCATE TABLE d.a", ("a",), ["empties the table a (line 1)"]),
        ("duckdb", "ALTER TABLE a ALTER b TYPE SMALLINT", ("a", "a.b"),
         ["changes the type of a.b to SMALLINT (line 1)"]),
        ("redshift", "DROP TABLE q", ("q",), ["drops the table q (line 1)"]),
    ],
)  # fmt: skip
def test_other_databases_are_read_in_their_own_words(
    dialect: str, sql: str, touched: tuple[str, ...], words: list[str]
) -> None:
    assert (objects(sql, dialect), list(lost(sql, dialect))) == (touched, words)


def test_what_sqlglot_only_keeps_is_no_noise_of_ours(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    assert read_facts("CREATE EXTENSION pgcrypto; ALTER TABLE a VALIDATE CONSTRAINT c", "postgres", "x").objects == (
        "a",
    )

    assert capfd.readouterr() == ("", "")


def test_the_ways_of_a_routine_are_one_statement() -> None:
    body = "DELETE FROM b; UPDATE c SET d = CASE WHEN 1 THEN 2 END;"
    found = read_facts(f"CREATE TRIGGER t AFTER INSERT ON a BEGIN {body} END; SELECT 1;", "sqlite", "x.sql")

    assert (found.statements, found.objects, found.destructive) == (2, ("a",), ())


def test_many_statements_are_read_in_a_bearable_time() -> None:
    sql = "".join(f"INSERT INTO t (a, b) VALUES ({each}, 'x');\n" for each in range(2000))

    assert read_facts(sql, "postgres", "x.sql").statements == 2000
