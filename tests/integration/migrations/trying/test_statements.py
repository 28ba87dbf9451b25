"""SQL taken apart: where statements end, and on which line they begin."""

import pytest

from agentgrid.integration.migrations.trying.statements import Unsplittable, split_statements

TEXT = """\
-- a comment; of two; parts
CREATE TABLE "a;b" (x text DEFAULT 'it;''s'); SELECT 1;
/* a /* nested; */ comment; */

CREATE FUNCTION f() RETURNS trigger AS $tag$
BEGIN
  SELECT 1;
END; $tag$ LANGUAGE plpgsql;
INSERT INTO t VALUES (E'a\\';b');;
DO $$ BEGIN x; END $$
"""


def test_strings_comments_and_dollar_quotes_end_nothing() -> None:
    found = split_statements(TEXT, "postgres")

    assert [(each.line, each.text.partition(" ")[0]) for each in found] == [
        (2, "CREATE"), (2, "SELECT"), (5, "CREATE"), (9, "INSERT"), (10, "DO"),
    ]  # fmt: skip
    assert [TEXT[each.start : each.end] for each in found] == [each.text for each in found]
    assert found[2].text.endswith("LANGUAGE plpgsql")


@pytest.mark.parametrize("dialect", ["sqlite", "mysql"])
def test_bodies_of_triggers_are_one_statement(dialect: str) -> None:
    body = "BEGIN UPDATE t SET a = CASE WHEN 1 THEN 2 END; DELETE FROM t; END"
    text = f"CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW {body};\nSELECT 1;"

    assert [each.line for each in split_statements(text, dialect)] == [1, 2]


def test_a_transaction_is_several_statements() -> None:
    assert len(split_statements("BEGIN; SELECT 1; END; SELECT 2", "postgres")) == 4


def test_an_atomic_body_is_one_statement() -> None:
    text = "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3;"
    assert len(split_statements(text, "postgres")) == 2


@pytest.mark.parametrize("text", ["", " \n\n", "-- nothing\n", ";;"])
def test_nothing_is_no_statement(text: str) -> None:
    assert split_statements(text, "postgres") == []


def test_windows_line_endings_count_as_lines() -> None:
    assert [each.line for each in split_statements("SELECT 1;\r\nSELECT 2;\r\n", "sqlite")] == [1, 2]


def test_a_text_without_an_end_is_told() -> None:
    with pytest.raises(Unsplittable):
        split_statements("SELECT 'x", "sqlite")
