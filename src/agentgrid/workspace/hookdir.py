"""The hook directory of an agent's worktree: one dispatcher under every hook name, pointed to by an includeIf.

No tracked file, no shared hook directory and no repository format changes: a section in the common configuration
sets `core.hooksPath` for that one worktree. It stands on this floor, not with the hooks themselves, because
creating, repairing and reporting on a worktree all need it, and imports only go down.
"""

import hashlib
import os
import shlex
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.in_force import grid_directory
from agentgrid.config.schema import Author
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.settings import drop_section, write_setting
from agentgrid.machine.files import write_if_changed
from agentgrid.workspace.dispatcher import render_dispatcher
from agentgrid.workspace.hook_seal import is_verified, note_verified

# Every name that git calls in a work tree. Left out because their mere presence changes what git does:
# push-to-checkout, proc-receive, fsmonitor-watchman.
HOOK_NAMES = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
    "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "reference-transaction",
    "post-rewrite", "pre-auto-gc", "post-index-change", "sendemail-validate", "pre-receive", "update",
    "post-receive", "post-update",
)  # fmt: skip

_MODE = 0o555  # ordinary tools overwrite what they find and can write


@dataclass(frozen=True)
class HookFault:
    """Something wrong with the hooks of an agent's worktree. `kind`: missing, edited, mode, dangling, unset, extra."""

    kind: str
    path: str
    message: str


def equip(repository: Repository, agent: str, admin_dir: Path, *, author: Author | None = None) -> bool:
    """Installs the hooks of the worktree whose git directory is `admin_dir`; True when anything changed."""
    desk = desk_directory(repository, agent)
    content = _wanted(repository, agent, admin_dir)
    changed = False
    if list(_hook_faults(desk / "hooks", content)):
        _write_hooks(desk / "hooks", content)
        changed = True
    changed |= write_if_changed(desk / "config", _settings(desk, author))
    section, include = section_name(admin_dir), f"agentgrid/agents/{agent}/config"
    if write_setting(repository.common_dir, f"{section}.path", include):
        return True  # appended behind every other one
    scope, hooks = _effective_hooks(admin_dir)
    if scope == "local" and not _is_ours_directory(desk, hooks):
        # The last one counts: another tool has appended its own since.
        drop_section(repository.common_dir, section)
        changed |= write_setting(repository.common_dir, f"{section}.path", include)
    return changed


def unequip(repository: Repository, agent: str, admin_dir: Path) -> None:
    """Takes out what `equip` put in: the section first, so that git never looks for hooks that are gone.

    What other programs had put among our hooks goes to the trash, not away.
    """
    drop_section(repository.common_dir, section_name(admin_dir))
    desk = desk_directory(repository, agent)
    for displaced in sorted((desk / "displaced").glob("*")):
        _displace(displaced, grid_directory(repository) / "trash" / f"hooks-of-{agent}")
    _make_writable(desk / "hooks")
    shutil.rmtree(desk, ignore_errors=True)


def find_hook_faults(
    repository: Repository, agent: str, admin_dir: Path, *, settings: Sequence[str] | None = None
) -> list[HookFault]:
    """What keeps the guard of this worktree from running, or might: path, mode, content, dangling interpreter.

    `settings`: names in the common configuration, in order, for who asks about many worktrees: where they leave no
    doubt that our section counts, git isn't asked again, and files that nobody touched aren't read again.
    """
    desk = desk_directory(repository, agent)
    if settings is None or not is_verified(repository, desk):
        faults = list(_hook_faults(desk / "hooks", _wanted(repository, agent, admin_dir)))
        note_verified(repository, desk, is_sound=not faults)
    else:
        faults = []
    if settings is not None and _surely_counts(settings, admin_dir) and (desk / "config").is_file():
        return faults
    scope, effective = _effective_hooks(admin_dir)
    if not _is_ours_directory(desk, effective):
        said = f"core.hooksPath is {effective!r} ({scope})" if scope else "core.hooksPath is not set"
        faults.insert(
            0, HookFault("unset", str(repository.common_dir / "config"), f"{said} in the worktree of {agent}")
        )
    return faults


def desk_directory(repository: Repository, agent: str) -> Path:
    """Where the hooks and settings of one agent's worktree are kept."""
    return grid_directory(repository) / "agents" / agent


def section_name(admin_dir: Path) -> str:
    """The includeIf section: relative to the common configuration, so that it survives a moved repository."""
    return f"includeIf.gitdir:./worktrees/{admin_dir.name}"


