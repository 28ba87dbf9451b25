"""`agentgrid remove`: it refuses to lose work, and the command that it prints brings everything back."""

from pathlib import Path

import pytest

from support.program import BILLING, ORDERS, InitialisedGrid, agentgrid, run, snapshot, try_commit
from support.repositories import Sandbox


@pytest.fixture
def grid(small_grid: InitialisedGrid) -> InitialisedGrid:
    return small_grid


def restore(grid: InitialisedGrid, said: str) -> None:
    """Runs the printed line through the shell, as a person would paste it."""
    lines = said.splitlines()
    command = lines[lines.index("to bring it back:") + 1].strip()
    done = run(grid.main, "sh", "-c", command)
    assert done.code == 0, done.err


def test_an_untracked_file_is_enough_to_refuse(grid: InitialisedGrid) -> None:
    grid.desks["a1"].write("notes.txt", "not committed\n")

    answer = agentgrid(grid.main, "remove", "a1")

    assert (answer.code, answer.out, answer.err) == (
        1,
        "",
        """agentgrid: removing a1 would take away work: 1 untracked: notes.txt
hint: commit it and land it; or `agentgrid remove a1 --force`, which keeps it in a rescue ref
""",
    )
    assert grid.desks["a1"].read("notes.txt") == "not committed\n"


def test_with_force_everything_comes_back_by_the_printed_command(grid: InitialisedGrid) -> None:
    desk = grid.desks["a1"]
    assert try_commit(desk, BILLING, message="Unlanded").code == 0
    desk.write(BILLING, "STAGED = 1\n")
    desk.git("add", BILLING)
    desk.write(BILLING, "UNSTAGED = 2\n")
    desk.write("new dir/übung.txt", b"\0\xff")
    before = (desk.status(), desk.oid(), desk.git("diff", "--cached"), desk.git("branch", "--show-current"))
    focus = desk.read("AGENT_FOCUS.md")

    removed = agentgrid(grid.main, "remove", "a1", "--force")

    assert removed.code == 0, removed.err
    assert not desk.path.exists()
    assert grid.main.git("for-each-ref", "refs/agentgrid/rescue/a1") != ""
    restore(grid, removed.out)
    assert (desk.status(), desk.oid(), desk.git("diff", "--cached"), desk.git("branch", "--show-current")) == before
    assert (desk.path / "new dir/übung.txt").read_bytes() == b"\0\xff"
    assert desk.read(BILLING) == "UNSTAGED = 2\n"
    assert desk.read("AGENT_FOCUS.md") == focus


def test_after_the_restore_the_guard_stands_again(grid: InitialisedGrid) -> None:
    desk = grid.desks["a1"]
    desk.write("notes.txt", "mine\n")

    restore(grid, agentgrid(grid.main, "remove", "a1", "--force").out)

    refused = try_commit(desk, ORDERS)
    assert (refused.code, f"{ORDERS} belongs to a2" in refused.err) == (1, True)
    assert agentgrid(grid.main, "status", "--json").data["warnings"] == []


def test_ignored_files_go_to_the_trash(grid: InitialisedGrid) -> None:
    with (grid.main.path / ".git/info/exclude").open("a", encoding="utf-8") as stream:
        stream.write("*.log\n")
    grid.desks["a1"].write("run.log", "long\n")

    removed = agentgrid(grid.main, "remove", "a1", "--json").data

    assert Path(removed["trash"], "run.log").read_text(encoding="utf-8") == "long\n"


def test_a_dry_run_says_what_is_at_stake_and_changes_nothing(grid: InitialisedGrid) -> None:
    grid.desks["a1"].write("notes.txt", "mine\n")
    agentgrid(grid.main, "status")
    before = snapshot(grid.main.path.parent)

    data = agentgrid(grid.main, "remove", "a1", "--dry-run", "--force", "--json").data

    assert (data["dirty"], data["risks"]) == (
        {"staged": 0, "unstaged": 0, "untracked": 1},
        ["1 untracked: notes.txt"],
    )
    assert snapshot(grid.main.path.parent) == before


