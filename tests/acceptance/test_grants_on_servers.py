"""A signed grant counts in a CI server's run, in a merge queue and in pre-receive; without it the same is refused."""

from pathlib import Path

import pytest

from support.ci_servers import check_out, merge_group, merge_request, pull_request
from support.granting import BILLING, ORDERS, GrantScene, make_grant_scene
from support.grids import attempt
from support.program import agentgrid
from support.repositories import Sandbox
from support.servers import install_pre_receive

GRANTS = "+refs/agentgrid/grants/*:refs/agentgrid/grants/*"


@pytest.fixture
def scene(tmp_path: Path) -> GrantScene:
    """The server judges pushes, and a person has let a2 into orders."""
    scene = make_grant_scene(tmp_path)
    install_pre_receive(scene.server)
    given = scene.grant("main", ORDERS, "--to", "a2", "--key", scene.keys.jane)
    assert (given.code, given.data["signed"]) == (0, True), given
    return scene


def push_work(scene: GrantScene) -> str:
    """A change of what the grant says, pushed with the agent's own hooks; its commit."""
    desk = scene.desk("a2")
    head = desk.commit("Work", **{ORDERS: "LET_IN = 1\n", BILLING: "OWN = 1\n"})
    done = attempt(desk, "push", "--quiet", "origin", "HEAD")
    assert done.code == 0, done.said
    return head


def test_pre_receive_lets_in_whom_a_grant_that_went_ahead_lets_in(scene: GrantScene) -> None:
    desk = scene.desk("a2")
    desk.commit("Work", **{ORDERS: "LET_IN = 1\n"})
    without = attempt(desk, "push", "--no-verify", "origin", "HEAD")
    assert (without.code, "[ownership.foreign]" in without.said) == (1, True)
    push_work(scene)


@pytest.mark.parametrize("kind", ["pull request", "merge request"])
def test_a_run_sees_the_grants_that_its_clone_has(scene: GrantScene, tmp_path: Path, kind: str) -> None:
    head, branch = push_work(scene), scene.branch("a2")
    env = pull_request(tmp_path / "job", head, branch) if kind == "pull request" else merge_request(head, branch)
    clone = check_out(scene.server, tmp_path / "clone", head)
    assert agentgrid(clone, "check", "--ci", env=env).code == 1
    clone.git("fetch", "--quiet", "origin", GRANTS)
    assert agentgrid(clone, "check", "--ci", env=env).code == 0


@pytest.mark.parametrize("way", ["merge", "squash"])
def test_a_merge_queue_sees_them_too(scene: GrantScene, tmp_path: Path, way: str) -> None:
    push_work(scene)
    author = Sandbox(scene.main.path)
    start = author.oid("main")
    author.git("switch", "--quiet", "-c", "queue")
    if way == "merge":
        author.git("merge", "--quiet", "--no-ff", "-m", "Merge", scene.branch("a2"))
    else:
        author.git("merge", "--quiet", "--squash", scene.branch("a2"))
        message = "Work (#7)\n\n* Work\n\nAgent: a2\n\n* More\n\nCo-authored-by: Jane <jane@example.com>"
        author.git("commit", "--quiet", "-m", message)
    head = author.oid()
    author.git("push", "--quiet", "origin", f"HEAD:gh-readonly-queue/main/pr-7-{start}")
    clone = check_out(scene.server, tmp_path / "clone", head)
    env = merge_group(tmp_path / "job", head, start)
    assert agentgrid(clone, "check", "--ci", env=env).code == 1
    clone.git("fetch", "--quiet", "origin", GRANTS)
    assert agentgrid(clone, "check", "--ci", env=env).code == 0
