"""What the branch behind a revision may be called: here, on a remote, or in CI, where HEAD is detached."""

import os

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
