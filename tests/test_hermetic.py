"""The tests' own environment: nothing of the machine's owner reaches git in a test."""

import os
from pathlib import Path

import pytest

from support.hermetic import PINNED_DATE, hermetic_environment
from support.repositories import Sandbox


def test_git_sees_only_the_configuration_of_the_test(repo: Sandbox, hermetic: Path) -> None:
    scopes = {line.split("\t")[0] for line in repo.git("config", "--list", "--show-scope").splitlines()}

    assert scopes == {"global", "local"}
    assert repo.git("config", "--global", "--show-origin", "user.name") == f"file:{hermetic}/.gitconfig\tTest Person"


def test_variables_that_steer_git_or_agentgrid_do_not_reach_a_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "GIT_DIR",
        "GIT_AUTHOR_DATE",
        "AGENT_ID",
        "AGENTGRID_TASK",
        "XDG_CONFIG_DIRS",
        "CI",
        "LC_MESSAGES",
    ):
        monkeypatch.setenv(name, "leaked")

    environment = hermetic_environment(tmp_path)

    assert [name for name, value in environment.items() if value == "leaked"] == []
    assert environment["PATH"] == os.environ["PATH"]


def test_every_path_of_the_person_lies_in_the_home_of_the_test(hermetic: Path) -> None:
    places = {os.environ[name] for name in os.environ if name == "HOME" or name.startswith("XDG_")}

    assert len(places) == 6
    assert [place for place in places if not Path(place).is_relative_to(hermetic)] == []


def test_dates_are_pinned_for_a_test_that_asks(repo: Sandbox, pinned_dates: str) -> None:
    repo.commit("Later")

    assert repo.git("log", "-1", "--format=%aI %cI") == f"{PINNED_DATE} {PINNED_DATE}"


def test_dates_are_the_present_for_a_test_that_does_not_ask(repo: Sandbox) -> None:
    assert not repo.git("log", "-1", "--format=%aI").startswith("2025-03-03")
