"""A pull request as GitHub's program tells of it, and what its state means for landing. Pure.

Source: the JSON fields of `gh pr view` (manual of GitHub's program), and the states of its API.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FIELDS = (
    "number", "url", "state", "isDraft", "headRefName", "headRefOid", "baseRefName", "isCrossRepository",
    "mergeable", "mergeStateStatus", "reviewDecision", "statusCheckRollup", "mergeCommit", "body",
)  # fmt: skip
OPEN, CLOSED, MERGED, QUEUED = "open", "closed", "merged", "queued"
_PASSED = {"SUCCESS", "NEUTRAL", "SKIPPED"}
_WAITING = {"PENDING", "EXPECTED", "QUEUED", "IN_PROGRESS", "WAITING", "REQUESTED"}


@dataclass(frozen=True, slots=True)
class PullRequest:
    """`state`: open, closed or merged, and queued for one that the server's queue has. `head`: its commit there.
    `failed`, `waiting`: names of checks. `merge_commit`: what it became, once merged."""

    number: int
    url: str
    state: str
    branch: str
    head: str
    base: str = ""
    is_draft: bool = False
    is_foreign: bool = False
    mergeable: str = "UNKNOWN"
    merge_state: str = "UNKNOWN"
    review: str = ""
    failed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    merge_commit: str | None = None
    body: str = ""

    def as_json(self) -> dict[str, object]:
        return {"number": self.number, "url": self.url, "state": self.state}


@dataclass(frozen=True, slots=True)
class Readiness:
    """`word`: ready, wait or no. `stage`, `reason`: why it can't land, or what it waits for."""

    word: str
    stage: str = ""
    reason: str = ""


def read_pull_request(value: Mapping[str, Any]) -> PullRequest:
    """From gh's JSON. Raises KeyError, TypeError and ValueError for anything that isn't one."""
    checks: Sequence[Mapping[str, Any]] = value.get("statusCheckRollup") or ()
    merged = value.get("mergeCommit") or {}
    return PullRequest(
        int(value["number"]),
        str(value["url"]),
        str(value["state"]).lower(),
        str(value["headRefName"]),
        str(value["headRefOid"]),
        str(value.get("baseRefName") or ""),
        bool(value.get("isDraft")),
        bool(value.get("isCrossRepository")),
        str(value.get("mergeable") or "UNKNOWN"),
        str(value.get("mergeStateStatus") or "UNKNOWN"),
        str(value.get("reviewDecision") or ""),
        tuple(sorted({_name(each) for each in checks if _outcome(each) == "failed"})),
        tuple(sorted({_name(each) for each in checks if _outcome(each) == "waiting"})),
        str(merged["oid"]) if merged.get("oid") else None,
        str(value.get("body") or "").replace("\r\n", "\n"),
    )


def judge_readiness(request: PullRequest, head: str, *, is_queued: bool = False) -> Readiness:
    """Whether the pull request may be merged now with exactly the commit `head`. `is_queued`: the server's queue brings
    it up to the base by itself."""
    if request.state == CLOSED:
        return Readiness("no", "pull-request", f"pull request #{request.number} was closed without merging")
    if request.head != head:
        return Readiness("no", "pull-request", f"pull request #{request.number} is at {request.head[:10]}, not at "
                         f"{head[:10]} that was checked; agentgrid pr brings it up to date")  # fmt: skip
    if request.is_draft:
        return Readiness("no", "pull-request", f"#{request.number} is a draft: gh pr ready {request.number}")
    if request.mergeable == "CONFLICTING" or request.merge_state == "DIRTY":
        return Readiness("no", "merge", f"pull request #{request.number} conflicts with {request.base}")
    if is_queued and request.merge_state == "BEHIND":
        return Readiness("ready")
    return _judge_merge_state(request)


def _judge_merge_state(request: PullRequest) -> Readiness:
    if request.merge_state == "BEHIND":
        return Readiness(
            "no",
            "merge",
            f"{request.base} has moved on, and the server wants branches up to date; "
            "bring it in with agentgrid sync, then agentgrid pr",
        )
    if request.merge_state in {"CLEAN", "HAS_HOOKS", "UNSTABLE"}:  # unstable: what fails or runs isn't required
        return Readiness("ready")
    if request.merge_state == "BLOCKED":
        if request.failed:
            return Readiness("no", "checks", f"failed on the server: {', '.join(request.failed)}")
        if request.review in {"REVIEW_REQUIRED", "CHANGES_REQUESTED"}:
            said = "wants a review" if request.review == "REVIEW_REQUIRED" else "has changes requested"
            return Readiness("no", "approvals", f"pull request #{request.number} {said} on the server")
        waits = f"checks: {', '.join(request.waiting)}" if request.waiting else "required checks to begin"
        return Readiness("wait", "checks", waits)
    return Readiness("wait", "merge", "the server to tell whether it merges")


def _name(check: Mapping[str, Any]) -> str:
    return str(check.get("name") or check.get("context") or "a check")


def _outcome(check: Mapping[str, Any]) -> str:
    """Of a check run (status, conclusion) or a commit status (state)."""
    status = str(check.get("status") or "COMPLETED")
    word = str(check.get("conclusion") or check.get("state") or "") if status == "COMPLETED" else status
    if word in _PASSED:
        return "passed"
    return "waiting" if word in _WAITING or not word else "failed"
