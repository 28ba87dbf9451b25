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
from agentgrid.git.work_snapshot import Dirt, read_dirt, read_hidden, write_snapshot
from agentgrid.integration.conflicts.model import AgentWork
from agentgrid.integration.snapshots.shelf import Record, Shelf

# A file that changed so shortly before it was read may change again without its times telling.
_RACY_NS = 2_000_000_000
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
    times = _commit_times(repository, [place.head for place in places if place.head])

    def take(place: WorkPlace) -> AgentWork:
        if committed_only or place.worktree is None:
            return _committed(place)
        try:
            return _take(repository, place, shelf, times)
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


def _take(repository: Repository, place: WorkPlace, shelf: Shelf, times: Mapping[str, int]) -> AgentWork:
    assert place.worktree is not None
    assert place.admin_dir is not None
    if not (place.worktree / ".git").exists():
        return AgentWork(place.agent, place.branch, place.head, None, problem=f"{place.worktree} is gone")
    if place.is_pending:
        return AgentWork(place.agent, place.branch, place.head, None, problem="its files are not all there yet")
    git = snapshot_git(repository, place.worktree, shelf)
    for _ in range(3):
        index = _index_facts(place.admin_dir)
        known = shelf.records.get(str(place.admin_dir))
        taken_at = time.time_ns()
        hidden = _hidden(git, known, index)
        dirt = read_dirt(git, place.admin_dir, hidden)
        oid = _known_snapshot(shelf, known, dirt)
        if oid is None:
            oid = write_snapshot(git, place.admin_dir, dirt, hidden, time_s=_time_of(git, dirt, times))
            shelf.has_grown = shelf.has_grown or oid != dirt.head
        if _index_facts(place.admin_dir) == index:
            break  # else the agent staged or committed meanwhile
    if len(hidden) <= _MOST_HIDDEN:
        names = tuple(map(os.fsdecode, hidden))
        record = Record(index, names, dirt.stamp, oid, taken_at)
        if (
            known is None
            or (known.index, known.hidden, known.stamp, known.oid) != (index, names, dirt.stamp, oid)
            or (known.taken_at - _RACY_NS < dirt.newest)
        ):
            shelf.records[str(place.admin_dir)] = record
    return AgentWork(
        place.agent, dirt.branch or place.branch, dirt.head, oid, is_dirty=dirt.is_dirty, unclear=dirt.unclear
    )


def _hidden(git: Git, known: Record | None, index: str) -> Sequence[bytes]:
    if known is not None and known.index == index:
        return [os.fsencode(name) for name in known.hidden]
    return read_hidden(git)


def _known_snapshot(shelf: Shelf, known: Record | None, dirt: Dirt) -> str | None:
    """The commit of the same content, where it is sure to be the same."""
    if not dirt.is_dirty and dirt.head and not dirt.newest:
        return dirt.head
    if known is None or known.stamp != dirt.stamp or known.taken_at - _RACY_NS < dirt.newest:
        return None
    return known.oid if known.oid == dirt.head or shelf.has(known.oid) else None


def _index_facts(admin_dir: Path) -> str:
    try:
        found = os.lstat(admin_dir / "index")
    except FileNotFoundError:
        return "none"
    return f"{found.st_mtime_ns} {found.st_size} {found.st_ino}"


def _commit_times(repository: Repository, heads: Sequence[str]) -> dict[str, int]:
    if not heads:
        return {}
    listed = repository.git.text("rev-list", "--no-walk=unsorted", "--timestamp", *dict.fromkeys(heads)).splitlines()
    return {oid: int(seconds) for seconds, oid in (line.split(" ") for line in listed)}


def _time_of(git: Git, dirt: Dirt, times: Mapping[str, int]) -> int:
    """The time of the youngest parent: the same for the same work, and no older than what it stands on."""
    parents = [oid for oid in (dirt.head, *dirt.merging) if oid]
    missing = [oid for oid in parents if oid not in times]
    listed = git.text("rev-list", "--no-walk=unsorted", "--timestamp", *missing).splitlines() if missing else []
    return max(
        [times[oid] for oid in parents if oid in times] + [int(line.split(" ")[0]) for line in listed], default=0
    )
