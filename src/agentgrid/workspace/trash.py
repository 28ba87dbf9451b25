"""The trash: ignored files and other things that no commit can hold, moved aside instead of deleted."""

import errno
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository

TRASH = "trash"  # in the grid's directory


def find_ignored(git: Git) -> tuple[bytes, ...]:
    """Ignored files below the work tree that `git` runs in; a directory that is ignored as a whole ends in `/`."""
    listed = git.run("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z").fields
    if b"./" in listed:  # the whole work tree is ignored
        return tuple(git.run("ls-files", "--others", "--ignored", "--exclude-standard", "-z").fields)
    return keep_outermost(listed)


def keep_outermost(entries: Sequence[bytes]) -> tuple[bytes, ...]:
    """Without what is in another of `entries`: git lists a directory that is ignored as a whole, and what is in it."""
    kept: list[bytes] = []
    for entry in sorted(entries, key=lambda each: each.rstrip(b"/").split(b"/")):
        last = kept[-1].rstrip(b"/") if kept else None
        if last is None or (entry.rstrip(b"/") != last and not entry.startswith(last + b"/")):
            kept.append(entry)
    return tuple(kept)


def measure(top: Path, entries: Sequence[bytes]) -> int:
    """Bytes that `entries` (relative to `top`) take; what vanishes meanwhile counts nothing."""
    return sum(_size(os.path.join(os.fsencode(top), entry.rstrip(b"/"))) for entry in entries)


def move_to_trash(repository: Repository, top: Path, entries: Sequence[bytes], name: str) -> Path | None:
    """Moves `entries` (relative to `top`) into a new trash directory, keeping their places; None without entries.

    Raises OSError; what was moved by then is in the trash, the rest where it was.
    """
    present = [entry.rstrip(b"/") for entry in keep_outermost(entries)]
    present = [entry for entry in present if os.path.lexists(os.path.join(os.fsencode(top), entry))]
    if not present:
        return None
    trash = _new_directory(grid_directory(repository) / TRASH, name)
    for entry in present:
        target = os.path.join(os.fsencode(trash), entry)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _move(os.path.join(os.fsencode(top), entry), target)
    return trash


def _new_directory(parent: Path, name: str) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        directory = parent / (name if number == 1 else f"{name}-{number}")
        try:
            directory.mkdir()
        except FileExistsError:
            number += 1
        else:
            return directory


def _move(source: bytes, target: bytes) -> None:
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(source, target)  # the original goes with its worktree, once everything is safe


def _copy(source: bytes, target: bytes) -> None:
    if os.path.isdir(source) and not os.path.islink(source):
        shutil.copytree(os.fsdecode(source), os.fsdecode(target), symlinks=True, ignore=_special_files)
    elif os.path.islink(source) or os.path.isfile(source):
        shutil.copy2(source, target, follow_symlinks=False)


def _special_files(directory: str | os.PathLike[str], names: list[str]) -> list[str]:
    """Sockets and pipes: they have no content, and copying one would wait for ever."""
    return [name for name in names if not _is_copyable(os.path.join(directory, name))]


def _is_copyable(path: str) -> bool:
    return os.path.islink(path) or os.path.isdir(path) or os.path.isfile(path)


def _size(path: bytes) -> int:
    if not os.path.isdir(path) or os.path.islink(path):
        return _file_size(path)
    return sum(_file_size(os.path.join(where, name)) for where, _, names in os.walk(path) for name in names)


def _file_size(path: bytes) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0
