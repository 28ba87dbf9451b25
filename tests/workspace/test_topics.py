"""Starting an agent's next topic."""

import shutil
from pathlib import Path

import pytest

from agentgrid.errors import GitError, InputError, Refused, WouldLoseWork
from agentgrid.git.base_ref import resolve_base
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.topics import Started, fetch_base, start_topic
from support.desks import make_desk, make_policy, no_hooks, open_repository
from support.repositories import Sandbox

NEXT = "feat/core/next__a1"


@pytest.fixture
def work(repo: Sandbox) -> Sandbox:
    return make_desk(open_repository(repo), make_policy())[1]


def start(repo: Sandbox, branch: str = NEXT, start_point: str | None = None) -> Started:
    repository = open_repository(repo)
    base = resolve_base(repository, "main")
    return start_topic(repository, make_policy(), base, "a1", branch, start_point=start_point, equip=no_hooks)


def test_a_new_branch_from_the_base_under_a_new_incarnation(repo: Sandbox, work: Sandbox) -> None:
    before = find_desks(open_repository(repo))["a1"].incarnation
    work.commit("Earlier topic", n="x")
    oid = repo.commit("Base moves")
    started = start(repo)
    assert (started.previous_branch, started.is_new_worktree) == ("feat/core/cache__a1", False)
    assert (work.oid(), work.git("branch", "--show-current"), work.status()) == (oid, NEXT, "")
    assert started.incarnation == find_desks(open_repository(repo))["a1"].incarnation != before


def test_a_start_point_is_followed(repo: Sandbox, work: Sandbox) -> None:
    oid = work.commit("Earlier topic", n="x")
    assert start(repo, start_point="feat/core/cache__a1").start_oid == work.oid() == oid


def test_an_agent_without_a_worktree_gets_one(repo: Sandbox) -> None:
    started = start(repo)
    assert (started.is_new_worktree, Sandbox(started.path).git("branch", "--show-current")) == (True, NEXT)


@pytest.mark.parametrize("path", ["README.md", "untracked.txt"])
def test_uncommitted_work_is_refused_by_name(repo: Sandbox, work: Sandbox, path: str) -> None:
    work.write(path, "mine\n")
    with pytest.raises(WouldLoseWork, match=f"a1 has uncommitted work: {path}"):
        start(repo)
    assert work.git("branch", "--show-current") == "feat/core/cache__a1"


def test_the_focus_file_is_no_work(repo: Sandbox, work: Sandbox) -> None:
    work.write("AGENT_FOCUS.md", "focus\n")
    assert start(repo).branch == NEXT


def test_a_branch_that_exists_is_refused(repo: Sandbox, work: Sandbox) -> None:
    with pytest.raises(InputError, match="the branch feat/core/cache__a1 exists already"):
        start(repo, "feat/core/cache__a1")


def test_an_operation_in_progress_is_refused(repo: Sandbox, work: Sandbox) -> None:
    work.git("bisect", "start")
    with pytest.raises(Refused, match="a bisect is in progress") as caught:
        start(repo)
    assert caught.value.hint == f"finish it, or: git -C {work.path} bisect reset"


def test_a_locked_worktree_is_refused(repo: Sandbox, work: Sandbox) -> None:
    repo.git("worktree", "lock", work.path)
    with pytest.raises(Refused, match="is locked"):
        start(repo)


def test_commits_on_no_branch_are_refused(repo: Sandbox, work: Sandbox) -> None:
    work.git("switch", "--quiet", "--detach")
    work.commit("On no branch", n="x")
    with pytest.raises(WouldLoseWork, match="commits that are on no branch"):
        start(repo)


def test_an_ignored_file_in_the_way_is_not_overwritten(repo: Sandbox, work: Sandbox) -> None:
    (repo.path / ".git/info/exclude").write_text("local.env\n")
    repo.write("local.env", "theirs\n")
    repo.git("add", "--force", "local.env")
    repo.commit("Tracked by now")
    work.write("local.env", "mine\n")
    with pytest.raises(GitError):
        start(repo)
    assert work.read("local.env") == "mine\n"


def test_fetching_brings_what_a_teammate_landed(repo: Sandbox, tmp_path: Path) -> None:
    server = repo.serve(tmp_path / "server.git")
    mate = server.clone(tmp_path / "mate")
    oid = mate.commit("Landed")
    mate.git("push", "--quiet")
    repository = open_repository(repo)
    assert fetch_base(repository, "main") is None
    assert resolve_base(repository, "main").oid == oid


def test_a_remote_that_is_gone_is_a_warning(repo: Sandbox, tmp_path: Path) -> None:
    repo.serve(tmp_path / "server.git")
    shutil.rmtree(tmp_path / "server.git")
    warning = fetch_base(open_repository(repo), "main")
    assert warning is not None
    assert warning.startswith("origin could not be fetched (fatal: ")
    assert warning.endswith("; origin/main is as it was last seen")


def test_without_a_remote_there_is_nothing_to_fetch(repo: Sandbox) -> None:
    assert fetch_base(open_repository(repo), "main") is None
