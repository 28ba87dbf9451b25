"""Lock files of a git that was killed: git never removes them, and every later command stops at them."""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from agentgrid.git.worktree_link import read_registered_path
from agentgrid.machine.activity import find_git_activity

_SETTLE_S = 1.0
_POLL_S = 0.1


def remove_stale_locks(files: Iterable[Path], *, is_busy: Callable[[], bool]) -> list[Path]:
    """Removes those of `files` that stay the same for a second while no git is at work (`is_busy`)."""
    removed: list[Path] = []
    for file in files:
        facts = _facts(file)
        deadline = time.monotonic() + _SETTLE_S
        while facts and _facts(file) == facts and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        if facts and not is_busy() and _facts(file) == facts:
            file.unlink(missing_ok=True)
            removed.append(file)
    return removed


def is_git_at_work(common_dir: Path) -> bool:
    """Whether a live git works in this repository: its git directory, its main work tree or a registered one."""
    tops = [common_dir, *([common_dir.parent] if common_dir.name == ".git" else [])]
    places = (read_registered_path(admin_dir) for admin_dir in (common_dir / "worktrees").glob("*"))
    return bool(find_git_activity(*tops, *(place for place in places if place)))


def _facts(file: Path) -> tuple[int, int, int] | None:
    try:
        found = os.lstat(file)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
