"""`agentgrid uninstall`: the repository is as before, with everybody's work still there."""

from pathlib import Path

import pytest

from support.program import BILLING, ORDERS, SERVICES, InitialisedGrid, agentgrid, initialise_here, snapshot, try_commit
from support.repositories import create_repository


@pytest.fixture
def grid(small_grid: InitialisedGrid) -> InitialisedGrid:
    return small_grid


def test_configuration_hooks_and_exclude_are_as_before_init(tmp_path: Path) -> None:
    main = create_repository(tmp_path / "shop", **SERVICES)
    places = [main.path / ".git" / name for name in ("config", "info/exclude", "hooks")]

    def facts() -> list[object]:
        return [snapshot(place) if place.is_dir() else place.read_bytes() for place in places]

    before = facts()
    grid = initialise_here(main)
    assert facts() != before

    assert agentgrid(main, "uninstall", "--yes").code == 0

    assert facts() == before
    assert not (main.path / ".git/agentgrid").exists()
    assert [desk.git("config", "--get", "core.hooksPath", accept=(1,)) for desk in grid.desks.values()] == ["", ""]


def test_former_worktrees_keep_their_files_and_branches_and_commit_what_they_like(grid: InitialisedGrid) -> None:
    desk = grid.desks["a1"]
    branch = desk.git("branch", "--show-current")
    desk.write("notes.txt", "mine\n")

    agentgrid(grid.main, "uninstall", "--yes")

    assert desk.status() == "?? notes.txt"
    assert try_commit(desk, ORDERS).code == 0
    assert grid.main.oid(branch) == desk.oid()


def test_committed_files_and_rescue_refs_and_the_trash_stay(grid: InitialisedGrid) -> None:
    grid.desks["a1"].write("notes.txt", "mine\n")
    removed = agentgrid(grid.main, "remove", "a1", "--force", "--json").data

    agentgrid(grid.main, "uninstall", "--yes")

    assert grid.main.git("show", f"{removed['rescue']}^3:notes.txt") == "mine"
    assert Path(removed["trash"]).is_dir()
    assert (grid.main.path / "agentgrid.yaml").is_file()
    assert grid.main.status() == ""


def test_purge_takes_the_trash_as_well(grid: InitialisedGrid) -> None:
    agentgrid(grid.main, "remove", "a1")
    agentgrid(grid.main, "uninstall", "--yes")
    assert (grid.main.path / ".git/agentgrid/trash").is_dir()

    assert agentgrid(grid.main, "uninstall", "--yes", "--purge").code == 0

    assert not (grid.main.path / ".git/agentgrid").exists()


def test_a_dry_run_lists_it_all_and_changes_nothing(grid: InitialisedGrid) -> None:
    before = snapshot(grid.main.path.parent)

    answer = agentgrid(grid.main, "uninstall", "--dry-run")

    assert (answer.code, answer.out.splitlines()) == (
        0,
        [
            f"would take hooks and identity out of {grid.desks['a1'].path} (a1)",
            f"would take hooks and identity out of {grid.desks['a2'].path} (a2)",
            *(
                f"would take the edit hook out of {place.path}/.claude/settings.local.json"
                for place in (grid.desks["a1"], grid.main, grid.desks["a2"])
            ),
            "would remove the setting includeIf.gitdir:./worktrees/shop-a1",
            "would remove the setting includeIf.gitdir:./worktrees/shop-a2",
            "would remove the setting agentgrid.base",
            f"would remove {grid.main.path}/.git/agentgrid",
        ],
    )
    assert snapshot(grid.main.path.parent) == before


def test_without_a_terminal_it_wants_yes(grid: InitialisedGrid) -> None:
    answer = agentgrid(grid.main, "uninstall", "--json")

    assert (answer.code, answer.error["code"]) == (2, "usage")
    assert (grid.main.path / ".git/agentgrid").is_dir()


def test_a_grid_with_a_broken_policy_can_be_taken_out(grid: InitialisedGrid) -> None:
    grid.main.commit("Break it", **{"agentgrid.yaml": "version: 1\nbogus: [\n"})
    assert agentgrid(grid.main, "status").code == 2
    assert try_commit(grid.desks["a1"], BILLING).code != 0  # fails closed for agents

    assert agentgrid(grid.main, "uninstall", "--yes").code == 0

    assert try_commit(grid.desks["a1"], BILLING).code == 0


def test_a_second_time_there_is_nothing_to_take_out(grid: InitialisedGrid) -> None:
    agentgrid(grid.main, "remove", "a1")
    agentgrid(grid.main, "uninstall", "--yes")
    before = snapshot(grid.main.path)

    answer = agentgrid(grid.main, "uninstall")

    assert (answer.code, answer.out) == (0, "nothing of agentgrid is installed here\n")
    assert snapshot(grid.main.path) == before


def test_init_takes_the_left_worktrees_again_as_they_are(grid: InitialisedGrid) -> None:
    desk = grid.desks["a1"]
    desk.write("notes.txt", "mine\n")
    agentgrid(grid.main, "uninstall", "--yes")

    data = agentgrid(grid.main, "init", "--yes", "--json").data

    assert (data["created"], [each["agent"] for each in data["adopted"]]) == ([], ["a1", "a2"])
    assert desk.status() == "?? notes.txt"
    assert try_commit(desk, ORDERS).code == 1
    status = agentgrid(grid.main, "status", "--json").data
    assert ([each["state"] for each in status["agents"]], status["warnings"]) == (["ready", "ready"], [])


def test_a_left_worktree_on_somebody_elses_branch_is_not_taken(grid: InitialisedGrid) -> None:
    agentgrid(grid.main, "uninstall", "--yes")
    grid.desks["a1"].git("switch", "--quiet", "-c", "mine")

    answer = agentgrid(grid.main, "init", "--yes")

    assert (answer.code, answer.err.splitlines()[-1]) == (
        1,
        f"hint: make it the agent's: agentgrid agent add a1 --adopt {grid.desks['a1'].path}",
    )


def test_an_agent_does_not_take_its_own_guard_out(grid: InitialisedGrid) -> None:
    answer = agentgrid(grid.desks["a1"], "uninstall", "--yes", "--json")

    assert (answer.code, answer.error["code"]) == (1, "not_permitted")
    assert try_commit(grid.desks["a1"], ORDERS).code == 1
