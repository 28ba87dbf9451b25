"""Small real repositories for tests: write, commit, branch, add worktrees, clone.

Runs git by itself rather than through the package, so that a mistake there can't hide here.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One work tree, git directory or bare repository at `path`."""

    path: Path

    def git(
        self,
        *arguments: str | bytes | Path,
        stdin: str | bytes | None = None,
        accept: Sequence[int] = (0,),
        env: Mapping[str, str] | None = None,
    ) -> str:
        """What `git ARGUMENTS` answers on stdout, without its final newline; other bytes than UTF-8 survive.

        Raises AssertionError with what git said when the exit code is not in `accept`.
        """
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            input=os.fsencode(stdin) if stdin is not None else b"",
            capture_output=True,
            env={**os.environ, **(env or {})},
            check=False,
        )
        if done.returncode not in accept:
            command = " ".join(os.fsdecode(part) for part in arguments)
            raise AssertionError(f"git {command}: exit {done.returncode}\n{os.fsdecode(done.stdout + done.stderr)}")
        return os.fsdecode(done.stdout).removesuffix("\n")

    def write(self, path: str, content: str | bytes) -> Path:
        """Writes a file of the work tree, making its directories; returns its absolute path."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def read(self, path: str) -> str:
        return (self.path / path).read_text(encoding="utf-8")

    def commit(self, message: str, /, **files: str | bytes | None) -> str:
        """Writes `files` (path → content, None deletes), stages everything and commits, past all hooks.

        Returns the commit's id. Without files it commits what is there; an empty commit is allowed.
        """
        for path, content in files.items():
            if content is None:
                (self.path / path).unlink()
            else:
                self.write(path, content)
        self.git("add", "--all")
        self.git("-c", f"core.hooksPath={os.devnull}", "commit", "--quiet", "--allow-empty", "-m", message)
        return self.oid()

    def oid(self, revision: str = "HEAD") -> str:
        """The object id that `revision` names."""
        return self.git("rev-parse", "--verify", revision)

    def branch(self, name: str, start: str = "HEAD") -> str:
        """Creates a branch without switching to it; returns the commit's id."""
        self.git("branch", "--no-track", name, start)
        return self.oid(f"refs/heads/{name}")

    def switch(self, name: str) -> None:
        """Checks out a branch, creating it at HEAD when it doesn't exist."""
        exists = self.git("branch", "--list", name)
        self.git("switch", "--quiet", *(() if exists else ("--create",)), name)

    def worktree(self, path: Path, branch: str, start: str = "HEAD") -> "Sandbox":
        """A linked worktree at `path` on the new branch `branch`."""
        self.git("worktree", "add", "--quiet", "--no-track", "-b", branch, path, start)
        return Sandbox(path)

    def clone(self, path: Path, *options: str) -> "Sandbox":
        """A clone at `path` whose `origin` is this repository (`--bare` among `options` for a bare one)."""
        self.git("clone", "--quiet", *options, self.path, path)
        return Sandbox(path)

    def serve(self, path: Path) -> "Sandbox":
        """A bare server at `path`, added here as `origin`; the current branch is pushed and tracks it."""
        server = create_bare(path)
        self.git("remote", "add", "origin", path)
        self.git("push", "--quiet", "--set-upstream", "origin", "HEAD")
        self.git("remote", "set-head", "origin", "--auto")
        return server

    def status(self) -> str:
        """`git status --porcelain` with every untracked file named."""
        return self.git("status", "--porcelain", "--untracked-files=all")

    def files(self, revision: str = "HEAD") -> list[str]:
        """Every path of a commit."""
        return self.git("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision).split("\0")[:-1]


def create_repository(path: Path, /, **files: str | bytes) -> Sandbox:
    """A repository on `main` with one commit of `files`; without files it has no commit yet."""
    path.mkdir(parents=True)
    sandbox = Sandbox(path)
    sandbox.git("init", "--quiet", "--initial-branch=main")
    if files:
        sandbox.commit("Start", **files)
    return sandbox


def create_bare(path: Path) -> Sandbox:
    """An empty bare repository, as a server keeps it."""
    path.mkdir(parents=True)
    sandbox = Sandbox(path)
    sandbox.git("init", "--quiet", "--bare", "--initial-branch=main")
    return sandbox
