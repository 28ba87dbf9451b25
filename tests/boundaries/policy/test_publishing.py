"""Publishing the policy in force: what is written, and what it must not be fooled by."""

import os
import time
from pathlib import Path

import pytest

from agentgrid import __version__
from agentgrid.boundaries.policy import publishing
from agentgrid.boundaries.policy.in_force_file import load_in_force
from agentgrid.boundaries.policy.publishing import publish
from agentgrid.config.in_force import InForce, find_in_force, local_agents_directory
from agentgrid.config.places import grid_directory
from agentgrid.git.repository import Repository
from agentgrid.git.settings import write_setting
from support.desks import open_repository
from support.repositories import Sandbox

A1 = {"config/agents/a1.yaml": "id: a1\n"}


def load(repo: Sandbox) -> list[str] | None:
    found = load_in_force(str(repo.path / ".git"), __version__)
    return None if found is None else list(found[1]["agents"])


@pytest.fixture
def grid(repo: Sandbox) -> Sandbox:
    """A grid that was set up here, its policy on the base."""
    repo.commit("Policy", **{"agentgrid.yaml": "version: 1\n", **A1})
    grid_directory(open_repository(repo)).mkdir()
    return repo


def test_a_clone_that_was_not_set_up_is_left_as_it_is(repo: Sandbox) -> None:
    repo.commit("Policy", **{"agentgrid.yaml": "version: 1\n", **A1})
    in_force, compiled = publish(open_repository(repo))
    assert (in_force.oid, list(compiled["agents"])) == (repo.oid(), ["a1"])  # type: ignore[call-overload]
    assert not (repo.path / ".git" / "agentgrid").exists()


def test_the_main_worktrees_files_are_watched_until_they_are_committed(repo: Sandbox) -> None:
    grid_directory(open_repository(repo)).mkdir()
    repo.write("agentgrid.yaml", "version: 1\n")
    repo.write("config/agents/a1.yaml", "id: a1\n")
    publish(open_repository(repo))
    assert load(repo) == ["a1"]
    repo.write("config/agents/a1.yaml", "id: b1\n")
    assert load(repo) is None
    publish(open_repository(repo))
    repo.write("config/agents/c1.yaml", "id: c1\n")
    assert load(repo) is None


def test_local_agents_are_watched_file_by_file(grid: Sandbox) -> None:
    directory = local_agents_directory(open_repository(grid))
    directory.mkdir(parents=True)
    (directory / "x.yaml").write_text("id: x1\n")
    publish(open_repository(grid))
    assert load(grid) == ["a1", "x1"]
    with (directory / "x.yaml").open("r+") as stream:  # in place: the directory doesn't change
        stream.write("id: y1\n")
    assert load(grid) is None
    publish(open_repository(grid))
    (directory / "z.yaml").write_text("id: z1\n")
    assert load(grid) is None


def test_local_agents_don_t_keep_an_uncommitted_policy_from_being_published(repo: Sandbox) -> None:
    directory = local_agents_directory(open_repository(repo))
    directory.mkdir(parents=True)
    (directory / "x.yaml").write_text("id: x1\n")
    repo.write("agentgrid.yaml", "version: 1\n")
    publish(open_repository(repo))
    assert load(repo) == ["x1"]


def test_a_base_that_only_this_command_was_given_is_not_published(
    grid: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid.branch("mine")
    grid.commit("Another agent", **{"config/agents/a2.yaml": "id: a2\n"})
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'agentgrid.base'='mine'")  # as `git -c` gives it to hooks
    assert open_repository(grid).git.text("config", "agentgrid.base") == "mine"
    publish(open_repository(grid))
    assert load(grid) == ["a1", "a2"]


def test_the_base_that_was_recorded_is_the_one_that_is_guarded(grid: Sandbox) -> None:
    grid.git("branch", "--move", "trunk")
    repository = open_repository(grid)
    write_setting(repository.common_dir, "agentgrid.base", "trunk")
    _, compiled = publish(repository)
    assert compiled["base"] == "trunk"


def test_where_the_file_on_the_default_branch_names_the_base_both_are_watched(grid: Sandbox) -> None:
    grid.git("branch", "develop")
    grid.commit("Base", **{"agentgrid.yaml": "base: develop\n"})
    publish(open_repository(grid))
    assert load(grid) == ["a1"]
    grid.commit("Base is main again", **{"agentgrid.yaml": "base: main\n"})
    assert load(grid) is None


def test_a_policy_that_moves_while_it_is_read_is_not_published(grid: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_then_move(repository: Repository) -> InForce:
        found = find_in_force(repository)
        grid.commit("Meanwhile", **{"config/agents/a2.yaml": "id: a2\n"})
        return found

    monkeypatch.setattr(publishing, "find_in_force", find_then_move)
    publish(open_repository(grid))
    assert load(grid) is None


def test_a_file_that_is_edited_while_it_is_read_is_not_published(
    grid: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_then_edit(repository: Repository) -> InForce:
        found = find_in_force(repository)
        grid.git("config", "x.y", "z")
        return found

    monkeypatch.setattr(publishing, "find_in_force", find_then_edit)
    publish(open_repository(grid))
    assert load(grid) is None


def test_a_linked_worktree_publishes_for_all(grid: Sandbox, tmp_path: Path) -> None:
    linked = grid.worktree(tmp_path / "linked", "feat/x")
    linked.commit("Own policy", **{"agentgrid.yaml": "version: 1\n", "config/agents/a1.yaml": "id: evil\n"})
    publish(open_repository(linked))
    assert load(grid) == ["a1"]


def test_compiled_policies_of_long_ago_are_forgotten(grid: Sandbox) -> None:
    publish(open_repository(grid))
    directory = grid.path / ".git" / "agentgrid" / "policy"
    (old,) = directory.glob("*.marshal")
    month_ago = time.time() - 31 * 86400
    os.utime(old, (month_ago, month_ago))
    publish(open_repository(grid))
    assert load(grid) == ["a1"]  # asked for again: as good as new
    os.utime(old, (month_ago, month_ago))
    grid.commit("Another", **{"config/agents/a2.yaml": "id: a2\n"})
    publish(open_repository(grid))
    assert not old.exists()
    assert load(grid) == ["a1", "a2"]
