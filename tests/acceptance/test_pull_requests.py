"""Pull requests on a server that squashes: what has landed is recognised, and the next topic isn't charged for it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from support.granting import BILLING, ORDERS, GrantScene, make_grant_scene
from support.grids import attempt, try_commit
from support.program import agentgrid

COMMON, TAX = "services/common/cache.py", "services/billing/tax.py"


@pytest.fixture
def scene(tmp_path: Path) -> GrantScene:
    scene = make_grant_scene(tmp_path)
    scene.main.git("branch", "--set-upstream-to", "origin/main", "main")
    return scene


def push_work(scene: GrantScene, *paths: str) -> str:
    """Commits and pushes as agent a2, with every hook; the branch."""
    desk = scene.desk("a2")
    for path in paths:
        assert try_commit(desk, path).code == 0
    done = attempt(desk, "push", "--quiet", "origin", "HEAD")
    assert done.code == 0, done
    return scene.branch("a2")


def merge_on_server(
    scene: GrantScene, branch: str, how: str, tmp_path: Path, *, message: str = "A pull request"
) -> None:
    """What a server does when somebody presses the button, in a clone that has no agentgrid."""
    clone = scene.server.clone(tmp_path / f"button-{len(os.listdir(tmp_path))}")
    if how == "squash":
        clone.git("merge", "--quiet", "--squash", f"origin/{branch}")
        clone.git("commit", "--quiet", "-m", message)
    elif how == "merge":
        clone.git("merge", "--quiet", "--no-ff", "-m", message, f"origin/{branch}")
    else:
        clone.git("switch", "--quiet", "-c", "picked", f"origin/{branch}")
        clone.git("rebase", "--quiet", "--force-rebase", "main")
        clone.git("switch", "--quiet", "main")
        clone.git("merge", "--quiet", "--ff-only", "picked")
    clone.git("push", "--quiet", "origin", "main")


def next_topic(scene: GrantScene, topic: str) -> None:
    started = agentgrid(scene.desk("a2"), "start", "a2", topic)
    assert started.code == 0, started


def findings(scene: GrantScene, place: Path, branch: str) -> list[str]:
    found = scene.check_in_ci(place, branch)
    assert found.code in {0, 1}, found
    return [each["rule"] for each in found.data["findings"]]


@pytest.mark.parametrize("how", ["squash", "merge", "rebase"])
def test_what_has_landed_is_recognised_and_its_lease_is_over(scene: GrantScene, how: str, tmp_path: Path) -> None:
    branch = push_work(scene, BILLING, COMMON)
    assert [each["holder"] for each in agentgrid(scene.main, "locks", "--json").data] == ["a2"]
    merge_on_server(scene, branch, how, tmp_path)
    scene.main.git("fetch", "--quiet", "origin")
    states = {each["id"]: each["state"] for each in agentgrid(scene.main, "status", "--json").data["agents"]}
    assert states["a2"] == "landed"
    assert agentgrid(scene.main, "locks", "--json").data == []


@pytest.mark.parametrize("how", ["squash", "merge", "rebase"])
def test_the_next_topic_is_not_charged_for_it(scene: GrantScene, how: str, tmp_path: Path) -> None:
    merge_on_server(scene, push_work(scene, BILLING, COMMON), how, tmp_path)
    next_topic(scene, "second")
    branch = push_work(scene, TAX)
    found = scene.check_in_ci(tmp_path / "clone", branch)
    assert (found.code, found.data["findings"]) == (0, [])


@pytest.mark.parametrize("how", ["squash", "merge", "rebase"])
def test_a_branch_that_goes_on_after_its_squash_is_charged_for_what_is_new(
    scene: GrantScene, how: str, tmp_path: Path
) -> None:
    granted = scene.grant("main", ORDERS, "--to", "a2", "--key", scene.keys.jane)
    assert granted.code == 0
    branch = push_work(scene, BILLING, ORDERS)
    assert findings(scene, tmp_path / "before", branch) == []
    merge_on_server(scene, branch, how, tmp_path)
    scene.main.git("fetch", "--quiet", "origin")
    push_work(scene, TAX)
    assert findings(scene, tmp_path / "after", branch) == []


def test_trailers_that_a_squash_has_lost_are_no_finding(scene: GrantScene, tmp_path: Path) -> None:
    branch = push_work(scene, BILLING, COMMON)
    merge_on_server(scene, branch, "squash", tmp_path)
    assert "Agent:" not in scene.server.git("log", "-1", "--format=%B", "main")
    next_topic(scene, "second")
    branch = push_work(scene, COMMON)
    assert findings(scene, tmp_path / "clone", branch) == []
    person = scene.main.clone(tmp_path / "person")
    person.git("switch", "--quiet", "-c", "fix/anything", "origin/main")
    person.commit("By a person", **{ORDERS: "FIXED = 1\n"})
    checked = agentgrid(person, "check", "--base", "origin/main", "--head", "HEAD", "--json")
    assert (checked.code, checked.data["findings"]) == (0, [])


@pytest.mark.parametrize(
    "slip", [lambda scene: ORDERS, lambda scene: "LICENSE"], ids=["a foreign path", "a frozen path"]
)
def test_the_twin_a_topic_that_slips_something_in_is_charged_for_it(
    scene: GrantScene, slip: Callable[[GrantScene], str], tmp_path: Path
) -> None:
    merge_on_server(scene, push_work(scene, BILLING), "squash", tmp_path)
    next_topic(scene, "second")
    desk = scene.desk("a2")
    desk.commit("Slip in", **{slip(scene): "SLIPPED = 1\n", TAX: "TAX = 1\n"})
    desk.git("push", "--quiet", "--no-verify", "origin", "HEAD")
    assert len(findings(scene, tmp_path / "clone", scene.branch("a2"))) == 1
