"""One commit per agent of all that it has, committed and not, taken from many work trees at once."""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from agentgrid.errors import AgentGridError
from agentgrid.git.private_index import present_of
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.scratch_objects import object_environment
from agentgrid.git.work_snapshot import (
    Dirt,
    Draft,
    commit_drafts,
    read_commits,
    read_dirt,
    read_hidden,
    write_content,
)
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


@dataclass(frozen=True)
class _Look:
    """What was found in one work tree. `content`: the tree that is to be committed; None where `oid` is known."""

    place: WorkPlace
    dirt: Dirt
    record: Record
    content: str | None = None

    @property
    def draft(self) -> Draft | None:
        parents = tuple(oid for oid in (self.dirt.head, *self.dirt.merging) if oid)
        return None if self.content is None else Draft(self.content, parents)

    def work(self, oid: str) -> AgentWork:
        branch = self.dirt.branch or self.place.branch
        return AgentWork(
            self.place.agent, branch, self.dirt.head, oid, is_dirty=self.dirt.is_dirty, unclear=self.dirt.unclear
        )


def take_snapshots(
    repository: Repository, places: Sequence[WorkPlace], shelf: Shelf, *, committed_only: bool = False
) -> tuple[AgentWork, ...]:
    """The work of each place, as many at a time as there are cores; `changed` is left empty. Where something can't be
    read that is the work's `problem`."""
    if committed_only:
        return tuple(map(_committed, places))
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        known = pool.submit(read_commits, repository.git, [place.head for place in places if place.head])
        looks = list(pool.map(lambda place: _try_look(repository, place, shelf), places))
    drafts = [look.draft for look in looks if isinstance(look, _Look) and look.draft]
    git = snapshot_git(repository, repository.git.directory, shelf)
    oids = dict(zip(drafts, commit_drafts(git, drafts, known.result()), strict=True)) if drafts else {}
    shelf.has_grown = shelf.has_grown or bool(drafts)
    return tuple(look if isinstance(look, AgentWork) else _keep(look, oids, shelf) for look in looks)


def snapshot_git(repository: Repository, directory: Path, shelf: Shelf) -> Git:
    """Git in `directory`, which writes to the shelf."""
    return Git(directory, env=object_environment(repository, shelf.objects))


def _keep(look: _Look, oids: Mapping[Draft, str], shelf: Shelf) -> AgentWork:
    draft = look.draft
    record = replace(look.record, oid=oids[draft]) if draft else look.record
    if len(record.hidden) <= _MOST_HIDDEN:
        shelf.records[str(look.place.admin_dir)] = record
    return look.work(record.oid)


def _committed(place: WorkPlace) -> AgentWork:
    problem = None if place.head else "there is no commit yet"
    return AgentWork(place.agent, place.branch, place.head, place.head, problem=problem)


def _try_look(repository: Repository, place: WorkPlace, shelf: Shelf) -> _Look | AgentWork:
    if place.worktree is None or place.admin_dir is None:
        return _committed(place)
    if not (place.worktree / ".git").exists():
        problem = f"{place.worktree} is gone"
    elif place.is_pending:
        problem = "its files are not all there yet"
    else:
        try:
            return _look(snapshot_git(repository, place.worktree, shelf), place, place.admin_dir, shelf)
        except AgentGridError as error:
            problem = error.message
        except OSError as error:
            problem = f"{place.worktree} can't be read: {error.strerror or error}"
    return AgentWork(place.agent, place.branch, place.head, None, problem=problem)


def _look(git: Git, place: WorkPlace, admin_dir: Path, shelf: Shelf) -> _Look:
    """What is uncommitted, and its content: the last one, where it surely is the same."""
    known = shelf.records.get(str(admin_dir))
    for _ in range(_TRIES):
        index, taken_at = _index_facts(admin_dir), time.time_ns()
        dirt, hidden = _read(git, admin_dir, known, index)
        content = None
        record = Record(index, tuple(map(os.fsdecode, hidden)), dirt.stamp, dirt.head or "", taken_at)
        if not dirt.is_dirty and dirt.head:
            record = replace(record, taken_at=0)  # nothing that could be older than it looks
        elif known is not None and _is_same(shelf, known, dirt):
            record = replace(record, oid=known.oid, taken_at=known.taken_at)
        else:
            content = write_content(git, admin_dir, dirt, hidden)
        if _index_facts(admin_dir) == index:
            break  # else the agent staged or committed meanwhile
    return _Look(place, dirt, record, content)


def _read(git: Git, admin_dir: Path, known: Record | None, index: str) -> tuple[Dirt, Sequence[bytes]]:
    """What is uncommitted, and which paths git doesn't look at: that is asked meanwhile, for there are seldom any."""
    if known is not None and known.index == index:
        hidden: Sequence[bytes] = [os.fsencode(name) for name in known.hidden]
        return read_dirt(git, admin_dir, hidden), hidden
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(read_hidden, git)
        dirt = read_dirt(git, admin_dir, ())
        hidden = asked.result()
    return (read_dirt(git, admin_dir, hidden) if present_of(git, hidden) else dirt), hidden


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
