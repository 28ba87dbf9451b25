"""Whom a CODEOWNERS file can name."""

import pytest

from agentgrid.config.owner_handles import is_handle, same_handle


@pytest.mark.parametrize(
    "text",
    ["@a", "@some-user", "@user_corp", "@org/team", "@org/team.name_1", "user@example.com", "a.b+c@x.example.org"],
)
def test_users_teams_and_addresses_are_handles(text: str) -> None:
    assert is_handle(text)


@pytest.mark.parametrize(
    "text",
    ["", "a", "@", "@a b", "@-a", "@a/", "@a/b/c", "@@role", "@a@b", "@a#b", "user@localhost", "a@b@c.d", "@ä", "@a,"],
)
def test_other_words_are_not(text: str) -> None:
    assert not is_handle(text)


def test_case_makes_no_difference() -> None:
    assert same_handle("@Org/Team") == same_handle("@org/team")
