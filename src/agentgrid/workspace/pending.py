"""Journals of worktrees in the making, and what is done with one whose maker was killed.

A journal is written and removed under the worktrees lock: whoever holds the lock and finds one knows that its
maker is dead. A registration that is whole is finished, any other is undone.
"""

import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.config.schema import Author
from agentgrid.errors import GitError
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.stale_locks import is_git_at_work, remove_stale_locks
from agentgrid.git.worktree_link import is_connected, read_link, read_registered_path
from agentgrid.git.worktree_list import list_worktrees
from agentgrid.machine.activity import wait_for_git
from agentgrid.machine.files import write_atomically
from agentgrid.machine.locks import hold_lock
from agentgrid.workspace.desks import CHECKOUT_MARKER
from agentgrid.workspace.equipment import Equip, Unequip, equip_desk, unequip_desk
from agentgrid.workspace.identity import new_incarnation, read_identity, write_identity
from agentgrid.workspace.leftovers import sweep_leftovers

LOCK_TIMEOUT_S = 600.0
_INITIALIZING = "initializing"  # git's own word in `locked` while it makes a worktree


@dataclass(frozen=True)
class Journal:
    """What is about to be made. `made_directories`: those that didn't exist, the worktree's own first."""

    agent: str
    path: str
    branch: str
    start_oid: str
    creates_branch: bool
    author: tuple[str, str] | None
    made_directories: tuple[str, ...]


@dataclass(frozen=True)
class Settled:
    """A journal that was found: `is_finished` or undone."""

    agent: str
    path: Path
    is_finished: bool


@contextmanager
def hold_worktrees(repository: Repository) -> Iterator[None]:
    """The lock under which worktrees are registered, planned and removed; not reentrant."""
    with hold_lock(grid_directory(repository) / "worktrees.lock", timeout_s=LOCK_TIMEOUT_S):
        yield


def administrative_git(repository: Repository) -> Git:
    """How to run git as the main worktree does (no agent's hooks), wherever the caller stands."""
    return Git(repository.common_dir, env={"GIT_DIR": str(repository.common_dir)})


def find_admin_dir(repository: Repository, path: Path) -> Path | None:
    """The admin directory of this repository that `.git` in `path` names."""
    link = read_link(path)
    if link is None:
        return None
    ours = repository.common_dir / "worktrees" / link.name
    return ours if os.path.realpath(ours) == os.path.realpath(link) else None


def write_journal(repository: Repository, journal: Journal) -> None:
    content = json.dumps(asdict(journal), indent=1).encode("utf-8", "surrogateescape")
    write_atomically(_journal_path(repository, journal.agent), content)


def drop_journal(repository: Repository, agent: str) -> None:
    _journal_path(repository, agent).unlink(missing_ok=True)


def read_journals(repository: Repository) -> list[Journal]:
    """Every journal, by agent. Under the worktrees lock each is a dead process's; without it, maybe a live one's."""
    found: list[Journal] = []
    for file in sorted((grid_directory(repository) / "pending").glob("*.json")):
        try:
            value = json.loads(file.read_bytes().decode("utf-8", "surrogateescape"))
        except FileNotFoundError:
            continue
        author = tuple(value["author"]) if value["author"] else None
        found.append(Journal(**{**value, "author": author, "made_directories": tuple(value["made_directories"])}))
    return found


def settle_journals(
    repository: Repository, *, equip: Equip = equip_desk, unequip: Unequip = unequip_desk
) -> list[Settled]:
    """Finishes or undoes what each journal tells of. The caller holds the worktrees lock."""
    shutil.rmtree(_discard_directory(repository), ignore_errors=True)
    sweep_leftovers(repository)  # before any hook directory is looked at
    return [_settle(repository, journal, equip, unequip) for journal in read_journals(repository)]


def finish_registration(repository: Repository, journal: Journal, admin_dir: Path, equip: Equip) -> str:
    """Identity, marker and hooks for a worktree that git has registered; returns the incarnation."""
    identity = read_identity(admin_dir)
    incarnation = identity[1] if identity and identity[0] == journal.agent else new_incarnation()
    (admin_dir / CHECKOUT_MARKER).touch()
    write_identity(admin_dir, journal.agent, incarnation)
    author = Author(name=journal.author[0], email=journal.author[1]) if journal.author else None
    equip(repository, journal.agent, admin_dir, author)
    drop_journal(repository, journal.agent)
    return incarnation


def undo_registration(repository: Repository, journal: Journal, unequip: Unequip) -> None:
    """Takes back what was made so far, and nothing else: no file but `.git`, no branch that has moved."""
    path = Path(journal.path)
    for admin_dir in _find_admin_dirs(repository, journal):
        unequip(repository, journal.agent, admin_dir)
        if find_admin_dir(repository, path) == admin_dir or _is_empty_link(path):
            (path / ".git").unlink()
        discard(repository, admin_dir)
    for directory in journal.made_directories:
        try:
            os.rmdir(directory)
        except OSError:
            break  # not empty: somebody else's by now
    if journal.creates_branch:
        delete_branch(repository, journal.branch, journal.start_oid)
    drop_journal(repository, journal.agent)


