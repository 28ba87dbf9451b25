"""Paths between people, the file system and git: bytes inside, something readable outside."""

import os
import shlex
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agentgrid.errors import InputError
from agentgrid.git.repository import Repository


@dataclass(frozen=True, slots=True)
class RepoPath:
    """`path`: below the top of the work tree, as git would list it. `target`: where it really leads when a symbolic
    link stands on the way, None when it leads where it says; `leaves`: that is outside the repository."""

    path: bytes
    is_directory: bool
    target: bytes | None = None
    leaves: bool = False


def locate_path(repository: Repository, text: str) -> RepoPath:
    """A path as a person typed it, relative to where they stand. It need not exist.

    Raises InputError for a path outside the repository's work tree.
    """
    top = os.path.realpath(repository.worktree or repository.common_dir)
    here = os.path.realpath(repository.directory) if repository.worktree else top
    written = os.path.normpath(os.path.join(here, text))
    parent = os.path.realpath(os.path.dirname(written))
    inside = _below(top, written) or _below(top, os.path.join(parent, os.path.basename(written)))
    if inside is None:
        raise InputError(f"{text} is outside the work tree {top}", hint="name a path below it")
    real = os.path.realpath(os.path.join(here, text))  # as the system goes: `..` behind a link leads elsewhere
    target = _below(top, real)
    return RepoPath(
        os.fsencode(inside),
        os.path.isdir(written),
        os.fsencode(target) if target is not None and target != inside else None,
        target is None,
    )


def show_path(path: bytes) -> str:
    """A path for a terminal: control characters and bytes that aren't UTF-8 are escaped."""
    text = path.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def json_path(path: bytes) -> str:
    """A path for JSON: bytes that aren't UTF-8 become lone surrogates, as Python's own file names do."""
    return os.fsdecode(path)


def enter_worktree(target: bytes, tops: Iterable[Path]) -> bytes | None:
    """The part of an absolute path that lies below one of the work trees `tops`, as written; None when it lies in none.
    As `find_enclosing`."""
    found = find_enclosing(target, tops)
    return None if found is None else found[1]


def find_enclosing(target: bytes, tops: Iterable[Path]) -> tuple[Path, bytes] | None:
    """The one of the directories `tops` that an absolute path lies in (the innermost, where one lies in another), and
    the part of the path below it, as written. Whatever leads there on this machine counts, other links too."""
    known = {(found.st_dev, found.st_ino): top for top in tops if (found := _stat(top)) is not None}
    enclosing = None
    parts = target.split(b"/")
    for end in range(1, len(parts) + 1):
        found = _stat(b"/".join(parts[:end]) or b"/")
        if found is None:
            break
        if (found.st_dev, found.st_ino) in known:
            enclosing = known[found.st_dev, found.st_ino], b"/".join(parts[end:])
    return enclosing


def quote_path(path: bytes) -> str:
    """A path as an argument to type; what a terminal doesn't show as it is becomes `$'...'` with octal numbers."""
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and text and unicodedata.is_normalized("NFC", text):
        return shlex.quote(text)
    return "$'" + "".join(chr(byte) if _is_plain(byte) else f"\\{byte:03o}" for byte in path) + "'"


def _is_plain(byte: int) -> bool:
    return 0x20 <= byte < 0x7F and byte not in b"'\\"


def _stat(path: Path | bytes) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def _below(top: str, path: str) -> str | None:
    if path == top:
        return "."
    prefix = top.rstrip("/") + "/"
    return path.removeprefix(prefix) if path.startswith(prefix) else None


def short_path(path: Path) -> str:
    """The shortest way to say where: from here (`../wt-a1`), from home (`~/shop`), or in full."""
    home = os.path.expanduser("~")
    in_full = str(path)
    from_home = "~" + in_full[len(home) :] if in_full.startswith(home + "/") else in_full
    return min((in_full, from_home, os.path.relpath(path)), key=len)
