"""`agentgrid sync` as people and agents type it: who is meant, what is said, exit codes."""

import sys
from pathlib import Path

import pytest

from agentgrid.git.repository import Repository
from agentgrid.workspace.desks import require_desk
from agentgrid.workspace.sync.journal import hold_desk
from support import in_terminal
from support.program import BILLING, BIN, COMMON, InitialisedGrid, agentgrid, run, try_commit
from support.repositories import Sandbox


@pytest.fixture
def grid(small_grid: InitialisedGrid) -> InitialisedGrid:
    """The base has gone on."""
    small_grid.main.commit("Base goes on", **{"README.md": "# more\n"})
    return small_grid


def conflict(grid: InitialisedGrid) -> Sandbox:
    """a1 and the base change the same line; a1's worktree."""
    assert try_commit(grid.desks["a1"], BILLING).code == 0
    grid.main.commit("Base changes it too", **{BILLING: "INVOICES = ['base']\n"})
    return grid.desks["a1"]


def test_from_the_main_worktree_all_are_synced(grid: InitialisedGrid) -> None:
    done = agentgrid(grid.main, "sync")

    branches = [grid.desks[agent].git("branch", "--show-current") for agent in ("a1", "a2")]
    assert (done.code, done.out) == (0, "".join(
        f"{agent}: {branch} is at main, 1 commit\n" for agent, branch in zip(("a1", "a2"), branches, strict=True)
    ))  # fmt: skip
    assert sorted(done.err.splitlines()) == ["  a1: fast-forwarded", "  a2: fast-forwarded"]
    assert agentgrid(grid.main, "sync").out == "a1: up to date with main\na2: up to date with main\n"


def test_in_an_agents_worktree_it_syncs_itself_alone(grid: InitialisedGrid) -> None:
    done = agentgrid(grid.desks["a1"], "sync", "--json")

    assert [(each["agent"], each["state"]) for each in done.data["agents"]] == [("a1", "fast-forwarded")]
    other = agentgrid(grid.desks["a1"], "sync", "a2")
    assert (other.code, "an agent doesn't sync another one" in other.err) == (1, True)


def test_a_conflict_is_exit_code_1_and_says_how_to_go_on_and_back(grid: InitialisedGrid) -> None:
    desk = conflict(grid)

    done = agentgrid(grid.main, "sync")

    assert done.code == 1
    assert done.out.startswith(f"""a1: stopped: conflict in {BILLING}
  when it is resolved:
    git -C {desk.path} add -- {BILLING}
    git -C {desk.path} commit --no-edit
  or back to where it was:
    git -C {desk.path} merge --abort
a2: """)
    again = agentgrid(grid.main, "sync", "a1")
    assert (again.code, again.out.splitlines()[0]) == (1, "a1: refused: a merge is in progress")


def test_a_dry_run_foresees_the_conflict_and_changes_nothing(grid: InitialisedGrid) -> None:
    desk = conflict(grid)
    before = (desk.oid(), desk.status(), grid.main.git("for-each-ref"))

    told = agentgrid(grid.main, "sync", "--dry-run")

    branch = desk.git("branch", "--show-current")
    assert (told.code, told.out.splitlines()[0]) == (
        0, f"a1: would merge main into {branch}, 2 commits; would stop on a conflict in {BILLING}",
    )  # fmt: skip
    assert (desk.oid(), desk.status(), grid.main.git("for-each-ref")) == before


def test_a_common_path_under_another_agents_lease_does_not_come_in_by_its_branch(grid: InitialisedGrid) -> None:
    assert try_commit(grid.desks["a2"], COMMON).code == 0

    done = agentgrid(grid.main, "sync", "a1", "--from", "a2", "--json")

    assert (done.code, done.data["agents"][0]["state"]) == (1, "refused")
    assert "a2" in done.data["agents"][0]["message"]
    assert grid.desks["a1"].git("status", "--porcelain", "--untracked-files=no") == ""


@pytest.mark.parametrize(("typed", "state"), [("y", "merged"), ("n", "refused")])
def test_a_person_is_asked_for_a_command_of_the_repository(grid: InitialisedGrid, typed: str, state: str) -> None:
    written = grid.main.read("agentgrid.yaml") + "\nderived: {/made.txt: 'echo made > made.txt'}\n"
    grid.main.commit("Something is generated", **{"agentgrid.yaml": written, "made.txt": "1\n"})
    assert agentgrid(grid.main, "sync").code == 0
    assert try_commit(grid.desks["a1"], "made.txt").code == 0
    grid.main.commit("Theirs", **{"made.txt": "theirs\n"})
    command = f"printf '{typed}\\n' | {sys.executable} {in_terminal.__file__} {BIN / 'agentgrid'} sync a1"

    answered = run(grid.main, "sh", "-c", command)

    assert "echo made > made.txt" in answered.out
    assert f"  a1: {state}" in answered.out.replace("\r", "")
    assert (grid.desks["a1"].read("made.txt") == "made\n") == (typed == "y")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("a9",), 2, "a9 has no worktree (worktrees: a1, a2)"),
        (("a1", "--from", "a1"), 2, "a1 can't be brought into itself"),
        (("a1", "--from", "a9"), 2, "a9 has no worktree"),
    ],
)  # fmt: skip
def test_wrong_words_are_told(grid: InitialisedGrid, arguments: tuple[str, ...], code: int, said: str) -> None:
    answer = agentgrid(grid.main, "sync", *arguments)

    assert (answer.code, said in answer.err) == (code, True)


def test_a_server_that_cannot_be_reached_is_a_warning(grid: InitialisedGrid, tmp_path: Path) -> None:
    grid.main.serve(tmp_path / "server.git")
    (tmp_path / "server.git").rename(tmp_path / "gone.git")

    done = agentgrid(grid.main, "sync")

    assert done.code == 0
    assert "warning: origin could not be fetched" in done.err


def test_two_syncs_of_one_worktree_are_not_at_work_at_once(grid: InitialisedGrid) -> None:
    repository = Repository.discover(grid.main.path)
    with hold_desk(repository, require_desk(repository, "a1")):
        done = agentgrid(grid.main, "sync", "--json")

    assert [each["state"] for each in done.data["agents"]] == ["refused", "fast-forwarded"]
    assert done.data["agents"][0]["message"] == "a1 is being synced by another command"
