"""Moving the branch that work lands on: compare and swap, fast-forward where it is checked out, push without force."""

import os
from dataclasses import dataclass
from pathlib import Path

from agentgrid.git.process import Git

_PLAIN = ("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "submodule.recurse=false")
_ANY = range(256)


@dataclass(frozen=True)
class Said:
    """Whether git did it, and its words when it didn't."""

    is_done: bool
    words: str = ""


def swap_ref(git: Git, ref: str, old: str | None, new: str, reason: str) -> Said:
    """`ref` becomes `new` if it is `old` at this moment (None: if it isn't there)."""
    said = git.run(*_PLAIN, "update-ref", "-m", reason, ref, new, old or "0" * len(new), accept=_ANY)
    return Said(said.code == 0, _words(said.stderr))


def fast_forward(git: Git, new: str, reason: str, *, hooks: Path | None = None) -> Said:
    """Brings the branch that is checked out, its index and files to `new`; nothing untracked or ignored is
    overwritten. `hooks`: the directory of the hooks that count, where others are set."""
    instead = ("-c", f"core.hooksPath={hooks}") if hooks else ()
    said = git.run(*_PLAIN, *instead, "merge", "--quiet", "--ff-only", "--no-overwrite-ignore", "--no-stat",
                   "--no-autostash", new, accept=_ANY, env={"GIT_REFLOG_ACTION": reason})  # fmt: skip
    return Said(said.code == 0, _words(said.stderr) or _words(said.stdout))


def push_commit(git: Git, remote: str, commit: str, ref: str) -> Said:
    """Pushes `commit` to `ref` of `remote`, which must only go forward by it."""
    said = git.run(*_PLAIN, "push", "--quiet", "--no-follow-tags", remote, f"{commit}:{ref}", accept=_ANY)
    return Said(said.code == 0, _words(said.stderr))


def _words(text: bytes) -> str:
    return os.fsdecode(text).strip()