def _wanted(repository: Repository, agent: str, admin_dir: Path) -> bytes:
    config = str(repository.common_dir / "config")
    remove = shlex.join(("git", "config", "--file", config, "--remove-section", section_name(admin_dir)))
    return render_dispatcher(repository, agent, admin_dir, remove=remove)


def _surely_counts(settings: Sequence[str], admin_dir: Path) -> bool:
    """Our section stands behind every other `core.hooksPath`, and the worktree has no configuration of its own."""
    if (admin_dir / "config.worktree").exists():
        return False
    last = {name.lower(): position for position, name in enumerate(settings)}
    ours = last.get(f"{section_name(admin_dir)}.path".lower(), -1)
    return ours > last.get("core.hookspath", -1)


def _settings(desk: Path, author: Author | None) -> bytes:
    """The included configuration file; git's own quoting rules for values."""
    lines = ["[core]", f"\thooksPath = {_quote_value(str(desk / 'hooks'))}"]
    if author is not None:
        lines += ["[user]", f"\tname = {_quote_value(author.name)}", f"\temail = {_quote_value(author.email)}"]
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


def _quote_value(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _effective_hooks(admin_dir: Path) -> tuple[str, str]:
    """Which configuration says (`local`, `worktree`, …) where git looks for the hooks of this worktree, and where
    that is; empty when nothing is set."""
    found = Git(admin_dir).run("config", "--show-scope", "--get", "core.hooksPath", accept=(0, 1)).text
    scope, _, hooks = found.partition("\t")
    return scope, hooks


def _is_ours_directory(desk: Path, hooks: str) -> bool:
    return bool(hooks) and os.path.realpath(hooks) == os.path.realpath(desk / "hooks")


def _hook_faults(hooks: Path, content: bytes) -> Iterator[HookFault]:
    for name in HOOK_NAMES:
        path = hooks / name
        try:
            found, mode = path.read_bytes(), path.lstat().st_mode
        except OSError:
            yield HookFault("missing", str(path), f"{name} is missing or can't be read")
            continue
        if stat.S_ISLNK(mode) or _digest(found) != _digest(content):
            dangling = _dangling_interpreter(found)
            if dangling:
                yield HookFault("dangling", str(path), f"{name} points to {dangling}, which is gone")
            else:
                yield HookFault("edited", str(path), f"{name} is not the one agentgrid wrote")
        elif mode & 0o777 != _MODE:
            yield HookFault("mode", str(path), f"{name} has mode {mode & 0o777:o}, not {_MODE:o}")
    if not hooks.is_dir():
        return
    for extra in sorted(set(os.listdir(hooks)) - set(HOOK_NAMES)):
        yield HookFault("extra", str(hooks / extra), f"{extra} was put there by another program")
    mode = hooks.stat().st_mode & 0o777
    if mode != _MODE:
        yield HookFault("mode", str(hooks), f"the directory has mode {mode:o}, not {_MODE:o}")


def _dangling_interpreter(found: bytes) -> str | None:
    for line in found.split(b"\n"):
        if line.startswith(b"python="):
            python = shlex.split(os.fsdecode(line.removeprefix(b"python=")))
            return python[0] if python and not os.access(python[0], os.X_OK) else None
    return None


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _write_hooks(hooks: Path, content: bytes) -> None:
    """Writes every hook; what another program put there is kept beside the directory, not destroyed."""
    hooks.mkdir(parents=True, exist_ok=True)
    _make_writable(hooks)
    for name in sorted(os.listdir(hooks)):
        if not _is_ours(hooks / name):
            _displace(hooks / name, hooks.parent / "displaced")
        elif name not in HOOK_NAMES:
            (hooks / name).unlink()  # renamed by a tool that put its own in the place
    for name in HOOK_NAMES:
        write_if_changed(hooks / name, content, mode=_MODE)
    hooks.chmod(_MODE)


def _is_ours(path: Path) -> bool:
    """Whether agentgrid wrote this file: of this version or another, edited or not."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        return b", written by agentgrid " in stream.read(400)


def _displace(path: Path, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    place, number = directory / path.name, 1
    while os.path.lexists(place):
        number += 1
        place = directory / f"{path.name}.{number}"
    os.replace(path, place)


def _make_writable(hooks: Path) -> None:
    if hooks.is_dir():
        hooks.chmod(0o755)
