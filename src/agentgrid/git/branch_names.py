"""What the branch behind a revision may be called: here, on a remote, or in CI, where HEAD is detached."""

import os
from collections.abc import Sequence

from agentgrid.git.repository import Repository

_CI_HEAD_VARIABLES = ("GITHUB_HEAD_REF", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME")


def names_behind(repository: Repository, head: str) -> list[str]:
    """Short names that the branch behind `head` may have, without a remote's name; none when it is no branch's tip."""
    if head == "HEAD":
        current = repository.current_branch()
        named = [os.environ[name] for name in _CI_HEAD_VARIABLES if os.environ.get(name)]
        return [current] if current else named
    full = repository.git.run("rev-parse", "--symbolic-full-name", head, accept=(0, 128)).text
    if full.startswith("refs/remotes/"):
        return [full.removeprefix("refs/remotes/").partition("/")[2]]
    return [full.removeprefix("refs/heads/")] if full.startswith("refs/heads/") else []


def names_pointing_at(repository: Repository, oid: str) -> list[str]:
    """Short names of the branches, here and on remotes (without the remote's name), whose tip the commit is."""
    listed = repository.git.text(
        "for-each-ref", "--format=%(refname)", f"--points-at={oid}", "refs/heads", "refs/remotes"
    )
    names = [ref.removeprefix("refs/heads/") for ref in listed.splitlines() if ref.startswith("refs/heads/")]
    far = [ref.removeprefix("refs/remotes/").partition("/")[2] for ref in listed.splitlines()]
    return list(dict.fromkeys([*names, *(name for name in far if name and name != "HEAD")]))


def remote_names(repository: Repository) -> list[str]:
    """Short names of the branches that remotes have, without the remote's name."""
    listed = repository.git.text("for-each-ref", "--format=%(refname)", "refs/remotes").splitlines()
    return [ref.removeprefix("refs/remotes/").partition("/")[2] for ref in listed]


def find_remote_tips(repository: Repository, names: Sequence[str]) -> list[str]:
    """Commit ids that branches of these short names have on remotes."""
    listed = repository.git.text("for-each-ref", "--format=%(objectname) %(refname)", "refs/remotes").splitlines()
    wanted = frozenset(names)
    found = (line.split(" ", 1) for line in listed)
    return [oid for oid, ref in found if ref.removeprefix("refs/remotes/").partition("/")[2] in wanted]
