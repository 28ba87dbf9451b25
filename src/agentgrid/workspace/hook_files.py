"""The files in an agent's hook directory: what is wrong with them, and putting them back without losing what another
program had put there."""

import filecmp
import hashlib
import os
import shlex
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agentgrid.machine.files import write_if_changed

# Every name that git calls in a work tree. Left out because their mere presence changes what git does:
# push-to-checkout, proc-receive, fsmonitor-watchman.
HOOK_NAMES = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
    "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "reference-transaction",
    "post-rewrite", "pre-auto-gc", "post-index-change", "sendemail-validate", "pre-receive", "update",
    "post-receive", "post-update",
)  # fmt: skip

EDIT_HOOK = "edit-hook"  # beside the hook directory: what the agent's client runs
DISPLACED = "displaced"
HOOK_MODE = 0o555  # ordinary tools overwrite what they find and can write
# Long ago, so that whatever is written from now on is newer, also where a shell compares whole seconds.
_DATED_NS = 946_684_800_000_000_000


@dataclass(frozen=True)
class HookFault:
    """Something wrong with the hooks of an agent's worktree. `kind`: missing, edited, mode, dangling, unset, extra."""

    kind: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class HookTexts:
    """What the files have to say: `git` each of those that git calls, `edit` the one for the agent's client."""

    git: bytes
    edit: bytes


@dataclass(frozen=True)
class Restored:
    """`names`: the hooks that were put back. `kept`: where what another program had put there is now."""

    names: tuple[str, ...] = ()
    kept: tuple[Path, ...] = ()


def find_file_faults(hooks: Path, texts: HookTexts) -> Iterator[HookFault]:
    """What differs from every hook being there, with its text, executable, not writable, and nothing else."""
    for name in HOOK_NAMES:
        yield from _find_faults(hooks / name, texts.git)
    yield from _find_faults(hooks.parent / EDIT_HOOK, texts.edit)
    if not hooks.is_dir():
        return
    for extra in sorted(set(os.listdir(hooks)) - set(HOOK_NAMES)):
        yield HookFault("extra", str(hooks / extra), f"{extra} was put there by another program")
    mode = hooks.stat().st_mode & 0o777
    if mode != HOOK_MODE:
        yield HookFault("mode", str(hooks), f"the directory has mode {mode:o}, not {HOOK_MODE:o}")


def _find_faults(path: Path, content: bytes) -> Iterator[HookFault]:
    name = path.name
    try:
        found, mode = path.read_bytes(), path.lstat().st_mode
    except OSError:
        yield HookFault("missing", str(path), f"{name} is missing or can't be read")
        return
    if stat.S_ISLNK(mode) or _digest(found) != _digest(content):
        dangling = _dangling_interpreter(found)
        if dangling:
            yield HookFault("dangling", str(path), f"{name} points to {dangling}, which is gone")
        else:
            yield HookFault("edited", str(path), f"{name} is not the one agentgrid wrote")
    elif mode & 0o777 != HOOK_MODE:
        yield HookFault("mode", str(path), f"{name} has mode {mode & 0o777:o}, not {HOOK_MODE:o}")


def write_hooks(hooks: Path, texts: HookTexts) -> Restored:
    """Writes every hook; what another program put there is kept beside the directory, not destroyed.

    A hook that runs meanwhile goes on with the file that it was started from.
    """
    hooks.mkdir(parents=True, exist_ok=True)
    make_writable(hooks)
    edit_hook = hooks.parent / EDIT_HOOK
    kept: list[Path] = []
    for name in sorted(os.listdir(hooks)):
        if not _is_ours(hooks / name):
            kept.append(displace(hooks / name, hooks.parent / DISPLACED))
        elif name not in HOOK_NAMES:
            (hooks / name).unlink()  # renamed by a tool that put its own in the place
    if os.path.lexists(edit_hook) and not _is_ours(edit_hook):
        kept.append(displace(edit_hook, hooks.parent / DISPLACED))
    wanted = [*((hooks / name, texts.git) for name in HOOK_NAMES), (edit_hook, texts.edit)]
    names = [path.name for path, content in wanted if write_if_changed(path, content, mode=HOOK_MODE)]
    for path, _ in wanted:
        os.utime(path, ns=(_DATED_NS, _DATED_NS))
    hooks.chmod(HOOK_MODE)
    os.utime(hooks, ns=(_DATED_NS, _DATED_NS))
    return Restored(tuple(names), tuple(kept))


def displace(path: Path, directory: Path) -> Path:
    """Moves `path` into `directory`, under its name: what had that name before gets a number, unless it is the same.
    Returns where it is now."""
    directory.mkdir(parents=True, exist_ok=True)
    place, older, number = directory / path.name, directory / path.name, 1
    if os.path.lexists(place) and not _is_same(path, place):
        while os.path.lexists(older):
            number += 1
            older = directory / f"{path.name}.{number}"
        os.replace(place, older)
    os.replace(path, place)
    return place


def make_writable(hooks: Path) -> None:
    if hooks.is_dir():
        hooks.chmod(0o755)


def _is_same(path: Path, other: Path) -> bool:
    if any(each.is_symlink() or not each.is_file() for each in (path, other)):
        return False
    return filecmp.cmp(path, other, shallow=False)


def _dangling_interpreter(found: bytes) -> str | None:
    for line in found.split(b"\n"):
        if line.startswith(b"python="):
            python = shlex.split(os.fsdecode(line.removeprefix(b"python=")))
            return python[0] if python and not os.access(python[0], os.X_OK) else None
    return None


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _is_ours(path: Path) -> bool:
    """Whether agentgrid wrote this file: of this version or another, edited or not."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        return b", written by agentgrid " in stream.read(400)
