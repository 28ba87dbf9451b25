"""What people type after `lock` and `unlock`, as patterns anchored at the root of the repository.

A path that exists is meant literally; `*`, `?`, `[` or a final `/` make a pattern of it; `**/name` is at any depth.
"""

import os
import re
from dataclasses import dataclass

from agentgrid.boundaries.leases.lease import LeasePattern
from agentgrid.boundaries.patterns.intersection import is_satisfiable
from agentgrid.boundaries.patterns.parsing import PATTERN_ACCEPTED, PatternError, escape_path, parse_pattern
from agentgrid.boundaries.patterns.shapes import lease_shape
from agentgrid.errors import InputError
from agentgrid.git.paths import RepoPath, locate_path
from agentgrid.git.repository import Repository

_SPECIAL = re.compile(r"[*?\[\\]")
EVERYTHING = "/**"


@dataclass(frozen=True, slots=True)
class AskedPath:
    """`typed`: as it was given. `patterns`: what it stands for; two when it leads through a symbolic link. `literal`:
    the one path that is meant, None for a pattern."""

    typed: str
    patterns: tuple[LeasePattern, ...]
    literal: RepoPath | None


def read_asked(repository: Repository, typed: str) -> AskedPath:
    """Raises InputError for a path outside the work tree, and for a pattern that can't match anything."""
    if typed.startswith("**/"):
        return AskedPath(typed, (make_pattern(typed),), None)
    is_there = os.path.lexists(os.path.join(repository.directory, typed))
    if is_there or not (_SPECIAL.search(typed) or typed.endswith("/")):
        return _read_literal(repository, typed)
    fixed, rest = _split(typed)
    folder = locate_path(repository, fixed or ".").path
    anchor = "" if folder == b"." else escape_path(os.fsdecode(folder))
    return AskedPath(typed, (make_pattern(f"{anchor}/{rest}"),), None)


def exact_pattern(path: bytes) -> LeasePattern:
    """The pattern that is this very path; with a final slash, all that is in the folder. `.` is everything."""
    if path in {b".", b"./"}:
        return make_pattern(EVERYTHING)
    name = path.removesuffix(b"/")
    return make_pattern(escape_path(os.fsdecode(name)) + ("/" if name != path else ""))


def make_pattern(text: str) -> LeasePattern:
    """The pattern in the one form that the store knows. Raises InputError when it can't match anything."""
    text = _shortest(text)
    try:
        parsed = parse_pattern(text)
    except PatternError as error:
        raise InputError(f"{text!r}: {error}", hint=f"accepted: {PATTERN_ACCEPTED}") from error
    if parsed.is_negated or not is_satisfiable(parsed.segments):
        raise InputError(f"{text!r} can't match any path", hint=f"accepted: {PATTERN_ACCEPTED}")
    return LeasePattern(os.fsencode(text), lease_shape(parsed.segments, directories_only=parsed.directories_only))


def _read_literal(repository: Repository, typed: str) -> AskedPath:
    found = locate_path(repository, typed)
    slash = b"/" if found.is_directory else b""
    paths = [found.path + slash] if found.target is None else [found.path, found.target + slash]
    return AskedPath(typed, tuple(exact_pattern(path) for path in paths), found)


def _split(typed: str) -> tuple[str, str]:
    """(the folders without any wildcard, the rest), as in `src/api` and `**/*.py`."""
    names = typed.split("/")
    count = next((at for at, name in enumerate(names[:-1]) if _SPECIAL.search(name)), len(names) - 1)
    if typed.endswith("/") and count == len(names) - 1:
        count -= 1  # the folder's own name belongs to the pattern
    return "/".join(names[:count]), "/".join(names[count:])


def _shortest(text: str) -> str:
    """A slash inside anchors a pattern as well as one in front; which then says nothing."""
    body = text.removeprefix("/")
    is_anchored = "/" in body.removesuffix("/") and not body.startswith(("**/", "!", "#", "/"))
    return body if text.startswith("/") and is_anchored else text
