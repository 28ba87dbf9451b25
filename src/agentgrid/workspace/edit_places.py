"""Where an edit would land: in a worktree of this repository, in a git directory, or somewhere that is no business of
ours."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.git.paths import find_enclosing
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree, list_worktrees


@dataclass(frozen=True, slots=True)
class EditPlace:
    """`path`: absolute, links on the way to it resolved. `worktree`: the one it is in, None when it is in none.
    `inside`: the part below its top. `is_gits`: it is git's own, also where a worktree begins (`.git`)."""

    path: str
    worktree: Worktree | None
    inside: bytes
    is_gits: bool


def find_edit_places(repository: Repository, paths: Sequence[str]) -> list[tuple[EditPlace, ...]]:
    """For each of the absolute `paths` where its entry is, and where it leads when that is a link. As the system goes:
    `..` behind a link leads elsewhere than it reads."""
    worktrees = [each for each in list_worktrees(repository) if not each.is_bare]
    return [tuple(_place(repository.common_dir, worktrees, end) for end in _ends(path)) for path in paths]


def _ends(path: str) -> list[str]:
    real = os.path.realpath(path)
    name = os.path.basename(path)
    if name in {"", ".", ".."}:
        return [real]
    entry = os.path.join(os.path.realpath(os.path.dirname(path)), name)
    return [entry] if entry == real else [entry, real]


def _place(common_dir: Path, worktrees: Sequence[Worktree], path: str) -> EditPlace:
    raw = os.fsencode(path)
    found = find_enclosing(raw, [each.path for each in worktrees])
    if found is None:
        return EditPlace(path, None, b"", find_enclosing(raw, [common_dir]) is not None)
    top, inside = found
    is_gits = find_enclosing(raw, [common_dir]) is not None or b".git" in inside.lower().split(b"/")
    return EditPlace(path, next(each for each in worktrees if each.path == top), inside, is_gits)
