"""Reviews as agents and persons give them: who may, what a new commit does, what CI believes, who is told."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from agentgrid.boundaries.reviews import book, rules
from agentgrid.boundaries.reviews.objects import NAMESPACE, REVIEW_REFS, list_stored, write_object
from agentgrid.boundaries.reviews.review import Review, write_review
from agentgrid.git.process import Git
from agentgrid.grid import Grid
from agentgrid.machine.ssh_signatures import sign
from support.granting import BILLING, GrantScene, make_grant_scene
from support.grids import attempt
from support.program import Answer, agentgrid

COMMON = "services/common/cache.py"
NEEDED = "0 of 1 approvals; a3 or a person may give one"


@pytest.fixture
def quiet(tmp_path: Path) -> GrantScene:
    """A grid whose policy says nothing about approvals."""
    return make_grant_scene(tmp_path)


@pytest.fixture
def scene(quiet: GrantScene) -> GrantScene:
    """One approval is needed, and a1 is steward of the cache."""
    configure(quiet, "land: {approvals: 1}\n")
    return quiet


def configure(scene: GrantScene, lines: str, **more: str) -> None:
    steward = scene.main.read("config/agents/a1.yaml") + f"  common: [{COMMON}]\n"
    files = {"agentgrid.yaml": scene.main.read("agentgrid.yaml") + lines, "config/agents/a1.yaml": steward, **more}
    scene.main.commit("Configure reviews", **files)
    scene.main.git("push", "--quiet", "origin", "main")


def work(scene: GrantScene, agent: str = "a2", text: str = "VAT = 1\n", path: str = BILLING) -> str:
    return scene.desk(agent).commit("Work", **{path: text})


def review(scene: GrantScene, who: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Answer:
    where = scene.main if who == "main" else scene.desk(who)
    return agentgrid(where, "review", *arguments, "--json", env=env)


def missing(scene: GrantScene, agent: str = "a2") -> list[str]:
    """What `check` in the agent's worktree misses."""
    report = agentgrid(scene.desk(agent), "check", "--json")
    return [each["message"] for each in report.data["findings"] if each["rule"] == "review.missing"]


def missing_in_ci(scene: GrantScene, place: Path, agent: str = "a2") -> list[str]:
    clone = scene.server.clone(place)
    clone.git("fetch", "--quiet", "origin", "+refs/agentgrid/reviews/*:refs/agentgrid/reviews/*")
    report = agentgrid(clone, "check", "--base", "origin/main", "--head", f"origin/{scene.branch(agent)}", "--json")
    return [each["message"] for each in report.data["findings"] if each["rule"] == "review.missing"]


def test_an_approval_is_missing_until_it_is_given(scene: GrantScene) -> None:
    work(scene)
    assert missing(scene) == [NEEDED]

    approved = review(scene, "a3", "approve", "a2")

    assert (approved.code, approved.data["missing"], missing(scene)) == (0, [], [])
    assert agentgrid(scene.desk("a2"), "check").code == 0


