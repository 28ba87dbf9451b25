"""A sync that was killed: while git writes files it may leave some of them from the other side, with nothing in git
that says so. A note beside the state does, and the next sync takes that back before it does anything.

Whatever is taken back is in a rescue ref first, unless git has every byte of it anyway.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.errors import OutsideError, Refused
from agentgrid.git.history import changed_between
from agentgrid.git.merging import foresee_merge, list_present, take_version
from agentgrid.git.operations import find_operation, merge_heads
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.status import read_status
from agentgrid.git.trees import read_objects
from agentgrid.machine.activity import wait_for_git
from agentgrid.machine.files import write_atomically
from agentgrid.machine.locks import hold_lock
from agentgrid.workspace.desks import Desk
from agentgrid.workspace.pending import clear_locks
from agentgrid.workspace.rescue import rescue_work, utc_stamp
from agentgrid.workspace.trash import move_to_trash

LOCK_WAIT_S = 10.0


@dataclass(frozen=True)
class Note:
    """A sync that has begun: the branch's commit before it, and the one that it brings in."""

    branch: str
    before: str
    source: str


@contextmanager
def hold_desk(repository: Repository, desk: Desk, *, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """The lock under which a worktree's branch is synced, one process at a time. Raises Refused when it is taken."""
    lock = _directory(repository) / f"{desk.worktree.admin_dir.name}.lock"
    try:
        with hold_lock(lock, timeout_s=wait_s):
            yield
    except OutsideError as error:
        if str(lock) not in error.message:
            raise
        raise Refused(f"{desk.agent} is being synced by another command", hint="wait for it") from error


def write_note(repository: Repository, desk: Desk, note: Note) -> None:
    write_atomically(_file(repository, desk), json.dumps(asdict(note)).encode())


def drop_note(repository: Repository, desk: Desk) -> None:
    _file(repository, desk).unlink(missing_ok=True)


def settle_killed(repository: Repository, desk: Desk) -> list[str]:
    """Takes back what a killed sync left in files and index, under the desk's lock; lines about what was done.

    A merge or rebase that git knows of is left as it is: git says how to go on and how to go back.
    """
    note = _read_note(repository, desk)
    if note is None or not desk.worktree.exists:
        return []
    wait_for_git(desk.worktree.path)
    clear_locks(repository, note.branch, desk.worktree.admin_dir)
    git = Git(desk.worktree.path)
    done: list[str] = []
    if _is_concluded(git, desk.worktree.admin_dir):
        git.run("merge", "--quit")
        done.append(f"{desk.agent}: a sync that was killed had brought everything in")
    if find_operation(desk.worktree.admin_dir) is not None:
        return done  # the note stays: going back may leave files that git had not noted yet
    if _is_as_before(git, note):
        done += take_back(repository, desk, note)
    drop_note(repository, desk)
    return done


def _is_as_before(git: Git, note: Note) -> bool:
    head = git.run("rev-parse", "--verify", "--quiet", "HEAD", accept=(0, 1, 128)).text
    branch = git.run("symbolic-ref", "--quiet", "--short", "HEAD", accept=(0, 1, 128)).text
    return (head, branch) == (note.before, note.branch)


def _is_concluded(git: Git, admin_dir: Path) -> bool:
    """The merge commit is made, and git was killed before it forgot about the merge."""
    heads = merge_heads(admin_dir)
    return bool(heads) and all(git.succeeds("merge-base", "--is-ancestor", head, "HEAD") for head in heads)


def take_back(repository: Repository, desk: Desk, note: Note) -> list[str]:
    """Puts what git wrote for a sync that came to nothing back to what it was, in files and index; nothing else. HEAD
    is at the commit before. Lines about what was done."""
    git = Git(desk.worktree.path)
    target = foresee_merge(git, note.before, note.source).tree
    written = {*changed_between(git, note.before, target), *changed_between(git, note.before, note.source)}
    touched = [path for path in read_status(git, untracked="all").paths if path in written]
    had = set(list_present(git, note.before, sorted(written)))
    added = [path for path in sorted(written - had) if _is_file(desk.worktree.path, path)]
    if not touched and not added:
        return []
    rescue = rescue_work(repository, desk.worktree, agent=desk.agent, label="found after a sync was cut short",
                         only_changes=True)  # fmt: skip
    is_gits_own = rescue and _is_gits_own(git, rescue.oid, (note.before, target, note.source), touched)
    take_version(git, "HEAD", touched)
    unsaved = [path for path in added if path not in touched]  # ignored ones: no commit has them
    move_to_trash(repository, desk.worktree.path, unsaved, f"{desk.agent}-{utc_stamp()}-sync")
    if rescue and is_gits_own:
        repository.git.run("update-ref", "-d", rescue.ref, rescue.oid)
    kept = f"; what was there is kept in {rescue.ref}" if rescue and not is_gits_own else ""
    return [f"{desk.agent}: a sync was cut short while git wrote files; they are as they were before{kept}"]


def _is_gits_own(git: Git, work: str, versions: Sequence[str], paths: Sequence[bytes]) -> bool:
    """Whether each of `paths` is, in the saved work, gone or the beginning of what git was writing there. Then nothing
    but unrelated changes would be in the rescue ref, and those stayed where they were."""
    if any(b"\n" in path for path in paths):
        return False  # can't be asked for by name
    names = [os.fsdecode(path) for path in paths]
    wanted = [f"{version}:{name}" for version in versions for name in names]
    asked = [f"{part}:{name}" for part in (work, f"{work}^2", f"{work}^3") for name in names]
    found = read_objects(git, [*wanted, *asked])
    return all(
        any(found.get(f"{version}:{name}", b"").startswith(content) for version in versions)
        for part in (work, f"{work}^2", f"{work}^3") for name in names
        if (content := found.get(f"{part}:{name}")) is not None
    )  # fmt: skip


def _is_file(top: Path, path: bytes) -> bool:
    place = os.path.join(os.fsencode(top), path)
    return os.path.islink(place) or os.path.isfile(place)


def _read_note(repository: Repository, desk: Desk) -> Note | None:
    try:
        return Note(**json.loads(_file(repository, desk).read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):  # a crash of the machine may leave it empty
        drop_note(repository, desk)
        return None


def _file(repository: Repository, desk: Desk) -> Path:
    return _directory(repository) / f"{desk.worktree.admin_dir.name}.json"


def _directory(repository: Repository) -> Path:
    return grid_directory(repository) / "sync"
