"""SQL that can't be read: where, and what is accepted."""

import pytest

from agentgrid.errors import InputError
from agentgrid.integration.migrations.sql.statements import read_statements
from agentgrid.integration.migrations.sql.text import LARGEST_BYTES, decode_text, require_bearable


def message(sql: str, dialect: str = "postgres") -> str:
    with pytest.raises(InputError) as raised:
        read_statements(sql, dialect, "x.sql")
    return raised.value.message


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1;\nCREATE TABLE users (id INT", "x.sql:2:24: this is no postgres SQL: expecting ) at 'INT'"),
        ("SELEC * FROM x", "x.sql:1:1: 'SELEC' begins no statement of postgres"),
        ("\n\n  hello", "x.sql:3:3: 'hello' begins no statement of postgres"),
        ("CREATE TABL u", "x.sql:1:8: CREATE is not followed by anything that postgres has, as TABLE or INDEX"),
        ("DROP TABEL x", "x.sql:1:6: DROP is not followed by anything that postgres has, as TABLE or INDEX"),
        ("UPDATE SET a = 1", "x.sql:1:14: this is no postgres SQL: invalid expression / Unexpected token at '='"),
        ("INSERT INTO users\n VALUES ('abc", "x.sql:2:10: ' is opened and never closed"),
        ("SELECT 1;\n/* abc", "x.sql:2:1: a comment or string is opened and never closed"),
        ("-- nothing\n/* at all */\n;;", "x.sql has no statement, only comments"),
        ("", "x.sql has no statement, only comments"),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000, "x.sql: a statement is nested too deeply to be read"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_column(sql: str, said: str) -> None:
    assert message(sql) == said


def test_a_routine_that_never_ends_is_told() -> None:
    assert message("CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b;", "sqlite") == (
        "x.sql:1: a BEGIN of this statement has no END"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SECURITY LABEL ON TABLE x IS 'x'",
        "CREATE EXTENSION pgcrypto",
        "ALTER TYPE mood ADD VALUE 'b'",
        "CREATE POLICY p ON x USING (true)",
        "DO $$ BEGIN; RAISE NOTICE 'x; y'; END $$",
        "BEGIN; ALTER TABLE x ADD y INT; COMMIT",
        "CREATE TABLE a (r INT, EXCLUDE USING gist (r WITH &&))",
        "GRANT SELECT ON users TO bob",
    ],
)
def test_what_the_database_knows_and_sqlglot_does_not_is_kept(sql: str) -> None:
    assert read_statements(sql, "postgres", "x.sql")


def test_a_statement_knows_its_line_and_its_text() -> None:
    found = read_statements("SELECT 1;\nDO $$ BEGIN\n DELETE FROM a; END $$;\nSELECT 2", "postgres", "x.sql")

    assert [(each.line, each.text) for each in found] == [
        (1, "SELECT 1"), (2, "DO $$ BEGIN\n DELETE FROM a; END $$"), (4, "SELECT 2")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"SELECT 1;\nSELECT 'caf\xe9';\n", "x.sql:2: the byte 0xe9 is not UTF-8"),
        ("SELECT 1;\n".encode("utf-16"), "x.sql:1: the file is UTF-16"),
        ("SELECT 1;\n".encode("utf-16-le"), "x.sql:1: there is a NUL byte"),
        (b"\xef\xbb\xbfSELECT 1;\n", "x.sql:1: the file begins with a byte order mark"),
        (b"SELECT 1;\n\nSELECT '\0';\n", "x.sql:3: there is a NUL byte"),
        (b"A\n\0\xff", "x.sql:2: the byte 0x00 is not UTF-8"),
        (b" \n\t", "x.sql is empty"),
    ],
)
def test_what_is_not_utf_8_is_told_with_the_line_of_its_first_bad_byte(content: bytes, said: str) -> None:
    with pytest.raises(InputError) as raised:
        decode_text(content, "x.sql")

    assert raised.value.message == said
    assert "UTF-8" in (raised.value.hint or "") or said == "x.sql is empty"


def test_five_megabytes_are_refused_before_they_are_read() -> None:
    with pytest.raises(InputError, match=r"^x.sql is larger than 1 MiB: that is no migration$"):
        require_bearable(5 << 20, "x.sql")

    require_bearable(LARGEST_BYTES, "x.sql")
