"""Numbers in the names of migration files, as the tools that read them have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agentgrid.boundaries.migrations.names import parse_name, provisional_digits, request_number, slug_of


@pytest.mark.parametrize(
    ("name", "key", "slug", "ending"),
    [
        (b"0007_add_users.sql", "7", b"add_users", b"sql"),
        (b"7-add-users.sql", "7", b"add-users", b"sql"),
        (b"0007.sql", "7", b"", b"sql"),
        (b"0007.up.sql", "7", b"", b"up.sql"),
        (b"0007_add.users.down.sql", "7", b"add.users", b"down.sql"),
        (b"0007add_users.sql", "7", b"add_users", b"sql"),
        (b"0007_ADD.SQL", "7", b"ADD", b"SQL"),
        (b"0007_add.py", "7", b"add", b"py"),
        (b"0007_a\nb.sql", "7", b"a\nb", b"sql"),
        (b"v1_init.sql", "1", b"init", b"sql"),
        (b"V7__add users.sql", "7", b"add users", b"sql"),
        (b"V1_2__add.sql", "1.2", b"add", b"sql"),
        (b"V1.2.10__add.sql", "1.2.10", b"add", b"sql"),
        (b"V1.0__add.sql", "1", b"add", b"sql"),
        (b"V1__2_add.sql", "1", b"2_add", b"sql"),
        (b"20261126101500_add.sql", "20261126101500", b"add", b"sql"),
    ],
)
def test_a_number_is_read_as_the_tools_read_it(name: bytes, key: str, slug: bytes, ending: bytes) -> None:
    found = parse_name(name)
    assert found is not None
    assert (found.key, found.slug, found.ending, found.text()) == (key, slug, ending, name)


@pytest.mark.parametrize(
    "name",
    [
        b"R__views.sql",
        b"beforeMigrate.sql",
        b"add_users.sql",
        b"__init__.py",
        b"1975ea83b712_add.py",
        b"0007",
        b"7_",
        b"",
    ],
)
def test_a_name_without_a_number_has_none(name: bytes) -> None:
    assert parse_name(name) is None


@pytest.mark.parametrize(
    ("name", "is_down"),
    [(b"U7__add.sql", True), (b"0007_a.down.sql", True), (b"V7__a.sql", False), (b"0007_down.sql", False)],
)
def test_the_way_down_is_told_by_its_name(name: bytes, is_down: bool) -> None:
    found = parse_name(name)
    assert found is not None
    assert found.is_down is is_down


@pytest.mark.parametrize("name", [b"20261126_a.sql", b"20261126101500_a.sql", b"V20261126101500__a.sql"])
def test_a_date_is_told_from_a_number(name: bytes) -> None:
    found = parse_name(name)
    assert found is not None
    assert found.is_stamp


@given(some.integers(1, 99_999_999), some.sampled_from(["sql", "sql-timestamp", "alembic", "django"]))
def test_a_provisional_number_says_whose_it_is(counted: int, style: str) -> None:
    digits = provisional_digits(counted, style)
    found = parse_name(digits + b"_add.sql")
    assert found is not None
    assert (request_number(digits), found.request_id, found.is_stamp) == (counted, f"m{counted}", False)


@pytest.mark.parametrize("digits", [b"7", b"900000000", b"20261126101500", b"1.2", b"99991", b"0900000012"])
def test_any_other_number_is_nobodys(digits: bytes) -> None:
    assert request_number(digits) is None


def test_a_title_becomes_a_part_of_a_name() -> None:
    assert [slug_of(each) for each in ("Add users, again", "", "ÄÖ", "x" * 99)] == [
        "add_users_again", "migration", "migration", "x" * 60
    ]  # fmt: skip
