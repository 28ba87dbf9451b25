"""Bringing local files into a worktree: what is there stays as it is, and nothing is written outside of it."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from agentgrid.git.process import Git, join_nul
from agentgrid.machine.cloning import copy_new
from agentgrid.workspace.setup.local_files import LocalFiles


@dataclass(frozen=True)
class Brought:
    """Paths below the worktree's top. `kept`: were there already. `refused`: path → why it was not brought.
    `unhidden`: links that git doesn't ignore there."""

    copied: tuple[bytes, ...] = ()
    linked: tuple[bytes, ...] = ()
    kept: tuple[bytes, ...] = ()
    refused: dict[bytes, str] = field(default_factory=dict)
    unhidden: tuple[bytes, ...] = ()


def bring_files(local: LocalFiles, worktree: Path, *, staging: Path) -> Brought:
    """Copies and links what isn't there. `staging`: where a file is written before it is seen."""
    tracked = set(Git(worktree).run("ls-files", "-z").fields)
    copied: list[bytes] = []
    linked: list[bytes] = []
    kept: list[bytes] = []
    refused = {path.rstrip(b"/"): "is a repository of its own" for path in local.repositories}
    top = os.fsencode(os.path.realpath(worktree))
    for path, is_link in [*((each, False) for each in local.copied), *((each, True) for each in local.linked)]:
        target = os.path.join(top, path)
        if os.path.lexists(target) or path in tracked:
            kept.append(path)
            continue
        reason = _make_place(top, target) or _bring(local.main, path, target, staging, is_link=is_link)
        if reason is None:
            (linked if is_link else copied).append(path)
        else:
            refused[path] = reason
    return Brought(tuple(copied), tuple(linked), tuple(kept), refused, _find_unhidden(worktree, linked))


def _bring(main: Path, path: bytes, target: bytes, staging: Path, *, is_link: bool) -> str | None:
    """None when it was done, else why not."""
    source = os.path.join(os.fsencode(main), path)
    try:
        if is_link:
            if os.path.realpath(target).startswith(os.path.realpath(source) + b"/"):
                return "has this worktree in it"
            os.symlink(source, target)
        else:
            copy_new(source, target, staging=staging)
            _mend_link(source, target, os.fsencode(main))
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None


def _mend_link(source: bytes, target: bytes, main: bytes) -> None:
    """A relative link out of the main worktree leads elsewhere from here, so it is written out."""
    if not os.path.islink(target):
        return
    led = os.readlink(target)
    meant = os.path.normpath(os.path.join(os.path.dirname(source), led))
    if not os.path.isabs(led) and not meant.startswith(main + b"/"):
        os.unlink(target)
        os.symlink(meant, target)


def _make_place(top: bytes, target: bytes) -> str | None:
    """Makes the directory of `target`; says why that isn't possible inside the worktree `top`."""
    directory = os.path.dirname(target)
    existing = directory
    while not os.path.lexists(existing):
        existing = os.path.dirname(existing)
    real = os.path.realpath(existing)
    if real != top and not real.startswith(top + b"/"):
        return f"{os.fsdecode(os.path.relpath(existing, top))} leads out of the worktree"
    if not os.path.isdir(existing):
        return f"{os.fsdecode(os.path.relpath(existing, top))} is not a directory there"
    try:
        os.makedirs(directory, exist_ok=True)
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None


def _find_unhidden(worktree: Path, linked: list[bytes]) -> tuple[bytes, ...]:
    """`node_modules/` in a .gitignore ignores a directory, and not a link to one."""
    if not linked:
        return ()
    ignored = Git(worktree).run("check-ignore", "-z", "--stdin", stdin=join_nul(linked), accept=(0, 1)).fields
    return tuple(path for path in linked if path not in ignored)
