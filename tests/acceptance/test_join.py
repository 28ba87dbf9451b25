"""`agentgrid join`: a teammate's clone of a grid gets hooks and the worktrees of their own agents, nothing else."""

import sys
from pathlib import Path

import pytest

from support import in_terminal
from support.program import BILLING, BIN, ORDERS, InitialisedGrid, agentgrid, run, snapshot, try_commit
from support.repositories import Sandbox


@pytest.fixture
def clone(small_grid: InitialisedGrid, tmp_path: Path) -> Sandbox:
    """A clone of a grid whose policy is on the base."""
    return small_grid.main.clone(tmp_path / "shop")


def worktrees_of(clone: Sandbox) -> dict[str, bytes]:
    """Every file of every worktree."""
    return {path: content for path, (_, content) in snapshot(clone.path.parent).items() if "/.git/" not in path}


def test_ones_own_agents_get_a_worktree_with_a_guard_and_the_others_none(clone: Sandbox) -> None:
    before = (clone.oid(), clone.status(), clone.git("for-each-ref", "refs/remotes"))

    joined = agentgrid(clone, "join", "--agents", "a2", "--json")

    assert joined.code == 0, joined.err
    assert (joined.data["mine"], joined.data["others"], joined.data["changed"]) == (["a2"], ["a1"], True)
    [made] = joined.data["created"]
    desk = Sandbox(Path(made["path"]))
    assert clone.git("worktree", "list", "--porcelain").count("worktree ") == 2
    assert (clone.oid(), clone.status(), clone.git("for-each-ref", "refs/remotes")) == before
    assert try_commit(desk, ORDERS).code == 0
    refused = try_commit(desk, BILLING)
    assert (refused.code, f"{BILLING} belongs to a1" in refused.err) == (1, True)
    assert (desk.path / "AGENT_FOCUS.md").is_file()


def test_a_second_join_does_what_is_missing_and_remembers_who_is_mine(clone: Sandbox) -> None:
    assert agentgrid(clone, "join", "--agents", "a2").code == 0
    agentgrid(clone, "status")
    before = (worktrees_of(clone), clone.git("config", "--local", "--list"), clone.git("for-each-ref"))

    again = agentgrid(clone, "join")

    assert (again.code, again.out) == (0, "yours: a2\nnothing to do: 1 worktree(s) in order\n")
    assert (worktrees_of(clone), clone.git("config", "--local", "--list"), clone.git("for-each-ref")) == before
    assert clone.git("config", "agentgrid.mine") == "a2"
    more = agentgrid(clone, "join", "--agents", "a1", "--json").data
    assert (more["mine"], [each["agent"] for each in more["created"]]) == (["a1", "a2"], ["a1"])


def test_an_init_in_a_joined_clone_makes_no_worktrees_of_other_peoples_agents(clone: Sandbox) -> None:
    assert agentgrid(clone, "join", "--agents", "a2").code == 0

    assert agentgrid(clone, "init", "--yes", "--json").data["created"] == []


def test_a_dry_run_says_what_would_be_made_and_makes_nothing(clone: Sandbox) -> None:
    before = snapshot(clone.path.parent)

    planned = agentgrid(clone, "join", "--agents", "a2", "--dry-run")

    assert planned.code == 0
    assert planned.out == ("yours: a2\nnot yours, and left alone: a1\nwould make ../shop-a2 on feat/orders/work__a2\n")
    assert snapshot(clone.path.parent) == before


def test_where_nobody_can_be_asked_the_agents_have_to_be_named(clone: Sandbox) -> None:
    answer = agentgrid(clone, "join")

    assert (answer.code, answer.err) == (
        2, "agentgrid: which agents are yours? (agents: a1, a2)\nhint: agentgrid join --agents ID,ID\n",
    )  # fmt: skip


def test_at_a_terminal_the_agents_are_asked_for(clone: Sandbox) -> None:
    command = f"printf 'a2\\n' | {sys.executable} {in_terminal.__file__} {BIN / 'agentgrid'} join"

    answered = run(clone, "sh", "-c", command)

    assert answered.code == 0, answered.out + answered.err
    assert "Which agents are yours? (a1, a2)" in answered.out
    assert clone.git("config", "agentgrid.mine") == "a2"


@pytest.mark.parametrize(
    ("agents", "message"),
    [("a9", "there is no agent 'a9' (agents: a1, a2)"), ("a1,,a2", "--agents 'a1,,a2': an id is missing")],
)
def test_agents_that_the_grid_does_not_have_are_refused(clone: Sandbox, agents: str, message: str) -> None:
    answer = agentgrid(clone, "join", "--agents", agents)

    assert (answer.code, answer.err.splitlines()[0]) == (2, f"agentgrid: {message}")
    assert not (clone.path / ".git/agentgrid").exists()


def test_there_is_nothing_to_join_where_there_is_no_grid(repo: Sandbox) -> None:
    answer = agentgrid(repo, "join", "--agents", "a1")

    assert (answer.code, "no grid here: main has no agentgrid.yaml" in answer.err, "agentgrid init" in answer.err) == (
        2, True, True,
    )  # fmt: skip


def test_before_the_configuration_is_committed_there_is_nothing_to_join(repo: Sandbox) -> None:
    assert agentgrid(repo, "init", "--agents", "1", "--no-worktrees", "--yes").code == 0

    answer = agentgrid(repo, "join", "--agents", "a1")

    assert (answer.code, "main has no agentgrid.yaml yet" in answer.err) == (2, True)


def test_an_agent_joins_nothing(small_grid: InitialisedGrid) -> None:
    answer = agentgrid(small_grid.desks["a1"], "join", "--agents", "a1")

    assert (answer.code, "an agent doesn't join a grid" in answer.err) == (1, True)


def test_a_bare_clone_is_joined_too(small_grid: InitialisedGrid, tmp_path: Path) -> None:
    bare = small_grid.main.clone(tmp_path / "shop.git", "--bare")

    joined = agentgrid(bare, "join", "--agents", "a2", "--json")

    assert joined.code == 0, joined.err
    assert Path(joined.data["created"][0]["path"]).is_dir()


def test_an_uninstall_forgets_whose_the_agents_are(clone: Sandbox) -> None:
    assert agentgrid(clone, "join", "--agents", "a2").code == 0
    assert agentgrid(clone, "uninstall", "--yes").code == 0
    assert clone.git("config", "--get-regexp", "^agentgrid", accept=(0, 1)) == ""