def test_without_the_rule_nothing_would_be_missing(scene: GrantScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: what the check says comes from this rule alone."""
    work(scene)
    assert Grid.open(scene.desk("a2").path).check().errors == 1

    monkeypatch.setattr(rules, "with_reviews", lambda report, *_: report)

    assert Grid.open(scene.desk("a2").path).check().errors == 0


def test_where_nothing_is_configured_nobody_is_disturbed(quiet: GrantScene) -> None:
    work(quiet)

    assert agentgrid(quiet.desk("a2"), "check").code == 0
    assert "review" not in agentgrid(quiet.main, "status").out


def test_commits_and_pushes_are_not_held_up(scene: GrantScene) -> None:
    desk = scene.desk("a2")
    desk.write(BILLING, "VAT = 1\n")
    desk.git("add", "--all")

    assert attempt(desk, "commit", "--quiet", "-m", "Work").code == 0
    assert attempt(desk, "push", "--quiet", "origin", "HEAD").code == 0


def test_a_new_commit_drops_the_approval(scene: GrantScene) -> None:
    work(scene)
    review(scene, "a3", "approve", "a2")
    work(scene, text="VAT = 2\n")

    shown = review(scene, "main", "show", "a2").data

    assert missing(scene) == [NEEDED]
    assert (shown["reviews"], [each["by"] for each in shown["dropped"]]) == ([], ["a3"])


def test_only_because_it_is_bound_to_the_change(scene: GrantScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: were it bound to nothing, the approval of what was there before would count."""
    work(scene)
    review(scene, "a3", "approve", "a2")
    head = work(scene, text="VAT = 2\n")
    reviews = Grid.open(scene.main.path).integration
    assert reviews.approvals_missing("a2", head) == (NEEDED,)

    monkeypatch.setattr(Review, "is_about", lambda *_: True)

    assert reviews.approvals_missing("a2", head) == ()


def amend(scene: GrantScene, *arguments: str) -> None:
    scene.desk("a2").git("-c", f"core.hooksPath={os.devnull}", *arguments)


def test_an_amended_file_drops_it(scene: GrantScene) -> None:
    work(scene)
    review(scene, "a3", "approve", "a2")
    scene.desk("a2").write(BILLING, "VAT = 2\n")
    amend(scene, "commit", "--quiet", "--all", "--amend", "--no-edit")

    assert missing(scene) == [NEEDED]


def test_bringing_in_a_base_that_leaves_the_change_alone_keeps_it(scene: GrantScene) -> None:
    work(scene)
    review(scene, "a3", "approve", "a2")
    scene.main.commit("Elsewhere", **{"README.md": "# new\n"})
    scene.main.git("push", "--quiet", "origin", "main")

    amend(scene, "merge", "--quiet", "--no-edit", "main")
    assert missing(scene) == []
    amend(scene, "rebase", "--quiet", "main")
    assert missing(scene) == []
    amend(scene, "commit", "--quiet", "--amend", "-m", "Other words")
    assert missing(scene) == []


def test_bringing_in_a_base_that_changed_the_same_file_drops_it(scene: GrantScene) -> None:
    lines = "".join(f"LINE_{number} = 0\n" for number in range(9))
    scene.main.commit("Long", **{BILLING: lines})
    scene.main.git("push", "--quiet", "origin", "main")
    amend(scene, "merge", "--quiet", "--ff-only", "main")
    work(scene, text=lines.replace("LINE_1 = 0", "LINE_1 = 1"))
    review(scene, "a3", "approve", "a2")
    assert missing(scene) == []
    scene.main.commit("Same file", **{BILLING: lines.replace("LINE_8 = 0", "LINE_8 = 8")})
    scene.main.git("push", "--quiet", "origin", "main")

    amend(scene, "merge", "--quiet", "--no-edit", "main")

    assert missing(scene) == [NEEDED]


def test_the_same_content_beside_another_file_is_another_change(scene: GrantScene) -> None:
    work(scene)
    review(scene, "a3", "approve", "a2")
    work(scene, path="services/billing/more.py", text="")

    assert missing(scene) == [NEEDED]


def test_an_agent_never_judges_its_own_work(scene: GrantScene) -> None:
    work(scene)

    for act in (("approve", "a2"), ("reject", "a2", "--reason", "x")):
        refused = review(scene, "a2", *act)
        assert (refused.code, refused.error["code"]) == (1, "not_permitted")
    assert missing(scene) == [NEEDED]


def test_an_agent_without_the_permission_is_refused_and_told_who_may(scene: GrantScene) -> None:
    work(scene)

    refused = review(scene, "a1", "approve", "a2")

    assert (refused.code, refused.error["code"]) == (1, "not_permitted")
    assert "(may: a3, a person)" in refused.error["message"]


@pytest.mark.parametrize("name", ["AGENT_ID", "AGENTGRID_AGENT", "AGENTGRID_AS_ME", "USER", "LOGNAME"])
def test_no_variable_gives_an_agent_another_voice(scene: GrantScene, name: str) -> None:
    work(scene)

    assert review(scene, "a2", "approve", "a2", env={name: "a3"}).code == 1
    assert review(scene, "a1", "approve", "a2", env={name: "a3"}).code == 1


def test_a_person_may_approve_anybodys_work(scene: GrantScene) -> None:
    work(scene)

    assert review(scene, "main", "approve", "a2").code == 0
    assert missing(scene) == []


def test_a_commit_that_is_no_longer_the_work_is_not_approved(scene: GrantScene) -> None:
    looked_at = work(scene)
    now = work(scene, text="VAT = 2\n")

    refused = review(scene, "a3", "approve", "a2", "--commit", looked_at[:10])

    assert (refused.code, refused.error["code"]) == (1, "refused")
    assert now[:10] in refused.error["message"]
    assert review(scene, "a3", "approve", "a2", "--commit", now[:10]).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("approve", "zz"), 2, "there is no agent 'zz' (agents: a1, a2, a3)"),
        (("approve",), 2, "Missing argument"),
        (("reject", "a2"), 2, "a rejection says why"),
        (("reject", "a2", "--reason", "  "), 2, "a rejection says why"),
        (("approve", "a2", "--commit", "nonsense"), 2, "nonsense"),
        (("approve", "a1"), 1, "changes nothing yet"),
        (("approve", "a2", "--comment", "x" * 2001), 2, "2001 characters are too many"),
        (("request",), 2, "whose work?"),
        (("request", "a2", "--to", "zz"), 2, "there is no agent 'zz'"),
        (("request", "a2", "--to", "a1"), 1, "a1 may not approve"),
        (("request", "a2", "--to", "a2"), 1, "doesn't judge its own work"),
        (("approve", "a2", "--key", "/nowhere"), 2, "/nowhere"),
        (("show", "zz"), 2, "there is no agent 'zz'"),
    ],
)
def test_bad_input_is_refused_with_a_reason(
    scene: GrantScene, arguments: tuple[str, ...], code: int, words: str
) -> None:
    work(scene)

    refused = review(scene, "main", *arguments)

    assert refused.code == code
    assert words in refused.error["message"]
    assert missing(scene) == [NEEDED]


