"""SQL files taken apart: the way forward, the way back, and what is one transaction."""

from pathlib import Path

import pytest

from agentgrid.integration.migrations.trying.scripts import find_down, read_script, split_sections


def test_each_section_keeps_the_lines_of_the_whole() -> None:
    found = split_sections("-- migrate:up\nA;\n-- migrate:down transaction:false\nB;\n")

    assert found == {"up": ("\nA;\n\n\n", False), "down": ("\n\n\nB;\n", True)}


def test_a_file_without_sections_goes_forward() -> None:
    assert split_sections("A;\n-- up and down\n") == {"up": ("A;\n-- up and down\n", False)}


@pytest.mark.parametrize(
    "text",
    ["-- +goose NO TRANSACTION\n-- +goose Up\nA;\n", "-- +migrate Up notransaction\nA;\n", "-- no-transaction\nA;\n"],
)
def test_a_file_may_say_that_it_is_no_transaction(text: str) -> None:
    assert split_sections(text)["up"][1]
    assert not split_sections("-- +goose Up\nA;\n")["up"][1]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("0001_a.up.sql", "0001_a.down.sql"),
        ("V1__a.sql", "U1__b.sql"),
        ("V01__a.sql", "U1__b.sql"),
        ("sub/V1__a.sql", "sub/U1__a.sql"),
    ],
)
def test_the_file_that_takes_back_is_found(tmp_path: Path, name: str, other: str) -> None:
    for each in (name, other, "0001_c.down.sql", "U2__a.sql"):
        (tmp_path / each).parent.mkdir(exist_ok=True)
        (tmp_path / each).touch()

    assert find_down(tmp_path, name) == other


@pytest.mark.parametrize("name", ["0001_a.sql", "V1__a.sql", "0001_a.up.sql"])
def test_there_may_be_none(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("SELECT 1;")
    (tmp_path / "0002_a.down.sql").touch()

    assert find_down(tmp_path, name) is None
    assert read_script(tmp_path, "db", name).down is None


def test_an_empty_way_back_is_none(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_text("-- migrate:up\nA;\n-- migrate:down\n\n")

    assert read_script(tmp_path, "db", "1_a.sql").down is None


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_bytes(b"\xef\xbb\xbfSELECT 1;")

    assert read_script(tmp_path, "db", "1_a.sql").up.text == "SELECT 1;"
