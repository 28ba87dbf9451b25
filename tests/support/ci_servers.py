"""The environments in which CI servers run a check of a clone, with the files that they write."""

import json
from pathlib import Path
from typing import Any

from support.repositories import Sandbox


def pull_request(place: Path, head: str, branch: str, base: str = "main") -> dict[str, str]:
    """A pull request on GitHub, with `head` as the tip of `branch`."""
    event = {"pull_request": {"head": {"sha": head, "ref": branch}, "base": {"ref": base, "sha": head}}}
    return _github(place, "pull_request", event, GITHUB_BASE_REF=base, GITHUB_HEAD_REF=branch,
                   GITHUB_REF="refs/pull/7/merge", GITHUB_SHA="d" * 40)  # fmt: skip


def merge_group(place: Path, head: str, start: str, base: str = "main") -> dict[str, str]:
    """A merge queue's group on GitHub: `head` stands on `start`."""
    ref = f"refs/heads/gh-readonly-queue/{base}/pr-7-{start}"
    group = {"head_sha": head, "head_ref": ref, "base_sha": start, "base_ref": f"refs/heads/{base}"}
    return _github(place, "merge_group", {"merge_group": group}, GITHUB_REF=ref, GITHUB_SHA=head)


def push(place: Path, head: str, ref: str, default: str = "main") -> dict[str, str]:
    """A push to GitHub."""
    event = {"ref": ref, "after": head, "repository": {"default_branch": default}}
    return _github(place, "push", event, GITHUB_REF=ref, GITHUB_SHA=head)


def merge_request(head: str, branch: str, *, trial: str | None = None, tip: str = "") -> dict[str, str]:
    """A merge request's pipeline on GitLab; `trial`: of merged results, where the target stands at `tip`."""
    return {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_DEFAULT_BRANCH": "main",
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_COMMIT_SHA": trial or head,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head if trial else "",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": tip,
    }


def check_out(server: Sandbox, place: Path, commit: str, *options: str) -> Sandbox:
    """A job's clone of `server`, on the detached `commit`."""
    clone = server.clone(place, "--no-checkout", *options)
    clone.git("switch", "--quiet", "--detach", commit)
    return clone


def _github(place: Path, name: str, event: Any, **variables: str) -> dict[str, str]:
    place.mkdir(parents=True, exist_ok=True)
    (place / "event.json").write_text(json.dumps(event), encoding="utf-8")
    (place / "summary.md").touch()
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(place / "event.json"),
        "GITHUB_STEP_SUMMARY": str(place / "summary.md"),
        "RUNNER_TEMP": str(place),
        **variables,
    }
