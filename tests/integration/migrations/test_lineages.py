"""Which lineage is meant."""

import pytest

from agentgrid.config.schema import Lineage
from agentgrid.errors import InputError, UsageError
from agentgrid.integration.migrations.lineages import find_lineage, lineages_touched

TWO = {"main": Lineage(path="db"), "deep": Lineage(path="./db/deep/")}


@pytest.mark.parametrize(
    ("named", "path", "found"),
    [
        ("deep", b"db/1.sql", "deep"),
        (None, b"db/1.sql", "main"),
        (None, b"db/deep/1.sql", "deep"),
        (None, b"db/deeper/1.sql", "main"),
    ],
)
def test_a_name_counts_before_the_directory_and_the_innermost_directory_before_others(
    named: str | None, path: bytes, found: str
) -> None:
    assert find_lineage(TWO, named, path).name == found


def test_the_only_one_is_meant_where_nothing_is_said() -> None:
    assert find_lineage({"main": TWO["main"]}, None, b"elsewhere.sql").name == "main"
    with pytest.raises(UsageError, match=r"^which lineage"):
        find_lineage(TWO, None, b"elsewhere.sql")


def test_an_unknown_one_is_told_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match=r"^there is no lineage 'x' \(lineages: main, deep\)$"):
        find_lineage(TWO, "x", None)
    with pytest.raises(InputError, match=r"^agentgrid.yaml has no lineage"):
        find_lineage({}, None, None)


@pytest.mark.parametrize(
    ("path", "touched"),
    [
        (b"db", ["main", "deep"]), (b"db/deep", ["main", "deep"]), (b"db/x.sql", ["main"]), (b".", ["main", "deep"]),
        (b"db/deep/x.sql", ["main", "deep"]), (b"dbx/y", []), (b"src", []),
    ],
)  # fmt: skip
def test_a_path_touches_the_lineages_that_it_lies_in_or_holds(path: bytes, touched: list[str]) -> None:
    assert lineages_touched(TWO, path) == touched


def test_a_lineage_at_the_top_has_every_file() -> None:
    assert find_lineage({"main": Lineage(path=".")}, None, b"1.sql").relative(b"1.sql") == b"1.sql"
