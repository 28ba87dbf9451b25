"""What a CI server asks to be checked, read from the environment that it gives its jobs.

Names of branches there come from whoever made them: they are checked, and only ever become part of a full ref.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentgrid.errors import InputError
from agentgrid.git.ref_names import is_valid_branch_name

_HEADS = "refs/heads/"
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_QUEUE = re.compile(r"gh-readonly-queue/(?P<base>.+)/pr-\d+-(?P<start>[0-9a-f]{40}|[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class CiRun:
    """`head`: the commit id to judge. `branch`: the branch that it is of, None for a tag or a merge queue's.

    `base`: the branch that it is to land on. `is_default`: that is only the server's default branch, nobody asked
    for it. `base_tip`: its commit, where the server says so. `queued_on`: for a merge queue's group of pull requests,
    the commit that the group stands on.
    """

    head: str
    branch: str | None
    base: str
    is_default: bool = False
    base_tip: str | None = None
    queued_on: str | None = None


def read_ci_run(env: Mapping[str, str]) -> CiRun:
    """The run that `env` describes. Raises InputError where no CI server is known, or what it says can't be right."""
    if env.get("GITHUB_ACTIONS") == "true":
        return _read_github(env)
    if env.get("GITLAB_CI") == "true":
        return _read_gitlab(env)
    raise InputError(
        "--ci found no CI server that it knows (GitHub, GitLab)",
        hint="say what to check: agentgrid check --base origin/main --head origin/BRANCH",
    )


def _read_github(env: Mapping[str, str]) -> CiRun:
    event = _Event.load(env)
    if event.has("pull_request"):
        head = _oid(event.text("pull_request", "head", "sha"), event.source)
        named = env.get("GITHUB_HEAD_REF") or event.text("pull_request", "head", "ref")
        base = env.get("GITHUB_BASE_REF") or event.text("pull_request", "base", "ref")
        return CiRun(head, _branch(named, "GITHUB_HEAD_REF"), _branch(base, "GITHUB_BASE_REF"))
    if event.has("merge_group"):
        base = event.text("merge_group", "base_ref").removeprefix(_HEADS)
        start = _oid(event.text("merge_group", "base_sha"), event.source)
        head = _oid(event.text("merge_group", "head_sha"), event.source)
        return CiRun(head, None, _branch(base, event.source), queued_on=start)
    head, ref = _oid(env.get("GITHUB_SHA", ""), "GITHUB_SHA"), env.get("GITHUB_REF", "")
    branch = _branch(ref.removeprefix(_HEADS), "GITHUB_REF") if ref.startswith(_HEADS) else None
    queue = _QUEUE.fullmatch(branch or "")
    if queue is not None:  # the push event of a queue's branch says nothing of its base
        return CiRun(head, None, _branch(queue["base"], "GITHUB_REF"), queued_on=queue["start"])
    default = _branch(event.text("repository", "default_branch"), event.source)
    return CiRun(head, branch, default, is_default=True)


def _read_gitlab(env: Mapping[str, str]) -> CiRun:
    target = env.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    if target:
        # In a pipeline of merged results, and in a merge train, CI_COMMIT_SHA is a trial merge.
        name = (
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA" if env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") else "CI_COMMIT_SHA"
        )
        tip = env.get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA")
        return CiRun(
            _oid(env.get(name, ""), name),
            _branch(env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", ""), "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
            _branch(target, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
            base_tip=_oid(tip, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA") if tip else None,
        )
    branch = env.get("CI_COMMIT_BRANCH")
    return CiRun(
        _oid(env.get("CI_COMMIT_SHA", ""), "CI_COMMIT_SHA"),
        _branch(branch, "CI_COMMIT_BRANCH") if branch else None,
        _branch(env.get("CI_DEFAULT_BRANCH", ""), "CI_DEFAULT_BRANCH"),
        is_default=True,
    )


@dataclass(frozen=True, slots=True)
class _Event:
    """What GitHub writes about the event; `source` names it in messages."""

    value: Any
    source: str

    @classmethod
    def load(cls, env: Mapping[str, str]) -> "_Event":
        path = env.get("GITHUB_EVENT_PATH", "")
        source = f"the event at GITHUB_EVENT_PATH ({path})" if path else "GITHUB_EVENT_PATH"
        if not path:
            raise InputError("GITHUB_EVENT_PATH is not set: nothing says which commits to check")
        try:
            with open(path, "rb") as stream:
                value = json.load(stream)
        except OSError as error:
            raise InputError(f"{source} can't be read: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise InputError(f"{source} is no JSON: {error}") from error
        if not isinstance(value, dict):
            raise InputError(f"{source} is no JSON object")
        return cls(value, source)

    def has(self, key: str) -> bool:
        return isinstance(self.value.get(key), dict)

    def text(self, *keys: str) -> str:
        value = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if not isinstance(value, str):
            raise InputError(f"{self.source} has no {'.'.join(keys)}")
        return value


def _branch(name: str, source: str) -> str:
    if not is_valid_branch_name(name):
        raise InputError(f"{source}: {name!r} can't be a branch's name")
    return name


def _oid(text: str, source: str) -> str:
    if not _OID.fullmatch(text):
        raise InputError(f"{source}: {text!r} is no commit id (accepted: 40 or 64 hex digits)")
    return text
