"""Finding and mending what git and the desks disagree about."""

import os
import shutil

import pytest

from agentgrid.workspace.desks import CHECKOUT_MARKER, find_desks
from agentgrid.workspace.repair import find_faults, repair
from support.desks import make_desk, make_policy, open_repository
from support.repositories import Sandbox


@pytest.fixture
def work(repo: Sandbox) -> Sandbox:
    return make_desk(open_repository(repo), make_policy())[1]


def faults(repo: Sandbox) -> list[tuple[str, str, str]]:
    return [(fault.agent, fault.kind, fault.mend) for fault in find_faults(open_repository(repo), make_policy())]


def mend(repo: Sandbox, *, dry_run: bool = False) -> list[tuple[str, str, bool]]:
    mended = repair(open_repository(repo), make_policy(), dry_run=dry_run)
    return [(each.fault.kind, each.action, each.is_done) for each in mended]


def test_a_healthy_desk_has_no_fault(repo: Sandbox, work: Sandbox) -> None:
    assert (faults(repo), mend(repo)) == ([], [])


def test_a_moved_worktree_is_found_beside_its_old_place_and_registered_there(repo: Sandbox, work: Sandbox) -> None:
    moved = work.path.parent / "elsewhere"
    os.rename(work.path, moved)
    command = f"git worktree repair {moved}"
    assert faults(repo) == [("a1", "moved", command)]
    assert mend(repo, dry_run=True) == [("moved", command, False)]
    assert mend(repo) == [("moved", f"registered at {moved}", True)]
    assert (faults(repo), find_desks(open_repository(repo))["a1"].worktree.path) == ([], moved)


def test_a_moved_repository_is_connected_again(repo: Sandbox, work: Sandbox) -> None:
    moved = Sandbox(repo.path.parent / "renamed")
    os.rename(repo.path, moved.path)
    assert faults(moved) == [("a1", "moved", f"git worktree repair {work.path}")]
    assert mend(moved) == [("moved", f"registered at {work.path}", True)]
    assert work.status() == ""


def test_a_deleted_worktree_is_told_and_nothing_is_destroyed(repo: Sandbox, work: Sandbox) -> None:
    shutil.rmtree(work.path)
    assert mend(repo) == [("deleted", "agentgrid remove a1", False)]
    assert faults(repo) == [("a1", "deleted", "agentgrid remove a1")]


def test_a_head_detached_at_its_own_branch_goes_back_with_its_changes(repo: Sandbox, work: Sandbox) -> None:
    work.git("switch", "--quiet", "--detach")
    work.write("README.md", "changed\n")
    assert mend(repo) == [("detached", "back on feat/core/cache__a1", True)]
    assert (work.git("branch", "--show-current"), work.status()) == ("feat/core/cache__a1", " M README.md")


def test_a_head_detached_at_other_commits_is_only_told(repo: Sandbox, work: Sandbox) -> None:
    work.git("switch", "--quiet", "--detach")
    work.commit("On no branch")
    assert mend(repo) == [("detached", f"git -C {work.path} switch -c BRANCH", False)]


def test_a_rebase_in_progress_is_no_fault(repo: Sandbox, work: Sandbox) -> None:
    work.commit("Ours", **{"README.md": "ours\n"})
    repo.commit("Theirs", **{"README.md": "theirs\n"})
    work.git("rebase", "main", accept=(1,))
    assert faults(repo) == []


def test_a_foreign_branch_is_told(repo: Sandbox, work: Sandbox) -> None:
    work.git("switch", "--quiet", "-c", "feat/ai/cache__a2")
    assert faults(repo) == [("a1", "foreign-branch", f"git -C {work.path} switch BRANCH")]


def test_a_branch_that_is_recorded_as_the_agents_is_no_fault(repo: Sandbox, work: Sandbox) -> None:
    work.git("switch", "--quiet", "-c", "sub-agent-7")
    assert find_faults(open_repository(repo), make_policy(), recorded={"sub-agent-7"}) == []


def test_an_unfinished_checkout_is_finished(repo: Sandbox, work: Sandbox) -> None:
    admin = find_desks(open_repository(repo))["a1"].worktree.admin_dir
    (admin / CHECKOUT_MARKER).touch()
    (admin / "index").unlink()
    (work.path / "README.md").unlink()
    assert faults(repo) == [("a1", "incomplete", "agentgrid agent repair")]
    assert mend(repo) == [("incomplete", f"finished: {work.path}", True)]
    assert (work.status(), faults(repo)) == ("", [])
