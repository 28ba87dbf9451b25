"""The hook directory of an agent's worktree: one dispatcher under every hook name, pointed to by an includeIf.

No tracked file, no shared hook directory and no repository format changes: a section in the common configuration
sets `core.hooksPath` for that one worktree. It stands on this floor, not with the hooks themselves, because
creating, repairing and reporting on a worktree all need it, and imports only go down.
"""

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.config.schema import Author
from agentgrid.git.repository import Repository
from agentgrid.git.settings import drop_section
from agentgrid.machine.files import write_if_changed
from agentgrid.machine.locks import hold_lock
from agentgrid.workspace.dispatcher import render_dispatcher, render_edit_hook
from agentgrid.workspace.hook_files import (
    DISPLACED,
    HOOK_NAMES,
    HookFault,
    HookTexts,
    Restored,
    displace,
    find_file_faults,
    make_writable,
    write_hooks,
)
from agentgrid.workspace.hook_seal import is_verified, note_verified
from agentgrid.workspace.hook_section import (
    effective_hooks,
    is_directory,
    point_to_hooks,
    section_name,
    surely_counts,
)

__all__ = [
    "HOOK_NAMES",
    "HookFault",
    "desk_directory",
    "equip",
    "equip_again",
    "find_hook_faults",
    "restore_hooks",
    "unequip",
]


_AUTHOR = b"[user]\n"


def equip(repository: Repository, agent: str, admin_dir: Path, *, author: Author | None = None) -> bool:
    """Installs the hooks of the worktree whose git directory is `admin_dir`; True when anything changed."""
    return _equip(repository, agent, admin_dir, b"" if author is None else _author_section(author))


def equip_again(repository: Repository, agent: str, admin_dir: Path) -> bool:
    """As `equip`, for the author that it was equipped for before."""
    try:
        settings = (desk_directory(repository, agent) / "config").read_bytes()
    except OSError:
        settings = b""
    return _equip(repository, agent, admin_dir, b"".join(settings.partition(_AUTHOR)[1:]))


def restore_hooks(repository: Repository, agent: str, admin_dir: Path, *, timeout_s: float = 120.0) -> Restored | None:
    """Puts the hook files back as agentgrid wrote them; None when nothing was wrong with them.

    Of two processes that find the same damage one mends it and the other sees it mended. Raises OutsideError when
    another one held the lock longer than `timeout_s`, OSError when the files can't be written.
    """
    hooks, texts = desk_directory(repository, agent) / "hooks", _wanted(repository, agent, admin_dir)
    with hold_lock(grid_directory(repository) / "hooks.lock", timeout_s=timeout_s):
        restored = write_hooks(hooks, texts) if any(find_file_faults(hooks, texts)) else None
        note_verified(repository, hooks.parent, is_sound=True)
    return restored


def unequip(repository: Repository, agent: str, admin_dir: Path) -> None:
    """Takes out what `equip` put in: the section first, so that git never looks for hooks that are gone.

    What other programs had put among our hooks goes to the trash, not away.
    """
    drop_section(repository.common_dir, section_name(admin_dir))
    desk = desk_directory(repository, agent)
    for displaced in sorted((desk / DISPLACED).glob("*")):
        displace(displaced, grid_directory(repository) / "trash" / f"hooks-of-{agent}")
    make_writable(desk / "hooks")
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
        faults = list(find_file_faults(desk / "hooks", _wanted(repository, agent, admin_dir)))
        note_verified(repository, desk, is_sound=not faults)
    else:
        faults = []
    unset = find_unset(repository, agent, admin_dir, settings=settings)
    return [unset, *faults] if unset else faults


def find_unset(
    repository: Repository, agent: str, admin_dir: Path, *, settings: Sequence[str] | None = None
) -> HookFault | None:
    """The fault that git looks for this worktree's hooks elsewhere than in the agent's directory."""
    desk = desk_directory(repository, agent)
    if settings is not None and surely_counts(settings, admin_dir) and (desk / "config").is_file():
        return None
    scope, effective = effective_hooks(admin_dir)
    if is_directory(desk / "hooks", effective):
        return None
    said = f"core.hooksPath is {effective!r} ({scope})" if scope else "core.hooksPath is not set"
    return HookFault("unset", str(repository.common_dir / "config"), f"{said} in the worktree of {agent}")


def desk_directory(repository: Repository, agent: str) -> Path:
    """Where the hooks and settings of one agent's worktree are kept."""
    return grid_directory(repository) / "agents" / agent


def _wanted(repository: Repository, agent: str, admin_dir: Path) -> HookTexts:
    config = str(repository.common_dir / "config")
    remove = shlex.join(("git", "config", "--file", config, "--remove-section", section_name(admin_dir)))
    return HookTexts(
        render_dispatcher(repository, agent, admin_dir, remove=remove), render_edit_hook(repository, agent, admin_dir)
    )


def _equip(repository: Repository, agent: str, admin_dir: Path, author: bytes) -> bool:
    desk = desk_directory(repository, agent)
    changed = restore_hooks(repository, agent, admin_dir) is not None
    settings = f"[core]\n\thooksPath = {_quote_value(str(desk / 'hooks'))}\n".encode("utf-8", "surrogateescape")
    changed |= write_if_changed(desk / "config", settings + author)
    changed |= point_to_hooks(repository, agent, admin_dir, desk / "hooks")
    return changed


def _author_section(author: Author) -> bytes:
    lines = f"\tname = {_quote_value(author.name)}\n\temail = {_quote_value(author.email)}\n"
    return _AUTHOR + lines.encode("utf-8", "surrogateescape")


def _quote_value(value: str) -> str:
    """As git reads values in a configuration file."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
