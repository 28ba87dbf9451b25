"""Pull requests landed in order, each at exactly what was judged; recognised in the base, or ejected with a reason."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from agentgrid.errors import OutsideError
from agentgrid.grid import Grid
from agentgrid.integration.landing.model import Candidate
from agentgrid.integration.pull_requests.landing import (
    Manner,
    Patience,
    PrLanding,
    land_by_pull_requests,
)
from support.github import FAILED, PASSED, RUNNING, GitHub, make_github
from support.granting import BILLING, ORDERS, GrantScene, make_grant_scene
from support.program import agentgrid

STRATEGIES = ["merge", "squash", "rebase"]
TAX = "services/billing/tax.py"


@pytest.fixture
def scene(tmp_path: Path) -> GrantScene:
    return make_grant_scene(tmp_path)


@pytest.fixture
def hub(scene: GrantScene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    made = make_github(tmp_path / "tools", scene.server)
    monkeypatch.setenv("PATH", made.path)
    return made


def work(scene: GrantScene, agent: str = "a2", path: str = BILLING, text: str = "VAT = 1\n") -> str:
    return scene.desk(agent).commit("Work", **{path: text})


def open_pull_requests(hub: GitHub, scene: GrantScene, *agents: str) -> None:
    done = hub.agentgrid(scene.main, "pr", *agents, "--json")
    assert [each["state"] for each in done.data] == ["opened"] * len(agents), done


def land(
    scene: GrantScene, *agents: str, strategy: str = "merge", is_queued: bool = False, wait_s: float = 9.0,
    heads: dict[str, str] | None = None, told: list[str] | None = None,
    hear: Callable[[str, str], None] = lambda *_: None,
) -> PrLanding:  # fmt: skip
    order: Sequence[Candidate] = [
        Candidate(agent, scene.branch(agent), (heads or {}).get(agent) or scene.desk(agent).oid()) for agent in agents
    ]
    manner = Manner(strategy, is_queued, Patience(wait_s, 3.0, lambda _seconds: None))
    steps: list[str] = [] if told is None else told

    def tell(agent: str, what: str) -> None:
        steps.append(f"{agent}: {what}")
        hear(agent, what)

    return Grid.open(scene.main.path).integration.land_by_pull_requests(order, manner=manner, tell=tell)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_the_server_merged_is_recognised(scene: GrantScene, hub: GitHub, strategy: str) -> None:
    work(scene)
    work(scene, "a1", ORDERS, "ORDERS = [1]\n")
    open_pull_requests(hub, scene, "a1", "a2")
    before = scene.server.oid("main")

    done = land(scene, "a1", "a2", strategy=strategy)

    after = scene.server.oid("main")
    assert (done.base_before, done.base_after, done.ejected) == (before, after, ())
    assert [(each["agent"], each["tree"]) for each in done.as_json()["landed"]] == [  # type: ignore[attr-defined]
        (each.agent, scene.main.oid(f"{each.commit}^{{tree}}")) for each in done.landed
    ]
    assert [each.agent for each in done.landed] == ["a1", "a2"]
    assert done.landed[-1].commit == after
    assert scene.main.git("show", f"{after}:{BILLING}") == "VAT = 1"
    states = {each["id"]: each["state"] for each in agentgrid(scene.main, "status", "--json").data["agents"]}
    assert (states["a1"], states["a2"]) == ("landed", "landed")
    assert {each.request.state for each in done.landed} == {"merged"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_topic_that_landed_is_not_charged_to_the_next(scene: GrantScene, hub: GitHub, strategy: str) -> None:
    work(scene)
    open_pull_requests(hub, scene, "a2")
    land(scene, "a2", strategy=strategy)
    scene.desk("a2").commit("Next", **{TAX: "TAX = 1\n"})

    report = agentgrid(scene.desk("a2"), "check", "--json")
    again = hub.agentgrid(scene.main, "pr", "a2", "--json")

    assert (report.code, report.data["findings"]) == (0, [])
    assert Grid.open(scene.desk("a2").path).check().checked_paths == 1
    assert [each["state"] for each in again.data] == ["opened"]
    assert TAX in hub.pull(2)["body"]
    assert BILLING not in hub.pull(2)["body"]


def test_one_that_conflicts_after_another_landed_is_ejected_and_the_reason_names_both(
    scene: GrantScene, hub: GitHub
) -> None:
    given = scene.grant("main", BILLING, "--to", "a3")
    assert given.code == 0
    work(scene, "a2", text="VAT = 1\n")
    theirs = work(scene, "a3", text="VAT = 3\n")
    open_pull_requests(hub, scene, "a2", "a3")

    done = land(scene, "a2", "a3")

    assert [each.agent for each in done.landed] == ["a2"]
    [ejected] = done.ejected
    assert (ejected.agent, ejected.stage) == ("a3", "merge")
    assert "#2 conflicts with main" in ejected.reason
    assert f"in {BILLING}, after #1 of a2 landed" in ejected.reason
    assert scene.desk("a3").oid() == theirs
    assert hub.pull(2)["state"] == "OPEN"


def test_only_the_commit_that_was_judged_is_merged(scene: GrantScene, hub: GitHub) -> None:
    judged = work(scene)
    open_pull_requests(hub, scene, "a2")
    work(scene, text="VAT = 2\n")
    hub.agentgrid(scene.main, "pr", "a2")
    before = scene.server.oid("main")

    done = land(scene, "a2", heads={"a2": judged})

    assert ([each.stage for each in done.ejected], scene.server.oid("main")) == (["pull-request"], before)
    assert hub.asked("pr", "merge") == []


def test_a_branch_that_moves_at_the_last_moment_is_not_merged(scene: GrantScene, hub: GitHub) -> None:
    """The server holds `--match-head-commit` against it; without that option it would merge what nobody judged."""
    judged = work(scene)
    open_pull_requests(hub, scene, "a2")
    moved = work(scene, text="VAT = 2\n")
    scene.desk("a2").git("push", "--quiet", "origin", "HEAD")
    server = Grid.open(scene.main.path).integration._remote_server()[1]

    with pytest.raises(Exception, match="Head branch was modified"):
        server.merge(1, judged, strategy="merge", is_queued=False)
    assert hub.pull(1)["state"] == "OPEN"
    server.merge(1, moved, strategy="merge", is_queued=False)
    assert hub.pull(1)["state"] == "MERGED"


def test_it_waits_for_checks_and_says_so(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    open_pull_requests(hub, scene, "a2")
    hub.change(checks={scene.branch("a2"): [[RUNNING], [RUNNING], [PASSED]]})
    told: list[str] = []

    done = land(scene, "a2", told=told)

    assert [each.agent for each in done.landed] == ["a2"]
    assert "a2: #1 waits for checks: tests" in told


def test_checks_that_failed_on_the_server_eject_it(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    open_pull_requests(hub, scene, "a2")
    hub.change(checks={scene.branch("a2"): [[FAILED]]})

    [ejected] = land(scene, "a2").ejected

    assert (ejected.stage, ejected.reason) == ("checks", "failed on the server: tests")


def test_checks_that_never_end_eject_it_after_a_while(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    open_pull_requests(hub, scene, "a2")
    hub.change(checks={scene.branch("a2"): [[RUNNING]]})

    [ejected] = land(scene, "a2").ejected

    assert (ejected.stage, ejected.reason) == ("checks", "#1 still waits for checks: tests after 9 s")


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"state": "CLOSED"}, "was closed without merging"), ({"isDraft": True}, "#1 is a draft: gh pr ready 1")],
)
def test_closed_ones_and_drafts_are_ejected(
    scene: GrantScene, hub: GitHub, values: dict[str, object], reason: str
) -> None:
    work(scene)
    open_pull_requests(hub, scene, "a2")
    hub.change_pull(1, **values)

    [ejected] = land(scene, "a2").ejected

    assert ejected.stage == "pull-request"
    assert reason in ejected.reason


def test_one_without_a_pull_request_is_ejected_with_the_command(scene: GrantScene, hub: GitHub) -> None:
    work(scene)

    [ejected] = land(scene, "a2").ejected

    assert ejected.reason.endswith("has no pull request; agentgrid pr a2")


def test_one_that_was_merged_by_hand_counts_as_landed(scene: GrantScene, hub: GitHub) -> None:
    head = work(scene)
    open_pull_requests(hub, scene, "a2")
    Grid.open(scene.main.path).integration._remote_server()[1].merge(1, head, strategy="squash", is_queued=False)

    done = land(scene, "a2")

    assert ([each.agent for each in done.landed], done.base_after) == (["a2"], scene.server.oid("main"))


def test_the_base_that_moved_on_the_server_is_fetched_and_counts(
    scene: GrantScene, hub: GitHub, tmp_path: Path
) -> None:
    work(scene)
    open_pull_requests(hub, scene, "a2")
    other = scene.server.clone(tmp_path / "other")
    moved = other.commit("Meanwhile", **{"README.md": "# new\n"})
    other.git("push", "--quiet", "origin", "main")

    done = land(scene, "a2")

    assert (done.base_before, [each.agent for each in done.landed]) == (moved, ["a2"])
    assert scene.main.git("show", f"{done.base_after}:README.md") == "# new"


def test_the_queue_takes_it_and_nothing_has_landed_yet(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    open_pull_requests(hub, scene, "a2")
    hub.change(checks={scene.branch("a2"): [[RUNNING]]})
    before = scene.server.oid("main")

    done = land(scene, "a2", is_queued=True)

    assert (done.landed, done.ejected, done.queued, done.untouched) == ((), (), ("a2",), ("a2",))
    assert (done.base_after, hub.pull(1)["autoMergeRequest"]) == (before, {"mergeMethod": "MERGE"})
    status = agentgrid(scene.main, "status", "--json").data["agents"]
    assert [each["pr"]["state"] for each in status if "pr" in each] == ["queued"]


def test_what_lacks_an_approval_is_not_merged(scene: GrantScene, hub: GitHub) -> None:
    policy = scene.main.read("agentgrid.yaml")
    scene.main.commit("Ask for approvals", **{"agentgrid.yaml": f"{policy}land: {{approvals: 1}}\n"})
    scene.main.git("push", "--quiet", "origin", "main")
    work(scene)
    open_pull_requests(hub, scene, "a2")

    [ejected] = land(scene, "a2").ejected

    assert (ejected.stage, hub.pull(1)["state"]) == ("approvals", "OPEN")
    assert "0 of 1 approvals" in ejected.reason
    assert agentgrid(scene.desk("a3"), "review", "approve", "a2").code == 0
    assert [each.agent for each in land(scene, "a2").landed] == ["a2"]


def test_without_that_question_it_would_have_been_merged(scene: GrantScene, hub: GitHub) -> None:
    """The twin: only the missing approval stood in the way."""
    policy = scene.main.read("agentgrid.yaml")
    scene.main.commit("Ask for approvals", **{"agentgrid.yaml": f"{policy}land: {{approvals: 1}}\n"})
    scene.main.git("push", "--quiet", "origin", "main")
    head = work(scene)
    open_pull_requests(hub, scene, "a2")
    grid = Grid.open(scene.main.path)
    _, server = grid.integration._remote_server()

    done = land_by_pull_requests(
        grid.repository, server, "main", [Candidate("a2", scene.branch("a2"), head)],
        manner=Manner(), approvals_missing=lambda *_: (), tell=lambda *_: None,
    )  # fmt: skip

    assert [each.agent for each in done.landed] == ["a2"]


def test_a_server_that_is_lost_on_the_way_is_nobodys_fault(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    work(scene, "a1", ORDERS, "ORDERS = [1]\n")
    open_pull_requests(hub, scene, "a1", "a2")

    def lose(_agent: str, what: str) -> None:
        if what.startswith("landed"):
            hub.change(failure="dial tcp: lookup api.github.example: no such host")

    done = land(scene, "a1", "a2", hear=lose)

    assert ([each.agent for each in done.landed], done.ejected, done.untouched) == (["a1"], (), ("a2",))
    assert "no such host" in done.warnings[0]


def test_a_server_that_can_not_be_asked_at_all_is_an_error(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    hub.change(failure="dial tcp: lookup api.github.example: no such host")

    with pytest.raises(OutsideError, match="no such host"):
        land(scene, "a2")


def test_what_the_server_refuses_to_merge_is_ejected_with_its_words(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    open_pull_requests(hub, scene, "a2")

    def close(_agent: str, what: str) -> None:
        if what.startswith("merging"):
            hub.change_pull(1, headRefOid=scene.main.oid())

    [ejected] = land(scene, "a2", hear=close).ejected

    assert (ejected.stage, "Head branch was modified" in ejected.reason) == ("merge", True)
