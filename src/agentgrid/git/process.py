"""Running git: one method, bytes in and out, hook variables scrubbed, errors typed.

Output is never git's prose: callers ask for porcelain, `-z`, exit codes. Messages are pinned to C so that
what we show in an error is the same everywhere. What is read is what a push would send: no replacement of objects, no
graft, no shallow file that somebody names in the environment.
"""

import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from agentgrid.errors import GitError, OutsideError

# Set by git for its hooks; each would silently send a command to another repository, index or work tree.
HOOK_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)

# Each would show another history, another change or other settings than there are.
MISLEADING_VARIABLES = (
    "GIT_CONFIG",
    "GIT_DIFF_OPTS",
    "GIT_EXTERNAL_DIFF",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
)

PINNED_VARIABLES = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": f"{os.devnull}/none",  # also instead of info/grafts; no file, or git says it is deprecated
}

# core.useReplaceRefs wins over GIT_NO_REPLACE_OBJECTS before git 2.42; signatures would stand among what `log` answers.
PINNED_SETTINGS = ("-c", "core.useReplaceRefs=false", "-c", "log.showSignature=false")

# Where git keeps objects that it has not taken in yet: a hook that judges them must see them.
OBJECT_VARIABLES = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")


class Output:
    """What a git command answered: exit code, stdout and stderr as bytes."""

    __slots__ = ("code", "stderr", "stdout")

    def __init__(self, code: int, stdout: bytes, stderr: bytes) -> None:
        self.code = code
        self.stdout = stdout
        self.stderr = stderr

    @property
    def text(self) -> str:
        """Stdout without its final newline; bytes that are not UTF-8 survive as surrogates."""
        return os.fsdecode(self.stdout).removesuffix("\n")

    @property
    def fields(self) -> list[bytes]:
        """NUL-separated output (`-z`) as a list."""
        return self.stdout.split(b"\0")[:-1] if self.stdout else []


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without what git set for a hook or what misleads; messages in C, no prompts."""
    scrubbed = {*HOOK_VARIABLES, *MISLEADING_VARIABLES}
    environment = {name: value for name, value in os.environ.items() if name not in scrubbed}
    return {**environment, **PINNED_VARIABLES, **(extra or {})}


class Git:
    """git run in one directory.

    `directory` may be a work tree, a git directory or a bare repository. `env` is added to the scrubbed
    environment of each command (a hook that must see git's temporary index passes GIT_INDEX_FILE here).
    """

    def __init__(self, directory: Path, *, env: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.env = dict(env or {})

    def run(
        self,
        *arguments: str | bytes,
        stdin: bytes | None = None,
        accept: Sequence[int] = (0,),
        env: Mapping[str, str] | None = None,
        hint: str | None = None,
    ) -> Output:
        """Runs `git ARGUMENTS`.

        Raises GitError when the exit code is not in `accept`, OutsideError when git isn't installed or the
        directory has gone.
        """
        try:
            done = subprocess.run(
                ["git", *PINNED_SETTINGS, *arguments],
                cwd=self.directory,
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                env=clean_environment({**self.env, **(env or {})}),
                check=False,
            )
        except FileNotFoundError as error:
            if not self.directory.is_dir():
                raise OutsideError(f"the directory {self.directory} does not exist") from error
            raise OutsideError("git was not found on PATH", hint="install git 2.38 or newer") from error
        if done.returncode not in accept:
            command = [os.fsdecode(part) for part in arguments]
            raise GitError(command, done.returncode, os.fsdecode(done.stderr), hint=hint)
        return Output(done.returncode, done.stdout, done.stderr)

    def text(self, *arguments: str | bytes, stdin: bytes | None = None) -> str:
        return self.run(*arguments, stdin=stdin).text

    def succeeds(self, *arguments: str | bytes) -> bool:
        """True on exit code 0, False on 1 (the codes of git's questions); anything else raises."""
        return self.run(*arguments, accept=(0, 1)).code == 0

    def run_retrying(self, *arguments: str, tries: int = 5) -> Output:
        """For readers of the worktree list: a concurrent `worktree add` makes them fail now and then."""
        for attempt in range(tries - 1):
            try:
                return self.run(*arguments)
            except GitError:
                time.sleep(0.02 * 2**attempt)
        return self.run(*arguments)


def join_nul(paths: Iterable[bytes]) -> bytes:
    """Paths as `-z --stdin` wants them."""
    return b"".join(path + b"\0" for path in paths)