def test_unmerged_commits_are_refused(grid: InitialisedGrid) -> None:
    assert try_commit(grid.desks["a1"], BILLING).code == 0

    answer = agentgrid(grid.main, "remove", "a1", "--json")

    assert (answer.code, answer.error["code"], answer.error["details"]) == (
        1,
        "would_lose_work",
        {"risks": ["1 commit not in main"]},
    )


@pytest.mark.parametrize("strategy", [("--squash",), ("--no-ff", "--no-edit")])
def test_a_branch_that_landed_needs_no_force(grid: InitialisedGrid, strategy: tuple[str, ...]) -> None:
    desk = grid.desks["a1"]
    branch = desk.git("branch", "--show-current")
    assert try_commit(desk, BILLING).code == 0
    grid.main.commit("Beside it", **{"README.md": "# changed\n"})
    grid.main.git("merge", "--quiet", *strategy, branch)
    grid.main.commit("Land a1")

    answer = agentgrid(grid.main, "remove", "a1")

    assert answer.code == 0, answer.err
    assert f"deleted branch: {branch}\n" in answer.out
    assert not desk.path.exists()


def test_an_agent_without_a_worktree_is_named_with_those_there_are(grid: InitialisedGrid) -> None:
    answer = agentgrid(grid.main, "remove", "zz")

    assert (answer.code, answer.err.splitlines()[0]) == (2, "agentgrid: zz has no worktree (worktrees: a1, a2)")


def test_nobody_removes_the_directory_they_are_in(grid: InitialisedGrid) -> None:
    answer = agentgrid(grid.desks["a1"].path / "services", "remove", "a1", "--force")

    assert (answer.code, answer.err) == (
        1,
        f"agentgrid: you are in {grid.desks['a1'].path}, which would be removed\nhint: cd {grid.main.path} first\n",
    )
    assert grid.desks["a1"].status() == ""


def test_a_locked_worktree_is_refused_even_with_force(grid: InitialisedGrid) -> None:
    grid.main.git("worktree", "lock", "--reason", "on a stick", grid.desks["a1"].path)

    answer = agentgrid(grid.main, "remove", "a1", "--force")

    assert (answer.code, answer.err.splitlines()[0]) == (
        1,
        "agentgrid: the worktree of a1 is locked: on a stick",
    )


def test_removing_takes_the_section_and_the_hooks_along(grid: InitialisedGrid) -> None:
    assert agentgrid(grid.main, "remove", "a1").code == 0

    assert grid.main.git("config", "--local", "--get-regexp", r"^includeif\.") == (
        "includeif.gitdir:./worktrees/shop-a2.path agentgrid/agents/a2/config"
    )
    assert not (grid.main.path / ".git/agentgrid/agents/a1").exists()


def test_a_worktree_that_was_deleted_by_hand_can_be_removed(grid: InitialisedGrid) -> None:
    desk = grid.desks["a1"]
    for path in ("AGENT_FOCUS.md", ".git"):
        (desk.path / path).unlink()
    run(grid.main, "rm", "-r", str(desk.path))

    assert agentgrid(grid.main, "remove", "a1").code == 0
    assert [each["state"] for each in agentgrid(grid.main, "status", "--json").data["agents"]] == ["missing", "ready"]
    assert agentgrid(grid.main, "init").code == 2  # it would make one: it asks
    assert agentgrid(grid.main, "init", "--yes").code == 0
    assert Sandbox(desk.path).status() == ""


@pytest.mark.parametrize("command", [("remove", "a2", "--force"), ("start", "a2", "elsewhere", "--no-fetch")])
def test_an_agent_neither_removes_nor_starts_another_one(grid: InitialisedGrid, command: tuple[str, ...]) -> None:
    before = snapshot(grid.desks["a2"].path)

    answer = agentgrid(grid.desks["a1"], *command, "--json")

    assert (answer.code, answer.error["code"]) == (1, "not_permitted")
    assert snapshot(grid.desks["a2"].path) == before
