"""Rescue refs: everything a worktree holds, kept under `refs/agentgrid/rescue/` before anything is taken away.

The commit has the shape of a stash, so git's own `stash apply --index` brings it back.
"""

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agentgrid.errors import GitError
from agentgrid.git.operations import find_operation
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.stray_commits import find_stray_commits, join_commits
from agentgrid.git.work_commit import WorkCommit, write_staged_commit, write_work_commit
from agentgrid.git.worktree_list import Worktree

RESCUE_PREFIX = "refs/agentgrid/rescue"
_MOST_IN_ONE_SECOND = 1000


@dataclass(frozen=True)
class Rescue:
    """`ref` → `oid`: HEAD itself, or (`has_changes`) a stash-shaped commit on it. `tip_ref`: the branch's own tip when
    HEAD was elsewhere (a rebase). `submodules`, `nested`: changed submodules and untracked repositories; not in it."""

    ref: str
    oid: str
    has_changes: bool
    tip_ref: str | None = None
    submodules: tuple[bytes, ...] = ()
    nested: tuple[bytes, ...] = ()


def rescue_work(
    repository: Repository, worktree: Worktree, *, agent: str, label: str, only_changes: bool = False
) -> Rescue | None:
    """Saves HEAD and all uncommitted work of a worktree; its files, index and the stash aren't touched.

    None when there is nothing to save: neither a commit nor a file, or (`only_changes`) no uncommitted work.
    Raises GitError when something can't be read: then nothing may be taken away.
    """
    git = Git(worktree.path) if worktree.exists else Git(worktree.admin_dir)
    head = _resolve(git, "HEAD")
    text = f"{label} ({agent})"
    work = _write_commit(git, worktree, head, text)
    if work is None or (only_changes and not work.has_changes):
        return None
    stamp = utc_stamp()
    ref = _create_ref(repository, agent, stamp, work.oid, text)
    tip = _hidden_tip(repository, worktree, head)
    tip_ref = _create_ref(repository, agent, stamp, tip, f"{text}: the branch itself") if tip else None
    return Rescue(ref, work.oid, work.has_changes, tip_ref, work.submodules, work.nested)


def keep_commit(repository: Repository, agent: str, oid: str, label: str) -> str:
    """A rescue ref for a commit that nothing else names; the ref."""
    return _create_ref(repository, agent, utc_stamp(), oid, f"{label} ({agent})")


def keep_stray_commits(repository: Repository, worktree: Worktree, *, agent: str) -> tuple[str, int] | None:
    """A rescue ref for the commits that this worktree alone remembers (amended, reset away, made on no branch), and
    how many they are; None when there are none."""
    git = Git(repository.common_dir)
    stray = find_stray_commits(git, worktree.admin_dir)
    if not stray.tips:
        return None
    oid = join_commits(git, stray.tips, f"Commits that no branch has ({agent})")
    return keep_commit(repository, agent, oid, "commits that no branch has"), stray.count


def restore_command(
    rescue: Rescue, branch: str | None, path: Path, agent: str | None, *, has_branch: bool = False
) -> str:
    """One shell line that brings branch, worktree and uncommitted work back, and makes them the agent's desk again.

    `agent` None: it was none's desk. `has_branch`: the branch still exists, and is only checked out.
    """
    place, start = shlex.quote(str(path)), f"{rescue.ref}^1" if rescue.has_changes else rescue.ref
    name = shlex.quote(branch) if branch else None
    steps: list[str] = []
    if name and rescue.tip_ref and not has_branch:
        steps.append(f"git branch --no-track {name} {rescue.tip_ref}")
    if name is None or rescue.tip_ref:
        steps.append(f"git worktree add --detach {place} {start}")
    elif has_branch:
        steps.append(f"git worktree add {place} {name}")
    else:
        steps.append(f"git worktree add -b {name} {place} {start}")
    if rescue.has_changes:
        steps.append(f"git -C {place} stash apply --index {rescue.ref}")
    if agent is not None:
        steps.append(f"agentgrid agent add {shlex.quote(agent)} --adopt {place}")
    return " && ".join(steps)


def utc_stamp() -> str:
    """Now as `20250303T090000Z`: sorts by time, and is a valid part of a ref and of a file name."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def _write_commit(git: Git, worktree: Worktree, head: str | None, label: str) -> WorkCommit | None:
    if worktree.exists:
        work = write_work_commit(git, worktree.admin_dir, head, label)
        is_empty = head is None and not git.text("ls-tree", work.oid) and not _has_untracked(git, work.oid)
        return None if is_empty else work
    return write_staged_commit(git, worktree.admin_dir, head, label) if head else None


def _has_untracked(git: Git, oid: str) -> bool:
    return _resolve(git, f"{oid}^3") is not None


def _hidden_tip(repository: Repository, worktree: Worktree, head: str | None) -> str | None:
    """The tip of the branch that a rebase or bisect left, when HEAD's history doesn't have it."""
    operation = find_operation(worktree.admin_dir)
    tip = _resolve(repository.git, operation.branch) if operation and operation.branch else None
    if tip is None or tip == head:
        return None
    if head and repository.git.succeeds("merge-base", "--is-ancestor", tip, head):
        return None
    return tip


def _create_ref(repository: Repository, agent: str, stamp: str, oid: str, message: str) -> str:
    """A new ref; an existing one is never moved."""
    nothing = "0" * len(oid)
    for number in range(1, _MOST_IN_ONE_SECOND):
        ref = f"{RESCUE_PREFIX}/{agent}/{stamp}" + (f"-{number}" if number > 1 else "")
        try:
            repository.git.run("update-ref", "-m", message, ref, oid, nothing)
        except GitError:
            if _resolve(repository.git, ref) is None:
                raise
        else:
            return ref
    raise GitError(["update-ref", ref], 1, f"{number} rescue refs in one second")


def _resolve(git: Git, revision: str) -> str | None:
    found = git.run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", accept=(0, 1, 128))
    return found.text if found.code == 0 else None
