"""pr: pushed, opened, brought up to date; told when somebody closed or merged it; nothing of others lost."""

import shutil
from pathlib import Path

import pytest

from support.github import GitHub, make_github
from support.granting import BILLING, ORDERS, GrantScene, make_grant_scene
from support.program import Answer, agentgrid


@pytest.fixture
def scene(tmp_path: Path) -> GrantScene:
    return make_grant_scene(tmp_path)


@pytest.fixture
def hub(scene: GrantScene, tmp_path: Path) -> GitHub:
    return make_github(tmp_path / "tools", scene.server)


def work(
    scene: GrantScene, agent: str = "a2", path: str = BILLING, text: str = "VAT = 1\n", words: str = "Add VAT"
) -> str:
    return scene.desk(agent).commit(words, **{path: text})


def pr(hub: GitHub, scene: GrantScene, *arguments: str) -> Answer:
    return hub.agentgrid(scene.main, "pr", *arguments, "--json")


def only(answer: Answer) -> dict[str, object]:
    [found] = answer.data
    assert isinstance(found, dict)
    return found


def test_a_branch_is_pushed_and_its_pull_request_opened(scene: GrantScene, hub: GitHub) -> None:
    head = work(scene)

    done = pr(hub, scene, "a2")

    branch, url = scene.branch("a2"), "https://github.example/acme/shop/pull/1"
    assert (done.code, only(done)) == (0, {
        "agent": "a2", "branch": branch, "head": head, "state": "opened",
        "pr": {"number": 1, "url": url, "state": "open"}, "reason": None,
    })  # fmt: skip
    assert scene.server.oid(branch) == head
    pull = hub.pull(1)
    assert (pull["title"], pull["baseRefName"], pull["isDraft"]) == ("Add VAT", "main", False)
    assert BILLING in pull["body"]
    assert "Add VAT" in pull["body"]