def test_a_key_that_is_nobodys_signs_nothing(scene: GrantScene) -> None:
    work(scene)

    refused = review(scene, "a3", "approve", "a2", "--key", scene.keys.stranger)

    assert (refused.code, missing(scene)) == (2, [NEEDED])


def test_a_rejection_stands_until_its_voice_approves_or_the_work_changes(quiet: GrantScene) -> None:
    work(quiet)
    assert review(quiet, "a3", "reject", "a2", "--reason", "leaks").code == 0
    assert missing(quiet) == ["a3 rejected it: leaks"]

    review(quiet, "a3", "approve", "a2")
    assert missing(quiet) == []
    review(quiet, "a3", "reject", "a2", "--reason", "leaks")
    work(quiet, text="VAT = 2\n")
    assert missing(quiet) == []


def test_the_steward_is_asked_and_where_the_map_binds_has_to_approve(scene: GrantScene) -> None:
    work(scene, path=COMMON, text="TTL_S = 1\n")
    asked = review(scene, "a2", "request").data

    assert asked["review"]["to"] == ["a1"]
    assert missing(scene)[0] == f"no approval by a1 (steward of {COMMON})"
    assert review(scene, "a1", "approve", "a2").code == 0
    assert missing(scene) == []


def test_a_map_that_only_asks_holds_nothing_up(quiet: GrantScene) -> None:
    configure(quiet, "land: {approvals: 1, reviewers: asked}\n")
    work(quiet, path=COMMON, text="TTL_S = 1\n")

    review(quiet, "a3", "approve", "a2")

    assert missing(quiet) == []


def test_a_map_may_bind_without_any_count(quiet: GrantScene) -> None:
    configure(quiet, "land: {reviewers: required}\n")
    work(quiet, path=COMMON, text="TTL_S = 1\n")

    assert missing(quiet) == [f"no approval by a1 (steward of {COMMON})"]


def test_whoever_is_concerned_is_told_at_the_next_command(scene: GrantScene) -> None:
    head = work(scene)
    review(scene, "a2", "request", "--comment", "the rate")

    told = agentgrid(scene.desk("a3"), "locks").err
    assert f"a2 asks you to review a2's work on {scene.branch('a2')} at {head[:10]} (the rate)" in told
    review(scene, "a3", "reject", "a2", "--reason", "too high")
    assert "a3 rejected your work" in agentgrid(scene.desk("a2"), "locks").err
    assert "a3 rejected your work" not in agentgrid(scene.desk("a2"), "locks").err


def test_an_agent_asks_about_its_own_work_alone(scene: GrantScene) -> None:
    work(scene)

    assert review(scene, "a1", "request", "a2").error["code"] == "not_permitted"


def test_the_log_has_every_word(scene: GrantScene) -> None:
    head = work(scene)
    review(scene, "a2", "request")
    review(scene, "a3", "reject", "a2", "--reason", "no")
    review(scene, "a3", "approve", "a2")

    events = [each for each in agentgrid(scene.main, "log", "--json").data if each["kind"].startswith("review.")]

    assert [(each["kind"], each["actor"], each["subject"]) for each in events] == [
        ("review.requested", "a2", "a2"), ("review.rejected", "a3", "a2"), ("review.approved", "a3", "a2"),
    ]  # fmt: skip
    assert {each["after"]["commit"] for each in events} == {head}


def test_status_and_list_tell_how_each_stands(scene: GrantScene) -> None:
    work(scene)
    work(scene, "a3", path="services/web/app.py")
    review(scene, "a2", "request")
    review(scene, "main", "reject", "a3", "--reason", "no")

    told = {each["id"]: each.get("review") for each in agentgrid(scene.main, "status", "--json").data["agents"]}
    listed = {each["agent"]: each.get("state") for each in review(scene, "main", "list").data}

    assert told["a1"] is None
    assert told["a2"] == {"state": "missing", "missing": [NEEDED]}
    assert listed == {"a1": None, "a2": "missing", "a3": "rejected"}
    assert "rejected" in agentgrid(scene.main, "status").out


