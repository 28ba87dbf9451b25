"""`agentgrid prune`: only what has landed goes, it can be had back, and only what is old enough is ever deleted."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.program import BILLING, ORDERS, InitialisedGrid, agentgrid, run, snapshot, try_commit
from support.repositories import Sandbox


@pytest.fixture
def grid(small_grid: InitialisedGrid) -> InitialisedGrid:
    return small_grid


@pytest.fixture
def landed(grid: InitialisedGrid) -> InitialisedGrid:
    """a1 has committed, and its work is squashed into the base, which has gone on since."""
    assert try_commit(grid.desks["a1"], BILLING).code == 0
    grid.main.git("merge", "--quiet", "--squash", grid.desks["a1"].git("branch", "--show-current"))
    grid.main.commit("Landed")
    grid.main.commit("And on from there", **{BILLING: "OTHER = 1\n"})
    return grid


def paths(data: list[dict[str, object]]) -> list[str]:
    return [str(each["path"]) for each in data]


def test_what_has_landed_goes_and_comes_back_by_the_printed_command(landed: InitialisedGrid) -> None:
    desk = landed.desks["a1"]
    tip, branch = desk.oid(), desk.git("branch", "--show-current")

    pruned = agentgrid(landed.main, "prune", "--yes", "--json")

    assert pruned.code == 0, pruned.err
    [gone] = pruned.data["removed"]
    assert (gone["path"], gone["branch"], desk.path.exists()) == (str(desk.path), branch, False)
    assert landed.desks["a2"].path.exists()
    assert pruned.data["freed_bytes"] > 0
    assert run(landed.main, "sh", "-c", gone["restore"]).code == 0
    assert (desk.oid(), desk.git("branch", "--show-current")) == (tip, branch)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda desk: desk.write("notes.txt", "x"), "1 untracked: notes.txt"),
        (lambda desk: desk.write(BILLING, "x"), "1 changed: services/billing/main.py"),
        (lambda desk: desk.commit("More", **{"services/billing/new.py": "x"}), "commits not in main"),
        (lambda desk: desk.git("worktree", "lock", desk.path), "it is locked"),
        (lambda desk: desk.git("bisect", "start"), "a bisect in progress"),
    ],
)  # fmt: skip
def test_what_has_anything_at_stake_stays(landed: InitialisedGrid, spoil: object, reason: str) -> None:
    spoil(landed.desks["a1"])  # type: ignore[operator]
    before = snapshot(landed.desks["a1"].path)

    plan = agentgrid(landed.main, "prune", "--yes", "--json").data

    assert plan["worktrees"] == []
    [stays] = [each for each in plan["staying"] if each["agent"] == "a1"]
    assert any(reason in each for each in stays["reasons"]), stays
    assert snapshot(landed.desks["a1"].path) == before


def test_a_worktree_in_which_nothing_was_done_yet_stays(grid: InitialisedGrid) -> None:
    plan = agentgrid(grid.main, "prune", "--yes", "--json").data

    assert [(each["agent"], each["reasons"]) for each in plan["staying"]] == [
        ("a1", ["nothing was done in it yet"]), ("a2", ["nothing was done in it yet"]),
    ]  # fmt: skip


def test_a_worktree_in_which_a_process_works_stays(landed: InitialisedGrid) -> None:
    with subprocess.Popen(["sleep", "300"], cwd=landed.desks["a1"].path) as process:
        plan = agentgrid(landed.main, "prune", "--yes", "--json").data
        process.kill()

    assert plan["worktrees"] == []
    assert f"process {process.pid} is at work in it" in plan["staying"][0]["reasons"]


def test_one_that_was_moved_or_deleted_by_hand_is_left_to_repair_and_remove(landed: InitialisedGrid) -> None:
    landed.desks["a1"].path.rename(landed.desks["a1"].path.with_name("elsewhere"))

    plan = agentgrid(landed.main, "prune", "--yes", "--json").data

    assert "agentgrid agent repair" in plan["staying"][0]["reasons"][0]


def test_a_landed_worktree_of_a_sub_agent_goes_before_its_agents_own(landed: InitialisedGrid) -> None:
    desk = landed.desks["a1"]
    side = Sandbox(desk.path.with_name("side"))
    desk.git("worktree", "add", "--quiet", "-b", "feat/a1/side__a1", side.path, "main")
    assert try_commit(side, "services/billing/side.py").code == 0
    waiting = agentgrid(landed.main, "prune", "--dry-run", "--json").data
    assert waiting["worktrees"] == []
    assert f"its agent still works in {side.path}" in waiting["staying"][1]["reasons"]
    landed.main.git("merge", "--quiet", "--no-edit", "feat/a1/side__a1")

    pruned = agentgrid(landed.main, "prune", "--yes", "--json")

    assert paths(pruned.data["removed"]) == [str(side.path), str(desk.path)], pruned.err
    assert "side" not in landed.main.git("config", "--local", "--list")
    assert run(landed.main, "sh", "-c", pruned.data["removed"][0]["restore"]).code == 0
    assert side.path.is_dir()


def test_a_dry_run_changes_nothing(landed: InitialisedGrid) -> None:
    agentgrid(landed.main, "status")
    before = snapshot(landed.main.path.parent)

    told = agentgrid(landed.main, "prune", "--dry-run", "--older-than", "0s", "--merged")

    assert (told.code, "would take down a1 in ../shop-a1" in told.out) == (0, True)
    assert snapshot(landed.main.path.parent) == before


def make_old(grid: InitialisedGrid) -> tuple[str, Path]:
    """A rescue ref and a trash directory of a1 whose names say that they are from 2020."""
    commit = grid.main.git("commit-tree", "HEAD^{tree}", "-m", "Work that only the rescue ref has")
    ref = "refs/agentgrid/rescue/a1/20200101T000000Z"
    grid.main.git("update-ref", ref, commit)
    trash = grid.main.write(".git/agentgrid/trash/a1-20200101T000000Z/sub/run.log", "x" * 5000).parents[1]
    (trash / "sub").chmod(0o555)
    return ref, trash


def test_without_a_limit_nothing_kept_is_deleted(landed: InitialisedGrid) -> None:
    ref, trash = make_old(landed)

    told = agentgrid(landed.main, "prune", "--yes")

    assert told.code == 0
    assert "nothing of that is deleted without --older-than" in told.err
    assert (landed.main.git("for-each-ref", ref) != "", trash.is_dir()) == (True, True)


def test_with_a_limit_what_is_older_goes_and_says_how_a_ref_comes_back(grid: InitialisedGrid) -> None:
    ref, trash = make_old(grid)
    oid = grid.main.oid(ref)
    grid.desks["a1"].write("notes.txt", "recent\n")
    recent = agentgrid(grid.main, "remove", "a1", "--force", "--json").data["rescue"]
    worktrees = grid.main.git("worktree", "list")

    pruned = agentgrid(grid.main, "prune", "--older-than", "14d", "--yes")

    assert pruned.code == 0, pruned.err
    assert "would really delete, older than was asked for:" in pruned.err
    assert (grid.main.git("for-each-ref", ref), trash.exists()) == ("", False)
    assert f"git update-ref {ref} {oid}" in pruned.out
    assert "freed 5.0 kB" in pruned.out
    assert grid.main.git("for-each-ref", recent) != ""
    assert grid.main.git("worktree", "list") == worktrees
    grid.main.git("update-ref", ref, oid)


def test_a_ref_whose_name_says_no_time_is_kept(grid: InitialisedGrid) -> None:
    grid.main.git("update-ref", "refs/agentgrid/rescue/a1/by-hand", "HEAD")

    assert agentgrid(grid.main, "prune", "--older-than", "0s", "--yes", "--json").data["delete"]["refs"] == []


def test_it_is_asked_before_anything_goes(landed: InitialisedGrid) -> None:
    answer = agentgrid(landed.main, "prune")

    assert (answer.code, "add --yes" in answer.err, landed.desks["a1"].path.is_dir()) == (2, True, True)


@pytest.mark.parametrize("limit", ["14", "two weeks", "-1d"])
def test_a_limit_that_is_no_time_is_refused(grid: InitialisedGrid, limit: str) -> None:
    answer = agentgrid(grid.main, "prune", f"--older-than={limit}", "--dry-run")

    assert (answer.code, "accepted is a number and a unit" in answer.err) == (2, True)


def test_an_agent_prunes_nothing(grid: InitialisedGrid) -> None:
    answer = agentgrid(grid.desks["a1"], "prune", "--dry-run")

    assert (answer.code, "an agent doesn't prune" in answer.err) == (1, True)


def test_ignored_files_go_to_the_trash_and_are_told_apart_from_what_is_freed(landed: InitialisedGrid) -> None:
    with (landed.main.path / ".git/info/exclude").open("a", encoding="utf-8") as stream:
        stream.write("*.log\n")
    landed.desks["a1"].write("run.log", "x" * 9000)

    pruned = agentgrid(landed.main, "prune", "--yes", "--json").data

    assert pruned["trashed_bytes"] >= 9000
    assert Path(pruned["removed"][0]["trash"], "run.log").stat().st_size == 9000


def test_files_of_another_user_or_a_full_disk_stop_nothing_else(landed: InitialisedGrid) -> None:
    """What can't be deleted is told, with exit code 1, and the rest is done."""
    ref, trash = make_old(landed)
    away = landed.main.path / ".git/agentgrid/discarded"
    shutil.rmtree(away, ignore_errors=True)
    away.write_text("a file where a directory belongs\n", encoding="utf-8")

    pruned = agentgrid(landed.main, "prune", "--older-than", "14d", "--yes", "--json")
    away.unlink()

    assert pruned.code == 1
    assert [each["what"] for each in pruned.data["failed"]] == [trash.name]
    assert (landed.main.git("for-each-ref", ref), os.path.lexists(trash)) == ("", True)
    assert try_commit(landed.desks["a2"], ORDERS).code == 0
