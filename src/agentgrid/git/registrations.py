"""What git says of the registered worktrees, also after a git was killed while it registered one.

That leaves a `commondir` with nothing in it, at which every later `git worktree list` stops.
"""

from pathlib import Path

from agentgrid.errors import GitError
from agentgrid.git.process import Git

_COMMON_DIR = b"../..\n"  # what git writes there, for every worktree


def read_registrations(git: Git, common_dir: Path) -> list[bytes]:
    """The fields of `git worktree list --porcelain -z`; an empty one ends each worktree."""
    question = ("worktree", "list", "--porcelain", "-z")
    try:
        return git.run_retrying(*question).fields
    except GitError:
        if not _complete(common_dir):
            raise
    return git.run_retrying(*question).fields


def _complete(common_dir: Path) -> bool:
    """Writes what the killed git was about to write; if it lives after all, it writes the same. True when it did."""
    cut = [file for file in (common_dir / "worktrees").glob("*/commondir") if _is_empty(file)]
    for file in cut:
        with file.open("r+b") as stream:
            stream.write(_COMMON_DIR)
    return bool(cut)


def _is_empty(file: Path) -> bool:
    try:
        return file.stat().st_size == 0
    except FileNotFoundError:
        return False  # its worktree was removed at this moment
