"""The worktrees of a repository, as git says; git is the truth, our records follow it."""

import os
from dataclasses import dataclass
from pathlib import Path

from agentgrid.git.registrations import read_registrations
from agentgrid.git.repository import Repository


@dataclass(frozen=True, slots=True)
class Worktree:
    """One registered worktree. `admin_dir` is its git directory (`.git/worktrees/<name>`; the common directory for
    the main one). `branch` is a full ref, None when detached. `locked`: the reason, maybe empty; None when not."""

    path: Path
    admin_dir: Path
    head: str | None
    branch: str | None
    is_bare: bool
    locked: str | None
    prunable: str | None

    @property
    def exists(self) -> bool:
        return (self.path / ".git").exists()


def list_worktrees(repository: Repository) -> list[Worktree]:
    """Every registered worktree, the main one first."""
    fields = read_registrations(repository.git, repository.common_dir)
    admin_dirs = _admin_dirs(repository.common_dir)
    found: list[Worktree] = []
    entry: dict[str, str] = {}
    for field in fields:
        if field:
            key, _, value = os.fsdecode(field).partition(" ")
            entry[key] = value
            continue
        path = Path(entry["worktree"])
        admin = admin_dirs.get(_real(path), repository.common_dir if not found else None)
        if admin is not None:  # None: being removed by somebody else at this moment
            found.append(_worktree(path, admin, entry))
        entry = {}
    return found


def _worktree(path: Path, admin_dir: Path, entry: dict[str, str]) -> Worktree:
    return Worktree(
        path,
        admin_dir,
        entry.get("HEAD"),
        entry.get("branch"),
        "bare" in entry,
        entry.get("locked"),
        entry.get("prunable"),
    )


def _admin_dirs(common_dir: Path) -> dict[str, Path]:
    """Real path of each linked worktree → its directory below `worktrees/`."""
    found: dict[str, Path] = {}
    for admin in sorted((common_dir / "worktrees").glob("*/gitdir")):
        try:
            dot_git = admin.read_bytes().rstrip(b"\n")
        except FileNotFoundError:
            continue
        path = Path(os.path.normpath(os.path.join(admin.parent, os.fsdecode(dot_git))))
        found[_real(path.parent)] = admin.parent
    return found


def _real(path: Path) -> str:
    return os.path.realpath(path)
