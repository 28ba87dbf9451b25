"""What CI servers say about a run, read from environments as they make them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agentgrid.errors import InputError
from agentgrid.git.ci_run import CiRun, read_ci_run

HEAD, BASE, TRIAL = "a" * 40, "b" * 40, "c" * 40
PULL_REQUEST = {
    "pull_request": {"head": {"sha": HEAD, "ref": "feat/a2/work__a2"}, "base": {"sha": BASE, "ref": "main"}}
}
QUEUE = f"gh-readonly-queue/release/1.0/pr-12-{BASE}"
GITLAB_MERGE_REQUEST = {
    "GITLAB_CI": "true",
    "CI_COMMIT_SHA": TRIAL,
    "CI_DEFAULT_BRANCH": "main",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feat/a2/work__a2",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD,
    "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": BASE,
}
GITLAB_BRANCH = {"GITLAB_CI": "true", "CI_COMMIT_SHA": HEAD, "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BRANCH": "notes"}


def github(tmp_path: Path, event: Any, **variables: str) -> dict[str, str]:
    """The environment of a job of GitHub's, with its event file."""
    file = tmp_path / "event.json"
    file.write_bytes(event if isinstance(event, bytes) else json.dumps(event).encode())
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(file), "GITHUB_SHA": TRIAL, **variables}


def test_a_pull_request_is_its_own_head_and_not_the_trial_merge(tmp_path: Path) -> None:
    env = github(tmp_path, PULL_REQUEST, GITHUB_BASE_REF="main", GITHUB_HEAD_REF="feat/a2/work__a2",
                 GITHUB_REF="refs/pull/7/merge")  # fmt: skip
    assert read_ci_run(env) == CiRun(HEAD, "feat/a2/work__a2", "main")


def test_an_event_about_a_pull_request_that_sets_no_variables_is_read_from_its_file(tmp_path: Path) -> None:
    assert read_ci_run(github(tmp_path, PULL_REQUEST)) == CiRun(HEAD, "feat/a2/work__a2", "main")


def test_a_merge_group_stands_on_what_its_event_says(tmp_path: Path) -> None:
    group = {
        "head_sha": HEAD,
        "head_ref": f"refs/heads/{QUEUE}",
        "base_sha": BASE,
        "base_ref": "refs/heads/release/1.0",
    }
    assert read_ci_run(github(tmp_path, {"merge_group": group})) == CiRun(HEAD, None, "release/1.0", queued_on=BASE)


def test_the_push_of_a_queues_branch_is_resolved_from_its_name(tmp_path: Path) -> None:
    env = github(
        tmp_path, {"repository": {"default_branch": "main"}}, GITHUB_SHA=HEAD, GITHUB_REF=f"refs/heads/{QUEUE}"
    )
    assert read_ci_run(env) == CiRun(HEAD, None, "release/1.0", queued_on=BASE)


@pytest.mark.parametrize(
    ("ref", "branch"),
    [
        ("refs/heads/notes", "notes"),
        ("refs/tags/v1", None),
        ("refs/heads/gh-readonly-queue/x", "gh-readonly-queue/x"),
    ],
)
def test_a_push_is_compared_with_the_default_branch(tmp_path: Path, ref: str, branch: str | None) -> None:
    env = github(tmp_path, {"repository": {"default_branch": "trunk"}}, GITHUB_REF=ref)
    assert read_ci_run(env) == CiRun(TRIAL, branch, "trunk", is_default=True)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, CiRun(HEAD, "feat/a2/work__a2", "main", base_tip=BASE)),
        (
            {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": ""},
            CiRun(TRIAL, "feat/a2/work__a2", "main"),
        ),
    ],
    ids=["merged results and trains", "a detached pipeline"],
)
def test_a_merge_request_is_its_source_branch(change: Mapping[str, str], expected: CiRun) -> None:
    assert read_ci_run({**GITLAB_MERGE_REQUEST, **change}) == expected


def test_a_branch_and_a_tag_of_gitlab_are_compared_with_the_default_branch() -> None:
    assert read_ci_run(GITLAB_BRANCH) == CiRun(HEAD, "notes", "main", is_default=True)
    tag = {**GITLAB_BRANCH, "CI_COMMIT_BRANCH": "", "CI_COMMIT_TAG": "v1"}
    assert read_ci_run(tag) == CiRun(HEAD, None, "main", is_default=True)


@pytest.mark.parametrize("env", [{}, {"CI": "true"}, {"GITHUB_ACTIONS": "false"}])
def test_where_no_server_is_known_it_is_said_what_to_give(env: Mapping[str, str]) -> None:
    with pytest.raises(InputError, match="no CI server that it knows") as raised:
        read_ci_run(env)
    assert "--base origin/main --head origin/BRANCH" in (raised.value.hint or "")


@pytest.mark.parametrize(
    "name", ["main;id", "$(id)", "--upload-pack=x", "a b", "a..b", "a\nb", "", "x:y", "refs/heads/../x", "a~1", "^main"]
)
def test_a_name_that_git_gives_no_branch_is_refused(tmp_path: Path, name: str) -> None:
    pull = {"pull_request": {"head": {"sha": HEAD, "ref": "x"}, "base": {"ref": name}}}
    is_fine = name in {"main;id", "$(id)"}  # git takes these: they are refs here, never a shell's words
    if is_fine:
        assert read_ci_run(github(tmp_path, pull)).base == name
    else:
        with pytest.raises(InputError, match="can't be a branch's name"):
            read_ci_run(github(tmp_path, pull))


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (b"", "is no JSON"),
        (b'{"pull_request": {"head"', "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "is no JSON object"),
        ({}, "has no repository.default_branch"),
        ({"pull_request": {"head": "x"}}, r"has no pull_request\.head\.sha"),
        ({"pull_request": {"head": {"sha": 7}}}, r"has no pull_request\.head\.sha"),
        ({"pull_request": {"head": {"sha": "HEAD"}}}, "'HEAD' is no commit id"),
        ({"merge_group": {"base_ref": "refs/heads/main"}}, r"has no merge_group\.base_sha"),
    ],
)
def test_an_event_that_can_not_be_read_is_one_line(tmp_path: Path, event: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        read_ci_run(github(tmp_path, event, GITHUB_REF="refs/heads/x"))
    assert "\n" not in raised.value.message


def test_a_missing_event_file_is_one_line(tmp_path: Path) -> None:
    env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(tmp_path / "none.json")}
    with pytest.raises(InputError, match="can't be read: No such file"):
        read_ci_run(env)
    with pytest.raises(InputError, match="GITHUB_EVENT_PATH is not set"):
        read_ci_run({"GITHUB_ACTIONS": "true"})
