"""GitHub's own program `gh`, run without questions. What it says is passed on without anything that opens a door.

Source: its manual; exit codes 0, 1, 2 (cancelled) and 4 (not logged in) from `gh help exit-codes`.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from agentgrid.errors import GitHubError, InputError, OutsideError
from agentgrid.git.process import clean_environment
from agentgrid.machine.secrets.value import HIDDEN

_PROGRAM = "gh"
_LONGEST_S = 120
_NOT_LOGGED_IN = 4
_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
_QUIET = {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "GH_SPINNER_DISABLED": "1", "NO_COLOR": "1"}
_NOISY = ("GH_DEBUG", "DEBUG", "GH_FORCE_TTY", "CLICOLOR_FORCE")  # traces of requests; colour in what is read
_SECRET = re.compile(r"gh[a-z]_\w{8,}|github_pat_\w{8,}|(?<=://)[^/@\s]+(?=@)")


class GitHubCli:
    """`gh` in one directory of a repository: which one on GitHub is meant, it reads from the remotes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def run(self, *arguments: str, stdin: str = "") -> str:
        """What `gh ARGUMENTS` answers. Raises OutsideError when it is missing, doesn't answer or nobody is logged in,
        InputError when no remote is on GitHub, GitHubError for all else that it refuses."""
        done = self._spawn(arguments, stdin)
        if done.returncode == 0:
            return os.fsdecode(done.stdout)
        said = hide_secrets(os.fsdecode(done.stderr))
        if done.returncode == _NOT_LOGGED_IN:
            raise OutsideError("nobody is logged in to GitHub here", hint="gh auth login")
        if "none of the git remotes" in said or "no git remotes found" in said:
            raise InputError("no remote of this repository is on GitHub",
                             hint="git remote -v; for another host: gh auth login --hostname HOST")  # fmt: skip
        raise GitHubError(arguments, done.returncode, said)

    def _spawn(self, arguments: Sequence[str], stdin: str) -> "subprocess.CompletedProcess[bytes]":
        environment = clean_environment(_QUIET)
        for name in _NOISY:
            environment.pop(name, None)
        try:
            return subprocess.run(
                [_PROGRAM, *arguments], cwd=self._directory, input=stdin.encode("utf-8", "backslashreplace"),
                capture_output=True, env=environment, timeout=_LONGEST_S, check=False,
            )  # fmt: skip
        except FileNotFoundError as error:
            hint = "install it from https://cli.github.com, then: gh auth login"
            raise OutsideError("gh, GitHub's program, was not found on PATH", hint=hint) from error
        except subprocess.TimeoutExpired as error:
            raise OutsideError(f"gh {arguments[0]} did not answer for {_LONGEST_S} s") from error


def hide_secrets(text: str) -> str:
    """`text` without tokens, the environment's and those that look so, and without what stands before `@` in URLs."""
    for name in _TOKENS:
        value = os.environ.get(name, "")
        if len(value) > 3:
            text = text.replace(value, HIDDEN)
    return _SECRET.sub(HIDDEN, text)
