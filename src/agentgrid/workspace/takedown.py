"""Taking a worktree away without losing anything: rescue ref, trash, then the directory and its registration."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.errors import Refused
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.submodules import find_initialised, list_gitlinks
from agentgrid.git.worktree_link import is_connected
from agentgrid.git.worktree_list import Worktree
from agentgrid.machine.activity import wait_for_git
from agentgrid.workspace.environment.env_file import drop_env_files
from agentgrid.workspace.equipment import Unequip
from agentgrid.workspace.pending import administrative_git, discard
from agentgrid.workspace.rescue import Rescue, keep_stray_commits, rescue_work, utc_stamp
from agentgrid.workspace.trash import find_ignored, move_to_trash

_REMOVING = "agentgrid-removing"  # in the admin directory once everything was put away


@dataclass(frozen=True)
class Kept:
    """Where everything went: `rescue` the commits and files, `trash` what no commit can hold, `stray` the commits that
    the worktree alone remembered (a ref, and how many)."""

    rescue: Rescue | None
    trash: Path | None
    stray: tuple[str, int] | None = None


def take_down(
    repository: Repository,
    worktree: Worktree,
    agent: str,
    *,
    label: str,
    unequip: Unequip,
    is_checked: bool = False,
    only_changes: bool = False,
) -> Kept:
    """Removes a linked worktree after everything in it was put away. The caller holds the worktrees lock.

    `is_checked`: the caller found it clean, and git is to look once more itself. `only_changes`: its commits are safe
    on a branch that stays, or were there before it. Raises before anything is deleted
    when directory and registration don't agree, or when something can't be saved.
    """
    require_agreement(repository, worktree)
    rescue = rescue_work(repository, worktree, agent=agent, label=label, only_changes=only_changes)
    stray = None if only_changes else keep_stray_commits(repository, worktree, agent=agent)
    trash = _put_away(repository, worktree, rescue, f"{agent}-{utc_stamp()}") if worktree.exists else None
    (worktree.admin_dir / _REMOVING).touch()
    unequip(repository, agent, worktree.admin_dir)
    if (worktree.admin_dir / "index").exists():
        force = () if is_checked and not _has_gitlinks(worktree) else ("--force",)
        administrative_git(repository).run("worktree", "remove", *force, str(worktree.path))
    else:  # never checked out: git calls every file of it deleted
        shutil.rmtree(worktree.path, ignore_errors=not worktree.path.exists())
        discard(repository, worktree.admin_dir)
    return Kept(rescue, trash, stray)


def clear_cut_removal(repository: Repository, worktree: Worktree, agent: str) -> None:
    """After a removal that was killed while git deleted files: what is left of the directory goes to the trash."""
    if (worktree.admin_dir / _REMOVING).exists() and worktree.path.is_dir() and not worktree.exists:
        wait_for_git(worktree.path)
        name = os.fsencode(worktree.path.name)
        move_to_trash(repository, worktree.path.parent, [name], f"{agent}-{utc_stamp()}-rest")


def require_agreement(repository: Repository, worktree: Worktree) -> None:
    """Raises Refused unless this is a linked worktree whose directory, if it exists, points to its registration."""
    if worktree.admin_dir == repository.common_dir:
        raise Refused(f"{worktree.path} is the main worktree: it is never removed")
    if worktree.path.exists() and not is_connected(worktree.path, worktree.admin_dir):
        raise Refused(f"{worktree.path} isn't the worktree that git has registered as {worktree.admin_dir.name}",
                      hint="moved or replaced? `agentgrid agent repair`, or `git worktree repair`")  # fmt: skip


def _put_away(repository: Repository, worktree: Worktree, rescue: Rescue | None, name: str) -> Path | None:
    """Ignored files, untracked repositories, and submodules with their own git directories. An env file that agentgrid
    wrote is deleted: no key stays in the trash."""
    drop_env_files(repository, worktree.path)
    git, modules = Git(worktree.path), worktree.admin_dir / "modules"
    if modules.is_dir() and not (worktree.admin_dir / "index").exists():
        raise Refused(f"{worktree.path} has submodules and no index: nobody can tell what is in them",
                      hint=f"git -C {worktree.path} reset")  # fmt: skip
    entries: Sequence[bytes] = (*find_ignored(git), *(rescue.nested if rescue else ()), *find_initialised(git))
    trash = move_to_trash(repository, worktree.path, list(dict.fromkeys(entries)), name)
    if modules.is_dir():
        kept = move_to_trash(repository, worktree.admin_dir, [b"modules"], f"{name}-modules")
        _make_readable(git_dirs=kept)
    return trash


def _make_readable(git_dirs: Path | None) -> None:
    """A submodule's git directory names a work tree that will be gone; without that, git reads it where it is."""
    for config in git_dirs.rglob("config") if git_dirs else ():
        if (config.parent / "HEAD").is_file():
            Git(config.parent.parent).run("config", "--file", str(config), "--unset", "core.worktree", accept=(0, 5))


def _has_gitlinks(worktree: Worktree) -> bool:
    return worktree.exists and bool(list_gitlinks(Git(worktree.path)))
