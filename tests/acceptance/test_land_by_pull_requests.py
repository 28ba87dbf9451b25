"""`land` where the server merges: the same rules as here, then the pull requests, in the proposed order."""

from pathlib import Path

import pytest

from support.github import GitHub, make_github
from support.granting import BILLING, ORDERS, GrantScene, make_grant_scene


@pytest.fixture
def scene(tmp_path: Path) -> GrantScene:
    made = make_grant_scene(tmp_path)
    policy = made.main.read("agentgrid.yaml")
    made.main.commit("Land by pull requests", **{"agentgrid.yaml": policy + "land: {via: pr, strategy: squash}\n"})
    made.main.git("push", "--quiet", "origin", "main")
    return made


@pytest.fixture
def hub(scene: GrantScene, tmp_path: Path) -> GitHub:
    return make_github(tmp_path / "tools", scene.server)


def open_two(hub: GitHub, scene: GrantScene) -> None:
    scene.desk("a2").commit("Bill", **{BILLING: "VAT = 1\n"})
    scene.desk("a1").commit("Order", **{ORDERS: "ORDERS = [1]\n"})
    assert hub.agentgrid(scene.main, "pr", "a1", "a2").code == 0


def test_pull_requests_are_merged_and_recognised(hub: GitHub, scene: GrantScene) -> None:
    open_two(hub, scene)

    plan = hub.agentgrid(scene.main, "land", "--all", "--dry-run")
    done = hub.agentgrid(scene.main, "land", "--all", "--json")

    assert (plan.code, "merged by the server, through their pull requests" in plan.out) == (0, True)
    assert (done.code, done.data["ejected"]) == (0, [])
    assert {each["agent"] for each in done.data["landed"]} == {"a1", "a2"}
    assert done.data["base_after"] == scene.server.oid("main")
    assert len(hub.asked("pr", "merge")) == 2
    assert scene.server.git("show", f"main:{BILLING}") == "VAT = 1"


def test_what_breaks_a_rule_is_ejected_before_the_server_is_asked(hub: GitHub, scene: GrantScene) -> None:
    open_two(hub, scene)
    scene.desk("a2").commit("Reach over", **{ORDERS: "ORDERS = [2]\n"})

    done = hub.agentgrid(scene.main, "land", "a2", "--json")

    assert (done.code, done.data["landed"]) == (1, [])
    assert [(each["agent"], each["stage"]) for each in done.data["ejected"]] == [("a2", "verdict")]
    assert hub.asked("pr", "merge") == []


def test_who_has_no_pull_request_is_told_how_to_get_one(hub: GitHub, scene: GrantScene) -> None:
    scene.desk("a2").commit("Bill", **{BILLING: "VAT = 1\n"})

    done = hub.agentgrid(scene.main, "land", "a2")

    assert (done.code, "agentgrid pr a2" in done.out) == (1, True)


def test_nothing_is_pushed_to_a_base_that_the_server_moves(hub: GitHub, scene: GrantScene) -> None:
    open_two(hub, scene)
    assert hub.agentgrid(scene.main, "land", "a1", "--push").code == 2
