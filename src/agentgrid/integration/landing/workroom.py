"""The private worktree in which a train is checked: registered with git, on no branch, nobody's desk, pruned
afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.git.merging import stage_paths
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.machine.activity import end_occupants
from agentgrid.machine.files import write_atomically
from agentgrid.machine.locks import hold_lock
from agentgrid.workspace.pending import LOCK_TIMEOUT_S

_PLAIN = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false", "-c", "submodule.recurse=false",
          "-c", "advice.detachedHead=false")  # fmt: skip
_PREFIX = "agentgrid-land-"


class Workroom:
    """The worktree at `path`. `show` makes it one commit, with nothing left of what was checked before."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git = Git(path)
        self._keeps: tuple[bytes, ...] = ()

    def restore(self, commit: str) -> None:
        """HEAD and the tracked files become `commit`'s; what else is there stays."""
        self.git.run(*_PLAIN, "checkout", "--quiet", "--force", "--detach", commit)
        self.git.run(*_PLAIN, "reset", "--quiet", "--hard", commit)

    def show(self, commit: str) -> None:
        """Checks `commit` out; whatever else is there goes, but for what set-up brought."""
        self.restore(commit)
        kept = [part for path in self._keeps for part in (b"-e", b"/" + path)]
        self.git.run(*_PLAIN, "clean", "--quiet", "-ffdx", *kept)

    def keep_ignored(self) -> None:
        """What git ignores here now stays from one commit to the next: it is what set-up made."""
        listed = self.git.run("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z").fields
        self._keeps = tuple(path.rstrip(b"/") for path in listed)

    def stage(self, paths: Sequence[bytes]) -> None:
        """Stages what these files are now, as far as they are there or git knows them."""
        tracked = set(self.git.run("--literal-pathspecs", "ls-files", "-z", "--", *paths).fields)
        top = os.fsencode(self.path)
        stage_paths(self.git, [each for each in paths if each in tracked or os.path.lexists(os.path.join(top, each))])

    def changed(self, commit: str) -> tuple[bytes, ...]:
        """Tracked paths that differ from `commit`, whatever HEAD is now."""
        self.git.run(*_PLAIN, "update-index", "-q", "--refresh", accept=(0, 1))
        return tuple(self.git.run(*_PLAIN, "diff-index", "--name-only", "-z", "--no-renames", commit, "--").fields)


@contextmanager
def open_workroom(repository: Repository, commit: str) -> Iterator[Workroom]:
    """A workroom for the block. One that a killed process leaves is cleared away by the next landing."""
    place = Path(os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX)))
    path = place / repository.name
    note = _notes(repository) / f"{place.name}.path"
    write_atomically(note, os.fsencode(path))
    try:
        with hold_lock(grid_directory(repository) / "worktrees.lock", timeout_s=LOCK_TIMEOUT_S):
            git = Git(repository.common_dir)
            git.run(*_PLAIN, "worktree", "add", "--quiet", "--detach", "--no-checkout", str(path), commit)
        yield Workroom(path)
    finally:
        _clear(repository, path)
        note.unlink(missing_ok=True)


def clear_left_workrooms(repository: Repository) -> None:
    """Takes away what killed landings left; the caller holds the landing's lock."""
    for note in sorted(_notes(repository).glob("*.path")):
        path = Path(os.fsdecode(note.read_bytes()))
        if path.parent.name.startswith(_PREFIX):
            _clear(repository, path)
        note.unlink(missing_ok=True)


def _clear(repository: Repository, path: Path) -> None:
    end_occupants(path)  # what a check left running, or one whose landing was killed
    with hold_lock(grid_directory(repository) / "worktrees.lock", timeout_s=LOCK_TIMEOUT_S):
        shutil.rmtree(path.parent, ignore_errors=True)
        for admin_dir in (repository.common_dir / "worktrees").glob("*"):
            registered = admin_dir / "gitdir"
            try:
                named = os.path.join(admin_dir, os.fsdecode(registered.read_bytes()).strip())  # may be relative
                is_ours = os.path.dirname(os.path.normpath(named)) == str(path)
            except OSError:
                continue
            if is_ours:
                shutil.rmtree(admin_dir, ignore_errors=True)


def _notes(repository: Repository) -> Path:
    return grid_directory(repository) / "landing" / "workrooms"
