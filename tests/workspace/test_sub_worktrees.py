"""Worktrees that are made inside an agent's one: the same agent's, guarded, never taken for its desk."""

from pathlib import Path

import pytest

from agentgrid.errors import Refused
from agentgrid.grid import Grid
from agentgrid.workspace.acting import worktree_agent
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.hook_section import find_stale_sections
from agentgrid.workspace.hookdir import find_hook_faults
from agentgrid.workspace.identity import read_identity
from agentgrid.workspace.removal import assess_removal, remove_desk
from agentgrid.workspace.sub_worktrees import find_sub_worktrees, find_untended, mend_sub_worktrees
from support.grids import BILLING, ORDERS, GridSandbox, admin_dir_of, attempt, make_grid, try_commit
from support.program import agentgrid
from support.repositories import Sandbox


@pytest.fixture
def grid(tmp_path: Path) -> GridSandbox:
    return make_grid(tmp_path / "shop")


@pytest.fixture
def sub(a2: Sandbox) -> Sandbox:
    """As a client's sub-agents do it: below the agent's own worktree, on a branch of their naming."""
    return add_sub(a2, ".claude/worktrees/sub", "-b", "worktree-sub")


def add_sub(desk: Sandbox, place: str, *options: str) -> Sandbox:
    done = attempt(desk, "worktree", "add", "--quiet", *options, place)
    assert done.code == 0, done.said
    return Sandbox((desk.path / place).resolve())


def test_it_is_the_same_agents_under_an_incarnation_of_its_own(grid: GridSandbox, a2: Sandbox, sub: Sandbox) -> None:
    own, other = read_identity(admin_dir_of(a2)), read_identity(admin_dir_of(sub))
    assert own is not None
    assert other is not None
    assert (other[0], other[1] != own[1]) == ("a2", True)
    assert Grid.open(sub.path).acting_agent() == "a2"


def test_its_commits_are_guarded_also_past_no_verify(sub: Sandbox) -> None:
    assert try_commit(sub, BILLING).code == 0
    assert "services/orders/main.py belongs to a1" in try_commit(sub, ORDERS).said
    assert attempt(sub, "commit", "--no-verify", "-m", "Past it").code != 0


def test_without_the_hook_that_takes_it_in_the_same_commit_goes_through(grid: GridSandbox, a2: Sandbox) -> None:
    section = f"includeIf.gitdir:./worktrees/{admin_dir_of(a2).name}"
    grid.main.git("config", "--local", "--remove-section", section)
    assert try_commit(add_sub(a2, "../sub", "--detach"), ORDERS).code == 0


def test_the_repositorys_own_hook_still_runs_for_it(grid: GridSandbox, a2: Sandbox) -> None:
    own = grid.main.path / ".git/hooks/post-checkout"
    own.parent.mkdir(exist_ok=True)
    own.write_text('#!/bin/sh\necho "own: ${PWD##*/} $3" >&2\n')
    own.chmod(0o755)
    done = attempt(a2, "worktree", "add", "--quiet", "--detach", "../sub")
    assert done.said == "agentgrid: this worktree is a2's too, and guarded as its own is\nown: sub 1\n"
    assert attempt(a2, "switch", "--quiet", "-c", "feat/a2/other__a2").said == "own: wt-a2 1\n"


def test_a_sub_worktree_of_a_sub_worktree_is_taken_in_too(sub: Sandbox) -> None:
    inner = add_sub(sub, "inner", "--detach")
    assert Grid.open(inner.path).acting_agent() == "a2"
    assert try_commit(inner, ORDERS).code == 1


def test_the_desk_is_still_the_agents_first_worktree(grid: GridSandbox, a2: Sandbox) -> None:
    add_sub(a2, "../a-comes-first", "--detach")
    assert find_desks(grid.repository)["a2"].worktree.path == a2.path
    assert [each.worktree.path.name for each in find_sub_worktrees(grid.repository)] == ["a-comes-first"]
    assert find_hook_faults(grid.repository, "a2", admin_dir_of(a2)) == []
    assert find_untended(grid.repository) == []
    status = agentgrid(grid.main, "status", "--json")
    assert [(each["id"], each["worktree"]) for each in status.data["agents"]][1] == ("a2", str(a2.path))
    assert status.data["warnings"] == []


