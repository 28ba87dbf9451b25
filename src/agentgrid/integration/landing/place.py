"""Where the base is checked out, and whether it can be moved there without touching anything of anybody's."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.errors import Refused, WouldLoseWork
from agentgrid.git.base_ref import Base, short_ref
from agentgrid.git.operations import find_operation
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.status import read_status
from agentgrid.git.worktree_list import Worktree, list_worktrees
from agentgrid.integration.landing.rules import name_paths
from agentgrid.workspace.sync.facts import find_in_the_way


@dataclass(frozen=True)
class BasePlace:
    """The base as it stands: `ref` is the local branch at `local` (None: there is none yet), `tip` what work lands on
    (the upstream's, where the local branch is behind it). `worktree`: where it is checked out, None for nowhere.
    `upstream`: the remote-tracking ref, at `upstream_oid`."""

    branch: str
    ref: str
    local: str | None
    tip: str
    upstream: str | None
    worktree: Worktree | None
    upstream_oid: str | None = None


def find_place(repository: Repository, base: Base) -> BasePlace:
    """Finds it. Raises Refused where it can't be moved at all: diverged, in the middle of something, in two places."""
    ref = f"refs/heads/{base.branch}"
    known = dict(base.refs)
    local, upstream = known.get(ref), next((name for name in known if name != ref), None)
    if base.warning:
        raise Refused(f"{base.branch} and {short_ref(base.ref)} have diverged: nothing can land on both",
                      hint=f"bring them together first, on {base.branch}: git merge {short_ref(base.ref)}")  # fmt: skip
    return BasePlace(base.branch, ref, local, base.oid, upstream, find_checked_out(repository, base.branch, ref),
                     known.get(upstream) if upstream else None)  # fmt: skip


def require_ready(place: BasePlace, writes: Sequence[bytes]) -> None:
    """Raises WouldLoseWork when the worktree with the base isn't clean, or a file there is in the way of `writes`."""
    blocked = find_block(place, writes)
    if blocked:
        raise WouldLoseWork(blocked[0], hint=blocked[1])


def find_block(place: BasePlace, writes: Sequence[bytes]) -> tuple[str, str] | None:
    """(why the base can't be moved where it is checked out, what to do about it); None when it can."""
    if place.worktree is None:
        return None
    path = place.worktree.path
    if not place.worktree.exists:
        return f"{place.branch} is checked out in {path}, which is gone", "agentgrid agent repair"
    git = Git(path)
    operation = find_operation(place.worktree.admin_dir)
    if operation:
        return (f"{place.branch} is checked out in {path}, where a {operation.name} is in progress",
                f"finish it, or give it up: git -C {shlex.quote(str(path))} status")  # fmt: skip
    status = read_status(git, untracked="all")
    if status.staged or status.unstaged or status.unmerged:
        changed = status.staged + status.unstaged + status.unmerged
        files = "file has" if changed == 1 else "files have"
        why = f"{changed} {files} uncommitted changes there: {name_paths(status.paths)}"
        return (f"{place.branch} is checked out in {path}, and {why}",
                f"commit them, or put them aside: git -C {shlex.quote(str(path))} stash push")  # fmt: skip
    in_the_way = find_in_the_way(git, status.paths, writes)
    if in_the_way:
        return (f"files that git doesn't have are in the way in {path}: {name_paths(in_the_way)}",
                "move them away, or commit them; they are never overwritten")  # fmt: skip
    return None


def seat_of(repository: Repository) -> Path:
    """Where a person would stand to move the base: no agent's guard is there."""
    return repository.main_worktree or repository.common_dir


def find_checked_out(repository: Repository, branch: str, ref: str) -> Worktree | None:
    """Where the branch is checked out, None for nowhere. Raises Refused when that is in two places, or something is in
    progress on it."""
    found: list[Worktree] = []
    for worktree in list_worktrees(repository):
        if worktree.branch == ref and not worktree.is_bare:
            found.append(worktree)
            continue
        operation = find_operation(worktree.admin_dir) if worktree.exists else None
        if operation is not None and operation.branch == ref:
            raise Refused(f"a {operation.name} of {branch} is in progress in {worktree.path}",
                          hint="finish it, or give it up, and land then")  # fmt: skip
    if len(found) > 1:
        places = ", ".join(str(each.path) for each in found)
        raise Refused(f"{branch} is checked out more than once: {places}", hint="leave it checked out in one place")
    return found[0] if found else None