def test_again_it_is_the_same_pull_request_unchanged(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    pr(hub, scene, "a2")

    again = pr(hub, scene, "a2")

    assert (again.code, only(again)["state"], len(hub.state["pulls"])) == (0, "unchanged", 1)
    assert hub.asked("pr", "edit") == []


def test_new_work_updates_it_and_keeps_what_a_person_wrote(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    pr(hub, scene, "a2")
    hub.change_pull(1, body=f"Please look at line 3.\n\n{hub.pull(1)['body']}\nThanks", title="Mine")
    head = work(scene, text="VAT = 2\n", words="Correct VAT")

    done = pr(hub, scene, "a2")

    assert (only(done)["state"], scene.server.oid(scene.branch("a2"))) == ("updated", head)
    body = hub.pull(1)["body"]
    assert body.startswith("Please look at line 3.")
    assert body.rstrip().endswith("Thanks")
    assert "Correct VAT" in body
    assert body.count("agentgrid: begin") == 1
    assert hub.pull(1)["title"] == "Mine"


def test_a_draft_and_a_title_are_as_asked(scene: GrantScene, hub: GitHub) -> None:
    work(scene)

    pr(hub, scene, "a2", "--draft", "--title", "Tax")

    assert (hub.pull(1)["title"], hub.pull(1)["isDraft"]) == ("Tax", True)


def test_a_dry_run_says_what_it_would_do_and_pushes_nothing(scene: GrantScene, hub: GitHub) -> None:
    work(scene)

    done = pr(hub, scene, "a2", "--dry-run")

    assert (done.code, only(done)["act"], hub.state["pulls"]) == (0, "open", [])
    assert scene.server.git("for-each-ref", f"refs/heads/{scene.branch('a2')}") == ""


def test_every_agent_with_work_has_its_own(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    work(scene, "a1", ORDERS)

    done = pr(hub, scene)

    assert [(each["agent"], each["state"]) for each in done.data] == [
        ("a1", "opened"), ("a2", "opened"), ("a3", "nothing"),
    ]  # fmt: skip


def test_status_tells_it_without_asking_the_server(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    pr(hub, scene, "a2")
    before = len(hub.state["asked"])

    status = hub.agentgrid(scene.main, "status", "--json")

    found = {each["id"]: each.get("pr") for each in status.data["agents"]}
    url = "https://github.example/acme/shop/pull/1"
    assert found == {"a1": None, "a2": {"number": 1, "url": url, "state": "open"}, "a3": None}
    assert "#1 open" in hub.agentgrid(scene.main, "status").out
    assert len(hub.state["asked"]) == before


def test_one_that_was_closed_by_hand_is_told_and_stays_closed(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    pr(hub, scene, "a2")
    hub.change_pull(1, state="CLOSED")
    work(scene, text="VAT = 2\n")

    done = pr(hub, scene, "a2")

    assert (done.code, only(done)["state"], len(hub.state["pulls"])) == (1, "closed", 1)
    assert "gh pr reopen 1" in str(only(done)["reason"])
    assert only(pr(hub, scene, "a2", "--new"))["state"] == "opened"


def test_one_that_was_merged_is_told(scene: GrantScene, hub: GitHub) -> None:
    head = work(scene)
    pr(hub, scene, "a2")
    hub.change_pull(1, state="MERGED", headRefOid=head)

    done = pr(hub, scene, "a2")

    assert (done.code, only(done)["state"], len(hub.state["pulls"])) == (0, "merged", 1)


def test_what_breaks_a_rule_is_not_pushed(scene: GrantScene, hub: GitHub) -> None:
    work(scene, path=ORDERS)

    done = pr(hub, scene, "a2")

    assert (done.code, only(done)["state"], hub.state["pulls"]) == (1, "refused", [])
    assert "belongs to a1" in str(only(done)["reason"])
    assert scene.server.git("for-each-ref", f"refs/heads/{scene.branch('a2')}") == ""


def test_commits_of_somebody_else_on_the_server_are_never_overwritten(
    scene: GrantScene, hub: GitHub, tmp_path: Path
) -> None:
    work(scene)
    pr(hub, scene, "a2")
    other = scene.server.clone(tmp_path / "other")
    other.git("switch", "--quiet", scene.branch("a2"))
    theirs = other.commit("Theirs", **{BILLING: "VAT = 9\n"})
    other.git("push", "--quiet", "origin", "HEAD")
    scene.desk("a2").git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--amend", "-m", "Rewritten")

    for more in ((), ("--force-with-lease",)):
        done = pr(hub, scene, "a2", *more)
        assert (done.code, only(done)["state"]) == (1, "refused")
        assert "has commits" in str(only(done)["reason"])

    assert scene.server.oid(scene.branch("a2")) == theirs


def test_a_rebased_branch_replaces_its_own_commits_only_when_asked(scene: GrantScene, hub: GitHub) -> None:
    pushed = work(scene)
    pr(hub, scene, "a2")
    scene.desk("a2").git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--amend", "-m", "Rewritten")
    branch = scene.branch("a2")

    refused = pr(hub, scene, "a2")

    assert (refused.code, only(refused)["state"], scene.server.oid(branch)) == (1, "refused", pushed)
    assert "--force-with-lease" in str(only(refused)["reason"])
    done = pr(hub, scene, "a2", "--force-with-lease")
    assert (done.code, only(done)["state"]) == (0, "updated")
    assert scene.server.oid(branch) == scene.desk("a2").oid()


def test_an_agent_opens_its_own_alone(scene: GrantScene, hub: GitHub) -> None:
    work(scene)

    assert hub.agentgrid(scene.desk("a1"), "pr", "a2", "--json").error["code"] == "not_permitted"
    assert hub.agentgrid(scene.desk("a2"), "pr", "--json").data[0]["state"] == "opened"


def test_without_the_program_it_says_where_to_get_it(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    (hub.tools / "gh").unlink()
    for name in ("git", "sh"):
        (hub.tools / name).symlink_to(shutil.which(name) or "")

    done = agentgrid(scene.main, "pr", "a2", "--json", env={"PATH": str(hub.tools)})

    assert (done.code, done.error["message"]) == (3, "gh, GitHub's program, was not found on PATH")
    assert "gh auth login" in done.error["hint"]


def test_without_a_login_it_says_how(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    hub.change(logged_in=False)

    done = pr(hub, scene, "a2")

    assert (done.code, done.error["hint"]) == (3, "gh auth login")


def test_a_remote_that_is_not_on_github_is_named_as_such(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    hub.change(failure="none of the git remotes configured for this repository point to a known GitHub host.")

    done = pr(hub, scene, "a2")

    assert (done.code, done.error["message"]) == (2, "no remote of this repository is on GitHub")


def test_without_a_remote_it_says_how_to_add_one(scene: GrantScene, hub: GitHub) -> None:
    scene.main.git("remote", "remove", "origin")

    done = pr(hub, scene, "a2")

    assert (done.code, done.error["hint"]) == (2, "git remote add origin URL")


def test_no_token_is_shown_whatever_the_program_says(scene: GrantScene, hub: GitHub) -> None:
    work(scene)
    token = "gho_" + "0123456789abcdef"
    hub.change(failure=f"HTTP 401: bad credentials {token} for https://me:hunter2@github.example")

    done = pr(hub, scene, "a2")

    assert done.code == 3
    assert "bad credentials" in done.err
    for secret in (token, "hunter2"):
        assert secret not in done.out + done.err


@pytest.mark.parametrize("named", ["zz", "--title=x"])
def test_bad_input_is_refused_by_name(scene: GrantScene, hub: GitHub, named: str) -> None:
    done = pr(hub, scene, named)

    assert done.code == 2
