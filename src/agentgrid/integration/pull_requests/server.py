"""Pull requests on GitHub, by its own program: found, opened, edited, merged."""

import json
from pathlib import Path

from agentgrid.errors import GitHubError
from agentgrid.integration.pull_requests.pull_request import FIELDS, OPEN, PullRequest, read_pull_request
from agentgrid.machine.github_cli import GitHubCli

STRATEGIES = {"merge": "--merge", "squash": "--squash", "rebase": "--rebase"}
_MOST = "30"  # of one branch's


class PullRequestServer:
    """Those of the repository that `directory` is in, towards its branch `base`."""

    def __init__(self, directory: Path, base: str) -> None:
        self._gh = GitHubCli(directory)
        self.base = base

    def find(self, branch: str) -> PullRequest | None:
        """The one of that branch: the open one, else the newest. Those from forks are somebody else's."""
        listed = self._gh.run("pr", "list", "--head", branch, "--base", self.base, "--state", "all", "--limit", _MOST,
                              "--json", ",".join(FIELDS))  # fmt: skip
        found = [each for each in _read(listed) if each.branch == branch and not each.is_foreign]
        return max(found, key=lambda each: (each.state == OPEN, each.number), default=None)

    def view(self, number: int | str) -> PullRequest:
        """By its number, or its address."""
        shown = self._gh.run("pr", "view", str(number), "--json", ",".join(FIELDS))
        return _read(shown)[0]

    def create(self, branch: str, *, title: str, body: str, is_draft: bool) -> PullRequest:
        draft = ["--draft"] if is_draft else []
        said = self._gh.run("pr", "create", "--head", branch, "--base", self.base, "--title", title,
                            "--body-file", "-", *draft, stdin=body)  # fmt: skip
        address = next((line for line in reversed(said.split()) if "://" in line), branch)
        return self.view(address)

    def edit(self, number: int, *, body: str, title: str | None = None) -> None:
        titled = ["--title", title] if title is not None else []
        self._gh.run("pr", "edit", str(number), "--body-file", "-", *titled, stdin=body)

    def merge(self, number: int, head: str, *, strategy: str, is_queued: bool) -> None:
        """Merges it when it is at the commit `head`, and not otherwise. `is_queued`: when the server finds it ready,
        or through its queue."""
        auto = ["--auto"] if is_queued else []
        self._gh.run("pr", "merge", str(number), STRATEGIES[strategy], "--match-head-commit", head, *auto)


def _read(answer: str) -> list[PullRequest]:
    """One object, or a list of them."""
    try:
        value = json.loads(answer)
        return [read_pull_request(each) for each in (value if isinstance(value, list) else [value])]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        said = f"its answer can't be read ({type(error).__name__}: {error})"
        hint = "gh --version; 2.20 or newer knows every field that is asked for"
        raise GitHubError(("pr", "view"), 0, said, hint=hint) from error
