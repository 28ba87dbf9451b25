"""One commit per agent of all that it has, committed and not, taken from many work trees at once."""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from agentgrid.errors import AgentGridError
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.scratch_objects import object_environment
from agentgrid.git.work_snapshot import CommitFacts, Dirt, read_commits, read_dirt, read_hidden, write_snapshot
from agentgrid.integration.conflicts.model import AgentWork
from agentgrid.integration.snapshots.shelf import Record, Shelf

# A file that changed so shortly before it was read may change again without its times telling: some file systems keep
# whole seconds, or every other one.
_COARSE_NS, _FINE_NS = 2_000_000_000, 100_000_000
_TRIES = 3
_MOST_HIDDEN = 2000  # of a sparse checkout: more aren't remembered


@dataclass(frozen=True)
class WorkPlace:
    """Where an agent's work is. `branch`: its short name; None when detached. `head`: the branch's commit, for who
    has no work tree. `is_pending`: the work tree's files are not all there yet."""

    agent: str
    branch: str | None
    head: str | None
    worktree: Path | None = None
    admin_dir: Path | None = None
    is_pending: bool = False


def take_snapshots(
    repository: Repository, places: Sequence[WorkPlace], shelf: Shelf, *, committed_only: bool = False
) -> tuple[AgentWork, ...]:
    """The work of each place, as many at a time as there are cores; `changed` is left empty. Where something can't be
    read that is the work's `problem`."""
    known = read_commits(repository.git, [place.head for place in places if place.head])

    def take(place: WorkPlace) -> AgentWork:
        if committed_only or place.worktree is None:
            return _committed(place)
        try:
            return _take(repository, place, shelf, known)
        except AgentGridError as error:
            return AgentWork(place.agent, place.branch, place.head, None, problem=error.message)
        except OSError as error:
            problem = f"{place.worktree} can't be read: {error.strerror or error}"
            return AgentWork(place.agent, place.branch, place.head, None, problem=problem)

    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        return tuple(pool.map(take, places))


def snapshot_git(repository: Repository, directory: Path, shelf: Shelf) -> Git:
    """Git in `directory`, which writes to the shelf."""
    return Git(directory, env=object_environment(repository, shelf.objects))


def _committed(place: WorkPlace) -> AgentWork:
    problem = None if place.head else "there is no commit yet"
    return AgentWork(place.agent, place.branch, place.head, place.head, problem=problem)


def _take(repository: Repository, place: WorkPlace, shelf: Shelf, commits: Mapping[str, CommitFacts]) -> AgentWork:
    assert place.worktree is not None
    assert place.admin_dir is not None
    if not (place.worktree / ".git").exists():
        return AgentWork(place.agent, place.branch, place.head, None, problem=f"{place.worktree} is gone")
    if place.is_pending:
        return AgentWork(place.agent, place.branch, place.head, None, problem="its files are not all there yet")
    git = snapshot_git(repository, place.worktree, shelf)
    for _ in range(_TRIES):
        index = _index_facts(place.admin_dir)
        dirt, oid = _look(git, place.admin_dir, index, shelf, commits)
        if _index_facts(place.admin_dir) == index:
            break  # else the agent staged or committed meanwhile
    branch = dirt.branch or place.branch
    return AgentWork(place.agent, branch, dirt.head, oid, is_dirty=dirt.is_dirty, unclear=dirt.unclear)


def _look(git: Git, admin_dir: Path, index: str, shelf: Shelf, commits: Mapping[str, CommitFacts]) -> tuple[Dirt, str]:
    """What is uncommitted, and the snapshot: the last one, where it surely is the same."""
    known = shelf.records.get(str(admin_dir))
    taken_at = time.time_ns()
    hidden = _hidden(git, known, index)
    dirt = read_dirt(git, admin_dir, hidden)
    if not dirt.is_dirty and dirt.head:
        oid, taken_at = dirt.head, 0  # nothing to be wrong about: the file needn't be written for its time
    elif known is not None and _is_same(shelf, known, dirt):
        oid, taken_at = known.oid, known.taken_at
    else:
        oid = write_snapshot(git, admin_dir, dirt, hidden, commits)
        shelf.has_grown = True
    if len(hidden) <= _MOST_HIDDEN:
        shelf.records[str(admin_dir)] = Record(index, tuple(map(os.fsdecode, hidden)), dirt.stamp, oid, taken_at)
    return dirt, oid


def _hidden(git: Git, known: Record | None, index: str) -> Sequence[bytes]:
    if known is not None and known.index == index:
        return [os.fsencode(name) for name in known.hidden]
    return read_hidden(git)


def _is_same(shelf: Shelf, known: Record, dirt: Dirt) -> bool:
    racy_ns = _FINE_NS if dirt.newest % 1_000_000_000 else _COARSE_NS
    if known.stamp != dirt.stamp or known.taken_at - racy_ns < dirt.newest:
        return False
    return known.oid == dirt.head or shelf.has(known.oid)


def _index_facts(admin_dir: Path) -> str:
    try:
        found = os.lstat(admin_dir / "index")
    except FileNotFoundError:
        return "none"
    return f"{found.st_mtime_ns} {found.st_size} {found.st_ino}"
