"""Which other agents have unlanded changes to certain paths: on their branches, and in their worktrees.

It asks about those paths alone, so it is cheap enough to be asked before an edit.
"""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from agentgrid.boundaries.leases.landing import find_unlanded
from agentgrid.boundaries.others_work import OthersWork
from agentgrid.errors import AgentGridError
from agentgrid.git.history import changed_between
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.status import parse_status
from agentgrid.workspace.desks import Desk, find_desks

_TOP = frozenset((b"", b"."))


def find_others_work(
    repository: Repository, base: str, paths: Sequence[bytes], *, but: str | None, among: Collection[str] | None = None
) -> dict[bytes, tuple[OthersWork, ...]]:
    """Path → what other agents than `but` have there that the commit `base` hasn't. A folder stands for all in it.
    `among`: asks of these agents alone."""
    desks = [desk for agent, desk in find_desks(repository).items()
             if agent != but and not desk.is_pending and (among is None or agent in among)]  # fmt: skip
    if not desks or not paths:
        return dict.fromkeys(paths, ())
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        found = list(pool.map(lambda desk: _of_desk(repository, base, desk, paths), desks))
    return {path: tuple(work[path] for work in found if path in work) for path in paths}


def _of_desk(repository: Repository, base: str, desk: Desk, paths: Sequence[bytes]) -> Mapping[bytes, OthersWork]:
    commits = _unlanded_commits(repository.git, base, desk.worktree.head, paths) if desk.worktree.head else []
    dirty = _dirty_paths(desk, paths)
    found = {}
    for path in paths:
        count = sum(any(_is_in(each, path) for each in commit) for commit in commits)
        is_dirty = None if dirty is None else any(_is_in(each, path) for each in dirty)
        if count or is_dirty or is_dirty is None:
            found[path] = OthersWork(desk.agent, count, is_dirty)
    return found


def _unlanded_commits(git: Git, base: str, head: str, paths: Sequence[bytes]) -> list[set[bytes]]:
    """The asked paths that each commit of the branch changes, as far as the base never had what became of them."""
    # A path may hold any byte but NUL, and none is empty: only a run of NULs surely parts two commits.
    output = git.run("--literal-pathspecs", "log", "--format=%x00%x00%x00", "--name-only", "-z", "--no-renames",
                     f"{base}..{head}", "--", *_pathspecs(paths)).stdout  # fmt: skip
    commits = [{path for path in each.removeprefix(b"\n").split(b"\0") if path}
               for each in re.split(rb"\0{3,}", output)[1:]]  # fmt: skip
    touched = set().union(*commits)
    if not touched:
        return []
    differing = [path for path in changed_between(git, base, head) if path in touched]
    unlanded = set(find_unlanded(git, base, head, differing))
    return [commit & unlanded for commit in commits]


def _dirty_paths(desk: Desk, paths: Sequence[bytes]) -> tuple[bytes, ...] | None:
    """What isn't committed there; None when that can't be read."""
    if not desk.worktree.exists:
        return ()
    try:
        output = Git(desk.worktree.path).run(
            "--literal-pathspecs", "status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=all",
            "--ignore-submodules=dirty", "--", *_pathspecs(paths), env={"GIT_OPTIONAL_LOCKS": "0"},
        )  # fmt: skip
    except AgentGridError:
        return None
    return parse_status(output.fields).paths


def _pathspecs(paths: Sequence[bytes]) -> Sequence[bytes]:
    return paths if not _TOP.intersection(paths) else ()  # the top: everything


def _is_in(path: bytes, asked: bytes) -> bool:
    return path == asked or path.startswith(asked.rstrip(b"/") + b"/") or asked in _TOP