def test_a_worktree_that_a_person_makes_is_a_persons(grid: GridSandbox) -> None:
    mine = add_sub(grid.main, "../mine", "-b", "mine")
    assert (Grid.open(mine.path).acting_agent(), try_commit(mine, ORDERS).code) == (None, 0)


def test_removing_the_agent_names_its_sub_worktrees_and_refuses(grid: GridSandbox, a2: Sandbox, sub: Sandbox) -> None:
    repository, desk = grid.repository, find_desks(grid.repository)["a2"]
    in_force = Grid.open(grid.main.path).in_force
    plan = assess_removal(repository, desk, in_force.base)
    for force in (False, True):
        with pytest.raises(Refused, match=f"a2 made more worktrees: {sub.path}"):
            remove_desk(repository, plan, force=force)
    assert try_commit(sub, ORDERS).code == 1


def test_once_git_has_removed_it_nothing_is_left_after_the_next_repair(grid: GridSandbox, a2: Sandbox) -> None:
    sub = add_sub(a2, "../sub", "--detach")
    a2.git("worktree", "remove", sub.path)
    assert find_stale_sections(grid.repository) == ["includeIf.gitdir:./worktrees/sub"]
    assert mend_sub_worktrees(grid.repository) == ["configuration: 1 section(s) of worktrees that are gone taken out"]
    assert "worktrees/sub" not in (grid.main.path / ".git/config").read_text()
    assert (find_untended(grid.repository), mend_sub_worktrees(grid.repository)) == ([], [])
    assert agentgrid(grid.main, "remove", "a2", "--force").code == 0


def test_a_guard_that_was_taken_off_it_is_seen_and_mended(grid: GridSandbox, a2: Sandbox) -> None:
    sub = add_sub(a2, "../sub", "--detach")
    grid.main.git("config", "--local", "--remove-section", "includeIf.gitdir:./worktrees/sub")
    assert find_untended(grid.repository) == [f"a2: core.hooksPath is not set in the worktree of a2 at {sub.path}"]
    assert mend_sub_worktrees(grid.repository) == [f"a2: hooks put in order in {sub.path}"]
    assert (find_untended(grid.repository), try_commit(sub, ORDERS).code) == ([], 1)


def test_uninstalling_takes_its_identity_and_its_section_out(grid: GridSandbox, sub: Sandbox) -> None:
    assert agentgrid(grid.main, "uninstall", "--yes").code == 0
    assert (read_identity(admin_dir_of(sub)), try_commit(sub, ORDERS).code) == (None, 0)
    assert "includeIf" not in (grid.main.path / ".git/config").read_text()


def test_where_no_hook_ran_the_branch_says_whose_it_is(grid: GridSandbox, a2: Sandbox) -> None:
    recorded = add_sub(a2, "../recorded", "--no-checkout", "-b", "worktree-7")
    named = add_sub(grid.main, "../named", "--no-checkout", "-b", "feat/a1/more__a1")
    nobodys = add_sub(grid.main, "../nobodys", "--no-checkout", "-b", "mine")
    detached = add_sub(grid.main, "../detached", "--no-checkout", "--detach")
    places = [recorded, named, nobodys, detached]
    assert [read_identity(admin_dir_of(each)) for each in places] == [None] * 4
    assert [Grid.open(each.path).acting_agent() for each in places] == ["a2", "a1", None, None]
    assert [worktree_agent(Grid.open(each.path).repository) for each in places] == [None] * 4
    grid.main.git("switch", "--quiet", "-c", "feat/a1/mine__a1")
    assert Grid.open(grid.main.path).acting_agent() is None
