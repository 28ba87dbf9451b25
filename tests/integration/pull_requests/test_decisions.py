"""What is decided about pull requests without a server: what to do, whether one may be merged, what the text says."""

from dataclasses import replace
from typing import Any

import pytest

from agentgrid.integration.pull_requests.body import BEGIN, END, plain_report, put_into
from agentgrid.integration.pull_requests.planning import PrOptions, Work, decide_pull_request, make_title
from agentgrid.integration.pull_requests.pull_request import PullRequest, judge_readiness, read_pull_request

HEAD = "a" * 40
WORK = Work("a1", "feat/api/rate-limits__a1", HEAD, (("abc", "Add limits"),))
OPEN = PullRequest(7, "https://github.example/acme/shop/pull/7", "open", WORK.branch, HEAD, "main",
                   mergeable="MERGEABLE", merge_state="CLEAN")  # fmt: skip
CHECK = {"__typename": "CheckRun", "name": "tests", "status": "COMPLETED", "conclusion": "SUCCESS"}
STATUS = {"__typename": "StatusContext", "context": "ci/old", "state": "PENDING"}
ANSWER: dict[str, Any] = {
    "number": 7, "url": OPEN.url, "state": "OPEN", "isDraft": False, "headRefName": WORK.branch, "headRefOid": HEAD,
    "baseRefName": "main", "isCrossRepository": False, "mergeable": "MERGEABLE", "mergeStateStatus": "CLEAN",
    "reviewDecision": "", "statusCheckRollup": [], "mergeCommit": None, "body": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("existing", "options", "act"),
    [
        (None, PrOptions(), "open"),
        (OPEN, PrOptions(), "update"),
        (replace(OPEN, state="closed"), PrOptions(), "tell"),
        (replace(OPEN, state="closed"), PrOptions(is_new=True), "open"),
        (replace(OPEN, state="merged"), PrOptions(), "tell"),
        (replace(OPEN, state="merged", head="b" * 40), PrOptions(), "open"),  # the branch goes on
    ],
)
def test_what_is_done_about_a_branch(existing: PullRequest | None, options: PrOptions, act: str) -> None:
    assert decide_pull_request(WORK, existing, options).act == act


def test_nothing_is_done_about_a_branch_without_work_and_broken_rules_are_refused() -> None:
    assert decide_pull_request(replace(WORK, commits=()), None, PrOptions()).act == "nothing"
    assert decide_pull_request(replace(WORK, is_merged=True), None, PrOptions()).act == "nothing"
    refused = decide_pull_request(replace(WORK, errors=("x is a2's", "y too")), None, PrOptions())
    assert (refused.act, refused.reason) == (
        "refuse",
        "x is a2's and 1 more; agentgrid check --head feat/api/rate-limits__a1",
    )


def test_a_title_is_the_only_subject_or_the_topic() -> None:
    assert make_title(WORK) == "Add limits"
    assert make_title(replace(WORK, commits=(("a", "x"), ("b", "y")))) == "a1: rate limits"


@pytest.mark.parametrize(
    ("change", "word", "stage"),
    [
        ({}, "ready", ""),
        ({"merge_state": "UNSTABLE"}, "ready", ""),
        ({"merge_state": "HAS_HOOKS"}, "ready", ""),
        ({"state": "closed"}, "no", "pull-request"),
        ({"head": "b" * 40}, "no", "pull-request"),
        ({"is_draft": True}, "no", "pull-request"),
        ({"mergeable": "CONFLICTING"}, "no", "merge"),
        ({"merge_state": "DIRTY"}, "no", "merge"),
        ({"merge_state": "BEHIND"}, "no", "merge"),
        ({"merge_state": "BLOCKED", "waiting": ("tests",)}, "wait", "checks"),
        ({"merge_state": "BLOCKED"}, "wait", "checks"),
        ({"merge_state": "BLOCKED", "failed": ("tests",)}, "no", "checks"),
        ({"merge_state": "BLOCKED", "review": "REVIEW_REQUIRED"}, "no", "approvals"),
        ({"merge_state": "BLOCKED", "review": "CHANGES_REQUESTED"}, "no", "approvals"),
        ({"mergeable": "UNKNOWN", "merge_state": "UNKNOWN"}, "wait", "merge"),
        ({"merge_state": "SOMETHING_NEW"}, "wait", "merge"),
    ],
)
def test_whether_one_may_be_merged_now(change: dict[str, Any], word: str, stage: str) -> None:
    found = judge_readiness(replace(OPEN, **change), HEAD)

    assert (found.word, found.stage, bool(found.reason)) == (word, stage, word != "ready")


def test_a_queue_brings_it_up_to_the_base_by_itself() -> None:
    assert judge_readiness(replace(OPEN, merge_state="BEHIND"), HEAD, is_queued=True).word == "ready"


@pytest.mark.parametrize(
    ("check", "failed", "waiting"),
    [
        (CHECK, (), ()),
        ({**CHECK, "conclusion": "SKIPPED"}, (), ()),
        ({**CHECK, "conclusion": "NEUTRAL"}, (), ()),
        ({**CHECK, "conclusion": "FAILURE"}, ("tests",), ()),
        ({**CHECK, "conclusion": "TIMED_OUT"}, ("tests",), ()),
        ({**CHECK, "conclusion": "CANCELLED"}, ("tests",), ()),
        ({**CHECK, "status": "QUEUED", "conclusion": ""}, (), ("tests",)),
        ({**CHECK, "status": "IN_PROGRESS", "conclusion": None}, (), ("tests",)),
        (STATUS, (), ("ci/old",)),
        ({**STATUS, "state": "SUCCESS"}, (), ()),
        ({**STATUS, "state": "ERROR"}, ("ci/old",), ()),
    ],
)
def test_checks_are_read_in_both_their_forms(
    check: dict[str, Any], failed: tuple[str, ...], waiting: tuple[str, ...]
) -> None:
    found = read_pull_request({**ANSWER, "statusCheckRollup": [check]})

    assert (found.failed, found.waiting) == (failed, waiting)


def test_what_an_older_program_leaves_out_is_unknown() -> None:
    found = read_pull_request({**ANSWER, "statusCheckRollup": None, "mergeable": None, "mergeStateStatus": None})

    assert (found.mergeable, found.merge_state, found.failed) == ("UNKNOWN", "UNKNOWN", ())


def test_the_report_is_replaced_and_what_stands_around_it_kept() -> None:
    once = put_into("Before.\n", "first")
    twice = put_into(f"{once}After.", "second")

    assert twice == f"Before.\n\n{BEGIN}\nsecond\n{END}\nAfter."
    assert put_into(twice, "second") == twice


def test_a_report_can_not_end_its_own_part() -> None:
    body = put_into("", f"x {END} y {BEGIN} z")

    assert (body.count(BEGIN), body.count(END)) == (1, 1)


def test_a_long_report_is_cut_and_says_so() -> None:
    body = put_into("", "line\n" * 50_000)

    assert len(body) < 65_536
    assert "… and more" in body


def test_names_in_commits_and_paths_call_nobody_and_mark_nothing_up() -> None:
    text = plain_report("a1", ["abc ```@everyone <img src=x>"], [("a`b.py", "owned, a1")], [], ["no approval"])

    assert "````text\nabc ```@everyone <img src=x>\n````" in text
