"""The base: the local branch or its upstream, whichever contains the other."""

from pathlib import Path

import pytest

from agentgrid.errors import InputError
from agentgrid.git.base_ref import Base, find_default_branch, find_upstream, resolve_base, short_ref
from support.desks import open_repository
from support.repositories import Sandbox, create_repository

LOCAL, UPSTREAM = "refs/heads/main", "refs/remotes/origin/main"


def base_of(repo: Sandbox, branch: str = "main") -> Base:
    return resolve_base(open_repository(repo), branch)


@pytest.fixture
def server(repo: Sandbox, tmp_path: Path) -> Sandbox:
    return repo.serve(tmp_path / "server.git")


def land_elsewhere(repo: Sandbox, server: Sandbox, tmp_path: Path) -> str:
    mate = server.clone(tmp_path / "mate")
    oid = mate.commit("Teammate")
    mate.git("push", "--quiet")
    repo.git("fetch", "--quiet")
    return oid


def test_without_a_remote_the_local_branch_counts(repo: Sandbox) -> None:
    assert base_of(repo) == Base("main", LOCAL, repo.oid(), ((LOCAL, repo.oid()),))


def test_equal_branches_are_the_upstream(repo: Sandbox, server: Sandbox) -> None:
    oid = repo.oid()
    assert base_of(repo) == Base("main", UPSTREAM, oid, ((LOCAL, oid), (UPSTREAM, oid)))


def test_a_stale_local_branch_gives_way_to_its_upstream(repo: Sandbox, server: Sandbox, tmp_path: Path) -> None:
    oid = land_elsewhere(repo, server, tmp_path)
    assert base_of(repo) == Base("main", UPSTREAM, oid, ((LOCAL, repo.oid()), (UPSTREAM, oid)))


def test_unpushed_commits_of_the_local_branch_count(repo: Sandbox, server: Sandbox) -> None:
    pushed, oid = repo.oid(), repo.commit("Not pushed")
    assert base_of(repo) == Base("main", LOCAL, oid, ((LOCAL, oid), (UPSTREAM, pushed)))


def test_where_they_diverged_the_upstream_counts_with_a_warning(repo: Sandbox, server: Sandbox, tmp_path: Path) -> None:
    oid = land_elsewhere(repo, server, tmp_path)
    repo.commit("Not pushed")
    found = base_of(repo)
    assert (found.ref, found.oid) == (UPSTREAM, oid)
    assert found.warning == "main and its upstream have diverged; origin/main counts as the base"


def test_a_branch_that_is_only_on_the_remote_will_do(repo: Sandbox, server: Sandbox) -> None:
    repo.switch("feature")
    repo.git("branch", "-D", "main")
    assert base_of(repo) == Base("main", UPSTREAM, repo.oid(), ((LOCAL, None), (UPSTREAM, repo.oid())))


def test_an_upstream_that_is_gone_is_looked_at_and_doesn_t_count(repo: Sandbox, server: Sandbox) -> None:
    repo.git("update-ref", "-d", UPSTREAM)
    assert base_of(repo) == Base("main", LOCAL, repo.oid(), ((LOCAL, repo.oid()), (UPSTREAM, None)))


def test_a_remote_that_was_never_fetched_is_looked_at(repo: Sandbox) -> None:
    repo.git("remote", "add", "origin", "/nowhere")
    assert base_of(repo).refs == ((LOCAL, repo.oid()), (UPSTREAM, None))
    assert find_upstream(open_repository(repo), "main") is None


def test_the_configured_upstream_counts_before_a_namesake(repo: Sandbox, server: Sandbox) -> None:
    repo.git("push", "--quiet", "origin", "main:trunk")
    repo.git("branch", "--set-upstream-to=origin/trunk", "main")
    assert find_upstream(open_repository(repo), "main") == "refs/remotes/origin/trunk"


def test_a_local_upstream_is_none(repo: Sandbox, server: Sandbox) -> None:
    repo.branch("other")
    repo.git("branch", "--set-upstream-to=other", "main")
    assert base_of(repo) == Base("main", LOCAL, repo.oid(), ((LOCAL, repo.oid()),))


def test_of_several_remotes_origin_is_asked_and_no_other(repo: Sandbox) -> None:
    for remote in ("fork", "mirror"):
        repo.git("remote", "add", remote, "/nowhere")
        repo.git("update-ref", f"refs/remotes/{remote}/main", "HEAD")
    assert find_upstream(open_repository(repo), "main") is None
    repo.git("remote", "add", "origin", "/nowhere")
    repo.git("update-ref", UPSTREAM, "HEAD")
    assert find_upstream(open_repository(repo), "main") == UPSTREAM


def test_branches_below_its_name_lend_it_no_upstream(repo: Sandbox, server: Sandbox) -> None:
    for name in ("release/1", "release/2"):
        repo.git("push", "--quiet", "origin", f"main:{name}")
        repo.git("branch", "--track", name, f"origin/{name}")
    assert find_upstream(open_repository(repo), "release") is None
    with pytest.raises(InputError, match="there is no branch 'release'"):
        base_of(repo, "release")


@pytest.mark.parametrize("name", ["main^", "main~0", "main@{0}", "", "-x", "a b", "main:README.md", "HEAD", "x\0y"])
def test_a_revision_is_no_branch(repo: Sandbox, name: str) -> None:
    with pytest.raises(InputError, match="can't be a branch's name"):
        base_of(repo, name)


def test_a_missing_branch_and_a_missing_commit_are_told_apart(repo: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no branch 'trunk'") as raised:
        base_of(repo, "trunk")
    assert raised.value.hint == "name the one that work lands on: `--base BRANCH`"
    with pytest.raises(InputError, match="this repository has no commit yet") as raised:
        base_of(create_repository(tmp_path / "empty"))
    assert raised.value.hint == "git commit --allow-empty -m 'Start'"


def test_the_default_is_what_the_remote_calls_its_head(repo: Sandbox, server: Sandbox) -> None:
    repo.git("push", "--quiet", "origin", "main:team/trunk")
    repo.git("remote", "set-head", "origin", "team/trunk")
    assert find_default_branch(open_repository(repo)) == "team/trunk"


def test_without_a_remote_the_main_worktree_decides_between_main_and_master(repo: Sandbox, tmp_path: Path) -> None:
    repo.branch("master")
    linked = repo.worktree(tmp_path / "linked", "feature")
    assert find_default_branch(open_repository(linked)) == "main"
    repo.git("switch", "--quiet", "master")
    assert [find_default_branch(open_repository(where)) for where in (repo, linked)] == ["master", "master"]
    repo.git("switch", "--quiet", "-c", "topic")
    assert find_default_branch(open_repository(linked)) == "main"


def test_another_name_is_no_default(repo: Sandbox) -> None:
    repo.git("branch", "--move", "trunk")
    assert find_default_branch(open_repository(repo)) is None


def test_refs_are_shown_short() -> None:
    assert [short_ref(ref) for ref in (LOCAL, UPSTREAM, "refs/tags/v1")] == ["main", "origin/main", "refs/tags/v1"]
