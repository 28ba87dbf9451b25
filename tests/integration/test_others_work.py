"""`can-edit` tells what other agents have done to a file that hasn't landed; it never refuses for it."""

import shutil
from pathlib import Path

import pytest

from agentgrid.boundaries.others_work import OthersWork
from agentgrid.boundaries.ownership import EditVerdict
from agentgrid.grid import Grid
from support.grids import BILLING, ORDERS, GridSandbox, make_grid
from support.program import agentgrid
from support.repositories import Sandbox

CACHE = "services/common/cache.py"


@pytest.fixture
def a1(grid: GridSandbox) -> Sandbox:
    return grid.desks["a1"]


def ask(desk: Sandbox, path: str = CACHE, *, agent: str | None = None) -> EditVerdict:
    [verdict] = Grid.open(desk.path).can_edit([str(desk.path / path)], agent=agent)
    return verdict


def others(desk: Sandbox, path: str = CACHE) -> tuple[OthersWork, ...]:
    return ask(desk, path).conflicts


def test_unlanded_commits_and_uncommitted_changes_are_told_and_refuse_nothing(a1: Sandbox, a2: Sandbox) -> None:
    a1.write(BILLING, "INVOICES = [1]\n")
    assert (others(a2, BILLING), ask(a2, BILLING).is_allowed) == ((OthersWork("a1", 0, is_dirty=True),), True)
    a1.commit("One", **{BILLING: "INVOICES = [2]\n"})
    a1.commit("Two", **{BILLING: "INVOICES = [3]\n"})
    a1.commit("Elsewhere", **{ORDERS: "ORDERS = [1]\n"})
    a1.write(BILLING, "INVOICES = [4]\n")
    verdict = ask(a2, BILLING)
    assert verdict.conflicts == (OthersWork("a1", 2, is_dirty=True),)
    assert verdict.is_allowed
    assert verdict.as_json()["conflicts"] == [{"agent": "a1", "commits": 2, "dirty": True}]
    said = agentgrid(a2, "can-edit", BILLING)
    assert (said.code, said.out.splitlines()[1]) == (
        0,
        "    warning: a1 has unlanded changes to it: 2 commits and uncommitted changes",
    )


def test_ones_own_work_and_other_files_are_no_warning(a1: Sandbox, a2: Sandbox) -> None:
    a2.commit("Mine", **{BILLING: "INVOICES = [2]\n"})
    a2.write(BILLING, "INVOICES = [3]\n")
    a1.commit("Elsewhere", **{ORDERS: "ORDERS = [1]\n"})
    assert others(a2, BILLING) == ()
    assert others(a1, BILLING) == (OthersWork("a2", 1, is_dirty=True),)


def test_a_person_is_told_of_every_agent(grid: GridSandbox, a1: Sandbox, a2: Sandbox) -> None:
    a1.write("notes/new.md", "one\n")
    a2.write("notes/new.md", "two\n")
    assert [each.agent for each in others(grid.main, "notes/new.md")] == ["a1", "a2"]


def test_a_folder_stands_for_all_that_is_in_it(a1: Sandbox, a2: Sandbox) -> None:
    a1.commit("One", **{BILLING: "INVOICES = [2]\n"})
    a1.write("services/billing/new.py", "X = 1\n")
    assert others(a2, "services/billing") == (OthersWork("a1", 1, is_dirty=True),)
    assert others(a2, ".") == (OthersWork("a1", 1, is_dirty=True),)
    assert others(a2, "services/bill") == ()


def test_what_has_landed_is_no_warning_also_as_a_squash(grid: GridSandbox, a1: Sandbox, a2: Sandbox) -> None:
    a1.commit("One", **{BILLING: "INVOICES = [2]\n"})
    a1.commit("Two", **{BILLING: "INVOICES = [3]\n"})
    assert len(others(a2, BILLING)) == 1
    grid.main.commit("Both, squashed", **{BILLING: "INVOICES = [3]\n"})
    assert others(a2, BILLING) == ()


def test_what_was_taken_back_is_no_warning(a1: Sandbox, a2: Sandbox) -> None:
    a1.commit("One", **{BILLING: "INVOICES = [2]\n"})
    a1.commit("Back", **{BILLING: "INVOICES = []\n"})
    assert others(a2, BILLING) == ()


def test_a_name_with_magic_is_that_name_alone(a1: Sandbox, a2: Sandbox) -> None:
    a1.commit("One", **{"notes/ab.md": "one\n"})
    assert others(a2, "notes/*.md") == ()
    a1.write("notes/*.md", "x\n")
    assert others(a2, "notes/*.md") == (OthersWork("a1", 0, is_dirty=True),)


def test_a_worktree_that_is_gone_or_broken_stops_nobody(tmp_path: Path) -> None:
    desks = make_grid(tmp_path / "shop").desks
    a1, a2 = desks["a1"], desks["a2"]
    a1.commit("One", **{BILLING: "INVOICES = [2]\n"})
    index = Path(a1.git("rev-parse", "--path-format=absolute", "--git-path", "index"))
    index.write_bytes(b"broken")
    assert others(a2, BILLING) == (OthersWork("a1", 1, is_dirty=None),)
    assert "1 commit and a worktree that can't be read" in agentgrid(a2, "can-edit", BILLING).out
    shutil.rmtree(a1.path)
    assert others(a2, BILLING) == (OthersWork("a1", 1, is_dirty=False),)


def test_it_is_told_from_a_folder_below_too(a1: Sandbox, a2: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    a1.commit("One", **{BILLING: "INVOICES = [2]\n"})
    monkeypatch.chdir(a2.path / "services/billing")
    [verdict] = Grid.open(Path.cwd()).can_edit(["main.py"])
    assert verdict.conflicts == (OthersWork("a1", 1, is_dirty=False),)