def test_ci_believes_what_is_signed_and_travelled_with_the_branch(scene: GrantScene, tmp_path: Path) -> None:
    work(scene)
    assert review(scene, "a3", "approve", "a2", "--key", scene.keys.a3).data["signed"] is True
    assert attempt(scene.desk("a2"), "push", "--quiet", "origin", "HEAD").code == 0

    assert missing_in_ci(scene, tmp_path / "ci") == []


def test_ci_does_not_believe_what_nobody_signed(scene: GrantScene, tmp_path: Path) -> None:
    work(scene)
    review(scene, "a3", "approve", "a2")
    refs = f"{REVIEW_REFS}*:{REVIEW_REFS}*"
    scene.desk("a2").git("push", "--quiet", "--no-verify", "origin", "HEAD", refs)

    assert missing(scene) == []
    assert missing_in_ci(scene, tmp_path / "ci") == ["0 of 1 approvals; a3 or a person may give one"]


@pytest.mark.parametrize("forged", ["stranger", "a1", "named", "commit", "agent", "unsigned text"])
def test_ci_does_not_believe_a_forged_one(scene: GrantScene, tmp_path: Path, forged: str) -> None:
    work(scene)
    review(scene, "a3", "approve", "a2", "--key", scene.keys.a3)
    [stored] = list_stored(Git(scene.main.path), "a2")
    head = work(scene, text="VAT = 99\n")
    scene.main.git("update-ref", "-d", stored.ref)
    wanted = replace(stored.review, subject=replace(stored.review.subject, commit=head))
    key = {"stranger": scene.keys.stranger, "a1": scene.keys.a1}.get(forged, scene.keys.a1)
    text = write_review(wanted)
    signature = sign(text, str(key), namespace=NAMESPACE)
    if forged == "commit":
        signature = stored.signature  # of another commit
    elif forged == "named":
        signature = sign(text, str(scene.keys.a3), namespace="agentgrid-grant")
    elif forged == "agent":
        wanted = replace(wanted, by="a2")
        signature = sign(write_review(wanted), str(scene.keys.a3), namespace=NAMESPACE)
    elif forged == "unsigned text":
        signature = b""
    write_object(Git(scene.main.path), wanted, signature)
    scene.desk("a2").git("push", "--quiet", "--no-verify", "origin", "HEAD", f"{REVIEW_REFS}*:{REVIEW_REFS}*")

    assert missing_in_ci(scene, tmp_path / "ci") == [NEEDED]


def test_the_forger_with_the_reviewers_own_key_would_be_believed(scene: GrantScene, tmp_path: Path) -> None:
    """The twin: the scene of the forgeries is one in which a true signature counts."""
    head = work(scene)
    review(scene, "a3", "approve", "a2")
    [stored] = list_stored(Git(scene.main.path), "a2")
    text = write_review(replace(stored.review, subject=replace(stored.review.subject, commit=head)))
    write_object(Git(scene.main.path), stored.review, sign(text, str(scene.keys.a3), namespace=NAMESPACE))
    scene.desk("a2").git("push", "--quiet", "--no-verify", "origin", "HEAD", f"{REVIEW_REFS}*:{REVIEW_REFS}*")

    assert missing_in_ci(scene, tmp_path / "ci") == []


def test_without_the_check_of_signatures_a_forged_one_would_count(
    scene: GrantScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: it is the signature that is believed."""
    head = work(scene)
    review(scene, "a3", "approve", "a2")
    grid = Grid.open(scene.main.path)
    elsewhere = book.ReviewBook(grid.repository, None, grid.territory)
    standing = elsewhere.standing("a2", base=grid.base_oid, head=head)
    assert standing is not None
    assert standing.missing == (NEEDED,)

    monkeypatch.setattr(book.ReviewBook, "_is_signed", lambda *_: True)

    believed = elsewhere.standing("a2", base=grid.base_oid, head=head)
    assert believed is not None
    assert believed.missing == ()


def test_garbage_under_the_refs_is_passed_over(scene: GrantScene) -> None:
    work(scene)
    scene.main.git("update-ref", f"{REVIEW_REFS}a2/junk", "HEAD")

    assert missing(scene) == [NEEDED]
    assert review(scene, "a3", "approve", "a2").code == 0


def test_the_severity_is_the_policys(quiet: GrantScene) -> None:
    configure(quiet, "land: {approvals: 1}\nrules: {review.missing: warn}\n")
    work(quiet)

    report = agentgrid(quiet.desk("a2"), "check", "--json")

    assert (report.code, report.data["summary"]) == (0, {"errors": 0, "warnings": 1})
