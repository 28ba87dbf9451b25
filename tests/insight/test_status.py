"""`status`: each agent as git has it at this moment, however it came to be so."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from support.program import BILLING, ORDERS, InitialisedGrid, agentgrid, put_back, try_commit
from support.repositories import Sandbox


@pytest.fixture
def grid(small_grid: InitialisedGrid) -> InitialisedGrid:
    return small_grid


def status_of(where: Sandbox) -> dict[str, Any]:
    answer = agentgrid(where, "status", "--json")
    assert answer.code == 0, answer.err
    data: dict[str, Any] = answer.data
    return data


def first_of(grid: InitialisedGrid) -> dict[str, Any]:
    agent: dict[str, Any] = status_of(grid.main)["agents"][0]
    return agent


def land(grid: InitialisedGrid, *options: str) -> None:
    grid.main.git("merge", "--quiet", *options, grid.desks["a1"].git("branch", "--show-current"))
    grid.main.commit("Land a1")


def test_an_agent_at_work_is_ready_and_its_changes_are_counted(grid: InitialisedGrid) -> None:
    desk = grid.desks["a1"]
    assert try_commit(desk, BILLING).code == 0
    grid.main.commit("Meanwhile", **{"README.md": "# new\n"})
    desk.write("services/billing/staged.py", "")
    desk.git("add", ".")
    desk.write(BILLING, "EDITED = 1\n")
    for name in ("one.txt", "two/three.txt"):
        desk.write(name, "")

    agent = first_of(grid)

    assert (agent["state"], agent["ahead"], agent["behind"], agent["findings"]) == ("ready", 1, 1, 0)
    assert agent["dirty"] == {"staged": 1, "unstaged": 1, "untracked": 2}
    assert agent["head"] == desk.oid()
    assert agent["last_commit_at"].endswith("Z")


def test_an_agent_without_a_worktree_is_missing(grid: InitialisedGrid) -> None:
    agentgrid(grid.main, "remove", "a1")

    agent = first_of(grid)

    assert (agent["state"], agent["worktree"], agent["dirty"], agent["ahead"]) == ("missing", None, None, None)


def test_a_worktree_deleted_by_hand_is_missing_with_what_to_do(grid: InitialisedGrid) -> None:
    shutil.rmtree(grid.desks["a1"].path)

    data = status_of(grid.main)

    assert data["agents"][0]["state"] == "missing"
    assert data["warnings"] == [f"a1: {grid.desks['a1'].path} is gone; agentgrid agent repair"]


def test_a_detached_head_is_told(grid: InitialisedGrid) -> None:
    grid.desks["a1"].git("switch", "--quiet", "--detach")

    agent = first_of(grid)

    assert (agent["state"], agent["branch"]) == ("detached", None)


@pytest.mark.parametrize("branch", ["feat/orders/other__a2", "base"])
def test_a_branch_that_is_not_the_agents_is_told(grid: InitialisedGrid, branch: str) -> None:
    if branch == "base":
        grid.main.git("switch", "--quiet", "--detach")
        grid.desks["a1"].git("switch", "--quiet", "main")
    else:
        grid.main.branch(branch)
        grid.desks["a1"].git("switch", "--quiet", branch)

    assert first_of(grid)["state"] == "foreign-branch"


def test_a_locked_worktree_is_told(grid: InitialisedGrid) -> None:
    grid.main.git("worktree", "lock", grid.desks["a1"].path)

    assert first_of(grid)["state"] == "locked"


@pytest.mark.parametrize("options", [("--no-ff", "--no-edit"), ("--squash",), ("--ff-only",)])
def test_work_that_the_base_has_is_landed(grid: InitialisedGrid, options: tuple[str, ...]) -> None:
    assert try_commit(grid.desks["a1"], BILLING).code == 0
    assert first_of(grid)["state"] == "ready"

    land(grid, *options)

    assert first_of(grid)["state"] == "landed"


def test_landed_work_with_something_new_in_the_worktree_is_ready(grid: InitialisedGrid) -> None:
    assert try_commit(grid.desks["a1"], BILLING).code == 0
    land(grid, "--squash")
    grid.desks["a1"].write("next.txt", "")

    assert first_of(grid)["state"] == "ready"


def test_a_branch_that_only_took_the_base_in_has_landed_nothing(grid: InitialisedGrid) -> None:
    grid.main.commit("Meanwhile", **{"README.md": "# new\n"})
    grid.desks["a1"].git("merge", "--quiet", "--ff-only", "main")

    agent = first_of(grid)

    assert (agent["state"], agent["ahead"], agent["behind"], agent["last_commit_at"]) == ("ready", 0, 0, None)


def test_rules_broken_past_the_hooks_are_counted(grid: InitialisedGrid) -> None:
    grid.desks["a1"].commit("Past the guard", **{ORDERS: "TAKEN = 1\n", "agentgrid.yaml": "version: 1\n"})

    assert first_of(grid)["findings"] == 2


def test_a_displaced_hook_is_seen_and_repaired_and_kept(grid: InitialisedGrid) -> None:
    hooks = Path(grid.desks["a1"].git("config", "core.hooksPath"))
    hooks.chmod(0o755)
    (hooks / "pre-commit").unlink()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    assert [warning.partition(" (")[0] for warning in status_of(grid.main)["warnings"]] == [
        "a1: the guard is not in order"
    ]

    repaired = agentgrid(grid.main, "agent", "repair")

    assert repaired.out == "a1: hooks put in order\n"
    assert status_of(grid.main)["warnings"] == []
    assert try_commit(grid.desks["a1"], ORDERS).code == 1
    assert (hooks.parent / "displaced" / "pre-commit").read_text(encoding="utf-8") == "#!/bin/sh\nexit 0\n"


def test_another_programs_hooks_path_is_seen_and_repaired(grid: InitialisedGrid) -> None:
    with (grid.main.path / ".git/config").open("a", encoding="utf-8") as stream:
        stream.write("[core]\n\thooksPath = .husky\n")

    warnings = status_of(grid.main)["warnings"]
    agentgrid(grid.main, "agent", "repair")

    assert [warning.partition(" (")[0] for warning in warnings] == [
        "a1: the guard is not in order",
        "a2: the guard is not in order",
    ]
    assert status_of(grid.main)["warnings"] == []
    assert try_commit(grid.desks["a1"], ORDERS).code == 1
    assert grid.main.git("config", "core.hooksPath") == ".husky"


def test_a_moved_worktree_is_found_again_by_repair(grid: InitialisedGrid) -> None:
    moved = grid.desks["a1"].path.with_name("elsewhere")
    grid.desks["a1"].path.rename(moved)
    assert status_of(grid.main)["agents"][0]["state"] == "missing"

    answer = agentgrid(grid.main, "agent", "repair")

    assert (answer.code, f"registered at {moved}" in answer.out) == (0, True)
    agent = first_of(grid)
    assert (agent["state"], agent["worktree"]) == ("ready", str(moved))
    assert try_commit(Sandbox(moved), ORDERS).code == 1


def test_a_repository_that_was_moved_whole_is_mended_by_repair(grid: InitialisedGrid, tmp_path: Path) -> None:
    top = grid.main.path.parent
    place = tmp_path / "moved house"
    put_back(top, place)
    shutil.rmtree(top)
    main, desk = Sandbox(place / "shop"), Sandbox(place / "shop-a1")

    mended = agentgrid(main, "agent", "repair")

    assert mended.code == 0, mended.err
    data = status_of(main)
    assert ([each["state"] for each in data["agents"]], data["warnings"]) == (["ready", "ready"], [])
    assert data["agents"][0]["worktree"] == str(desk.path)
    assert try_commit(desk, BILLING).code == 0
    assert try_commit(desk, ORDERS).code == 1


@pytest.mark.parametrize(
    "content", [b"", b"\0\xff", b"[]", b"{", b'{"KEY": 3}', b'{"KEY": {"ahead": "x"}}', b'{"KEY": {"ahead": 7}}']
)
def test_a_spoilt_memory_of_facts_spoils_no_answer(grid: InitialisedGrid, content: bytes) -> None:
    assert try_commit(grid.desks["a1"], BILLING).code == 0
    before = status_of(grid.main)
    memory = grid.main.path / ".git/agentgrid/cache/branch-facts.json"
    key = next(iter(json.loads(memory.read_bytes())))
    memory.write_bytes(content.replace(b"KEY", key.encode()))

    assert status_of(grid.main) == before


def test_status_leaves_index_and_files_alone(grid: InitialisedGrid) -> None:
    desk = grid.desks["a1"]
    index = grid.main.path / ".git/worktrees/shop-a1/index"
    os.utime(desk.path / BILLING)
    before = (index.read_bytes(), index.stat().st_mtime_ns)

    status_of(grid.main)

    assert (index.read_bytes(), index.stat().st_mtime_ns) == before
