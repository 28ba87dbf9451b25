"""Files of a work tree get their provisional names: on disk, and in the index when they are in it. Or nothing moves.

Nothing is ever overwritten: a new name is taken by a hard link, which fails where there is something.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from agentgrid.config.in_force import staging_directory
from agentgrid.errors import AgentGridError, OutsideError, Refused
from agentgrid.git.paths import show_path
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.machine.files import open_temporary, staging_for

_QUIET = {"GIT_OPTIONAL_LOCKS": "0"}


@dataclass(frozen=True, slots=True)
class Move:
    """A file of the work tree. `old`, `new`: its path before and after; `before`, `after`: its content."""

    old: bytes
    new: bytes
    before: bytes
    after: bytes

    @property
    def changes(self) -> bool:
        return self.old != self.new or self.before != self.after

    def reversed(self) -> "Move":
        return Move(self.new, self.old, self.after, self.before)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the index has for a path. `mode`, `oid`: as git writes them."""

    mode: bytes
    oid: bytes


def move_files(repository: Repository, moves: Sequence[Move]) -> Callable[[], None]:
    """Carries the moves out; what takes them all back. Raises Refused when a name is taken, a file has been changed
    meanwhile or is in the middle of a merge; OutsideError and GitError when it can't be written. Nothing has moved
    then."""
    top = os.fsencode(str(repository.worktree))
    wanted = [move for move in moves if move.changes]
    entries = _index_entries(repository.git, [path for move in wanted for path in (move.old, move.new)])
    for move in wanted:
        _require_free(top, move, entries)
    tracked = [(move, entries[move.old]) for move in wanted if move.old in entries]
    journey = _Journey(repository, top, tracked)
    try:
        for move in wanted:
            _move(repository, top, move)
            journey.done.append(move)
        _write_index(repository.git, _moved_entries(repository.git, tracked))
        journey.is_indexed = True
    except BaseException as error:
        with suppress(AgentGridError, OSError):  # the first failure is the one to tell
            journey.undo()
        if isinstance(error, OSError):
            path = show_path(os.fsencode(error.filename or b""))
            raise OutsideError(f"the migration's file can't be renamed: {path}: {error.strerror}") from error
        raise
    return journey.undo


@dataclass
class _Journey:
    """What has been moved so far."""

    repository: Repository
    top: bytes
    tracked: Sequence[tuple[Move, _Entry]]
    done: list[Move] = field(default_factory=list)
    is_indexed: bool = False

    def undo(self) -> None:
        for move in reversed(self.done):
            _move(self.repository, self.top, move.reversed())
        if self.is_indexed:
            gone: list[tuple[bytes, _Entry | None]] = [(move.new, None) for move, _ in self.tracked]
            _write_index(self.repository.git, [*gone, *((move.old, entry) for move, entry in self.tracked)])


def _require_free(top: bytes, move: Move, entries: dict[bytes, _Entry]) -> None:
    if move.new != move.old and (move.new in entries or os.path.lexists(os.path.join(top, move.new))):
        raise Refused(f"there is a file {show_path(move.new)} already", hint="move it away, then submit again")


def _move(repository: Repository, top: bytes, move: Move) -> None:
    source, target = os.path.join(top, move.old), os.path.join(top, move.new)
    with open(source, "rb") as stream:
        if stream.read() != move.before:
            raise Refused(f"{show_path(move.old)} is being changed right now", hint="submit it again")
    if move.before == move.after:
        _link(source, target)
        os.unlink(source)
        return
    temporary = _write_aside(repository, target, move.after, os.stat(source).st_mode & 0o777)
    try:
        if move.old == move.new:
            os.replace(temporary, target)
            return
        _link(temporary, target)
        os.unlink(source)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _link(source: bytes, target: bytes) -> None:
    """A second name for a file; where the file system has none, a rename, once nothing is there."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(target):
            raise
        with open(source, "rb") as stream:
            content = stream.read()
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, os.stat(source).st_mode & 0o777)
        with os.fdopen(handle, "wb") as out:
            out.write(content)


def _write_aside(repository: Repository, target: bytes, content: bytes, mode: int) -> bytes:
    place = staging_for(Path(os.fsdecode(target)), staging_directory(repository))
    handle, temporary = open_temporary(place)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fchmod(handle, mode)
    return os.fsencode(temporary)


def _index_entries(git: Git, paths: Sequence[bytes]) -> dict[bytes, _Entry]:
    """Path → its entry, for those that are in the index."""
    if not paths:
        return {}
    found: dict[bytes, _Entry] = {}
    listed = git.run("--literal-pathspecs", "ls-files", "--stage", "--full-name", "-z", "--", *paths, env=_QUIET)
    for line in listed.fields:
        facts, _, path = line.partition(b"\t")
        mode, oid, stage = facts.split(b" ")
        if stage != b"0":
            raise Refused(f"{show_path(path)} is in the middle of a merge", hint="finish it: git status")
        found[path] = _Entry(mode, oid)
    return found


def _moved_entries(git: Git, tracked: Sequence[tuple[Move, _Entry]]) -> list[tuple[bytes, _Entry | None]]:
    """What the index has afterwards. What was staged as it lay there is staged as it lies there now; what was staged
    otherwise stays what it was, under the new name."""
    changes: list[tuple[bytes, _Entry | None]] = [(move.old, None) for move, _ in tracked]
    for move, entry in tracked:
        oid = entry.oid
        if move.before != move.after and _hash(git, move.old, move.before, write=False) == oid:
            oid = _hash(git, move.new, move.after, write=True)
        changes.append((move.new, _Entry(entry.mode, oid)))
    return changes


def _hash(git: Git, path: bytes, content: bytes, *, write: bool) -> bytes:
    options = ("-w",) if write else ()
    return git.run("hash-object", *options, "--stdin", b"--path=" + path, stdin=content).stdout.strip()


def _write_index(git: Git, changes: Sequence[tuple[bytes, _Entry | None]]) -> None:
    """`changes`: path → its entry, None to take it out; the last one for a path counts."""
    if not changes:
        return
    zero = b"0" * len(next((entry.oid for _, entry in changes if entry is not None), b"0" * 40))
    lines = [
        (entry.mode + b" " + entry.oid if entry is not None else b"0 " + zero) + b"\t" + path + b"\0"
        for path, entry in changes
    ]
    git.run("update-index", "-z", "--index-info", stdin=b"".join(lines))