def delete_branch(repository: Repository, branch: str, expected_oid: str) -> bool:
    """Deletes a branch that is still at `expected_oid` and checked out nowhere; True when it did."""
    ref = f"refs/heads/{branch}"
    if any(worktree.branch == ref for worktree in list_worktrees(repository)):
        return False
    git = administrative_git(repository)
    try:
        git.run("update-ref", "-d", ref, expected_oid)
    except GitError:
        if repository.resolve(ref) == expected_oid:
            raise
        return False
    git.run("config", "--local", "--remove-section", f"branch.{branch}", accept=(0, 1, 5, 128, 255))
    return True


def clear_locks(repository: Repository, branch: str | None, admin_dir: Path | None) -> None:
    """Removes the lock files that a killed git may have left on what making this worktree writes."""
    common_dir = repository.common_dir
    files = [common_dir / "config.lock", common_dir / "packed-refs.lock"]
    if branch:
        files.append(common_dir / "refs" / "heads" / f"{branch}.lock")
    if admin_dir:
        files += [admin_dir / f"{name}.lock" for name in ("HEAD", "ORIG_HEAD", "index")]
    remove_stale_locks(files, is_busy=lambda: is_git_at_work(common_dir))


def discard(repository: Repository, admin_dir: Path) -> None:
    """Removes an admin directory; first out of git's sight in one step, so that no half of it is ever seen."""
    target = _discard_directory(repository) / f"{admin_dir.name}-{os.urandom(4).hex()}"
    target.parent.mkdir(parents=True, exist_ok=True)
    os.rename(admin_dir, target)
    shutil.rmtree(target, ignore_errors=True)
    try:
        admin_dir.parent.rmdir()  # as git does with the last one
    except OSError:
        pass


def _settle(repository: Repository, journal: Journal, equip: Equip, unequip: Unequip) -> Settled:
    path = Path(journal.path)
    wait_for_git(path)
    admin_dir = find_admin_dir(repository, path)
    clear_locks(repository, journal.branch, admin_dir)
    is_whole = admin_dir is not None and is_connected(path, admin_dir) and _is_made(admin_dir, journal)
    if is_whole and admin_dir is not None:
        finish_registration(repository, journal, admin_dir, equip)
    else:
        undo_registration(repository, journal, unequip)
    return Settled(journal.agent, path, is_finished=is_whole)


def _is_made(admin_dir: Path, journal: Journal) -> bool:
    """True when git has done its part: HEAD names the branch, and the lock it holds meanwhile is off."""
    if _read_text(admin_dir / "locked") == _INITIALIZING or not (admin_dir / "commondir").exists():
        return False
    return _read_text(admin_dir / "HEAD") == f"ref: refs/heads/{journal.branch}"


def _find_admin_dirs(repository: Repository, journal: Journal) -> list[Path]:
    """The admin directories that this journal's `git worktree add` made, however far it came."""
    path = Path(journal.path)
    written_at = _journal_path(repository, journal.agent).stat().st_mtime
    found: list[Path] = []
    for admin_dir in sorted((repository.common_dir / "worktrees").glob("*")):
        registered = read_registered_path(admin_dir)
        if registered is not None:
            is_ours = os.path.realpath(registered) == os.path.realpath(path)
        else:  # killed before it wrote the path: known by git's mark, its name and its age
            is_ours = _is_nameless(admin_dir, path.name) and admin_dir.stat().st_mtime >= written_at - 1
        if is_ours:
            found.append(admin_dir)
    return found


def _is_nameless(admin_dir: Path, name: str) -> bool:
    mark = _read_text(admin_dir / "locked")
    if mark is None:
        mark = "?" if os.listdir(admin_dir) else ""
    return mark in {"", _INITIALIZING} and admin_dir.name.rstrip("0123456789") == name.rstrip("0123456789")


def _is_empty_link(path: Path) -> bool:
    """A `.git` that git was killed over, before it wrote a word into it."""
    try:
        facts = (path / ".git").lstat()
    except OSError:
        return False
    return stat.S_ISREG(facts.st_mode) and facts.st_size == 0


def _read_text(file: Path) -> str | None:
    try:
        return os.fsdecode(file.read_bytes()).strip()
    except OSError:
        return None


def _journal_path(repository: Repository, agent: str) -> Path:
    return grid_directory(repository) / "pending" / f"{agent}.json"


def _discard_directory(repository: Repository) -> Path:
    return grid_directory(repository) / "discarded"
