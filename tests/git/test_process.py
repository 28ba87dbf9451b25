"""What a git command of ours sees of the caller's environment."""

import os
from pathlib import Path

import pytest

from agentgrid.git.process import HOOK_VARIABLES, MISLEADING_VARIABLES, PINNED_VARIABLES, Git, clean_environment
from support.repositories import Sandbox


@pytest.mark.parametrize("name", [*HOOK_VARIABLES, *MISLEADING_VARIABLES])
def test_a_variable_that_misleads_does_not_get_through(
    repo: Sandbox, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = Git(repo.path).text("rev-parse", "HEAD", "--show-toplevel")
    monkeypatch.setenv(name, "misled")
    assert name not in clean_environment()
    assert Git(repo.path).text("rev-parse", "HEAD", "--show-toplevel") == expected
    assert clean_environment({name: "wanted"})[name] == "wanted"  # a caller that knows what it does


@pytest.mark.parametrize("name", PINNED_VARIABLES)
def test_a_variable_that_is_pinned_is_so_whatever_the_caller_has(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "otherwise")
    assert clean_environment()[name] == PINNED_VARIABLES[name]


def test_the_rest_of_the_environment_gets_through(repo: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[grid]\n\tfound = yes\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
        assert Git(repo.path).text("config", "grid.found") == "yes"
    assert clean_environment()["PATH"] == os.environ["PATH"]


def test_a_missing_graft_file_goes_without_a_word(repo: Sandbox) -> None:
    assert Git(repo.path).run("log", "-1", "--format=%s").stderr == b""
