"""The edit hook in a client's own settings: installed in the agent's worktree, missed, taken out. Never in a file that
git tracks, and never through a link.

Which clients an agent was given it for is noted beside its hooks, so that it is missed when it is gone.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.in_force import staging_directory
from agentgrid.config.places import grid_directory
from agentgrid.errors import InputError, Refused
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_if_changed
from agentgrid.workspace.clients.known import CLIENTS, Client
from agentgrid.workspace.clients.settings_text import put_in, take_out
from agentgrid.workspace.dispatcher import render_shared_edit_hook
from agentgrid.workspace.hook_files import EDIT_HOOK, HOOK_MODE
from agentgrid.workspace.hookdir import desk_directory

_NOTE = "clients"


@dataclass(frozen=True, slots=True)
class ClientFault:
    """The edit hook of `client` is not in `path`. `is_by_hand`: only a person can put it there."""

    client: str
    path: Path
    message: str
    is_by_hand: bool


def find_client(name: str) -> Client:
    """Raises InputError, naming those there are."""
    if name not in CLIENTS:
        raise InputError(f"there is no edit hook for {name!r} (known: {', '.join(CLIENTS)})",
                         hint="name another with --client; the git hooks guard every client")  # fmt: skip
    return CLIENTS[name]


def noted_clients(repository: Repository, agent: str) -> list[str]:
    """Those that the agent has an edit hook for."""
    try:
        names = (desk_directory(repository, agent) / _NOTE).read_text().split()
    except OSError:
        return []
    return [name for name in names if name in CLIENTS]


def settings_file(repository: Repository, client: Client, worktree: Path) -> Path:
    """Where the client reads the hook. Raises Refused where it reads none: no main worktree."""
    top = repository.main_worktree if client.is_shared else worktree
    if top is None:
        raise Refused(f"{client.name} reads its hooks in the main worktree, and this repository has none",
                      hint="run it with the settings on its command line: docs/edit-hooks.md")  # fmt: skip
    return top / client.file


def edit_hook_path(repository: Repository, agent: str, client: Client) -> Path:
    """What the agent's client is told to run."""
    place = grid_directory(repository) if client.is_shared else desk_directory(repository, agent)
    return place / EDIT_HOOK


def install(repository: Repository, agent: str, client: Client, worktree: Path) -> bool:
    """Puts the hook into the client's settings for `worktree`; True when that changed something.

    Raises Refused for a file that git tracks or that a link leads to, InputError for one that isn't understood.
    """
    path = settings_file(repository, client, worktree)
    _require_ours_to_write(client, path)
    _note(repository, agent, [*noted_clients(repository, agent), client.name])
    hook = edit_hook_path(repository, agent, client)
    is_written = client.is_shared and write_if_changed(hook, render_shared_edit_hook(repository), mode=HOOK_MODE)
    content = path.read_bytes() if path.exists() else None
    wanted = put_in(client, content, hook, str(path))
    return write_if_changed(path, wanted, mode=_mode_of(path), staging=staging_directory(repository)) or is_written


def install_again(repository: Repository, agent: str, worktree: Path) -> bool:
    """As `install`, for every client that the agent has it for and that lets it be; True when anything changed."""
    changed = False
    for name in noted_clients(repository, agent) if worktree.is_dir() else ():
        with suppress(Refused, InputError):
            changed |= install(repository, agent, CLIENTS[name], worktree)
    return changed


def find_client_faults(repository: Repository, agent: str, worktree: Path) -> list[ClientFault]:
    """Which of the agent's clients lack their edit hook in `worktree`."""
    faults = []
    for name in noted_clients(repository, agent):
        client = CLIENTS[name]
        path = settings_file(repository, client, worktree)
        hook = edit_hook_path(repository, agent, client)
        try:
            content = path.read_bytes() if path.exists() else None
            is_there = content == put_in(client, content, hook, str(path)) and os.access(hook, os.X_OK)
        except (InputError, OSError):
            is_there = False
        if not is_there:
            message = f"the edit hook of {name} is not in {path}"
            faults.append(ClientFault(name, path, message, _is_kept_from_us(client, path)))
    return faults


def uninstall(repository: Repository, agent: str, worktree: Path) -> list[Path]:
    """Takes out of the settings what `install` put there; the files that changed. One that isn't understood any more
    stays as it is, and so does one that git has come to track, or that another agent needs."""
    others = {name for other in _agents(repository) - {agent} for name in noted_clients(repository, other)}
    changed = []
    for name in noted_clients(repository, agent):
        client = CLIENTS[name]
        if client.is_shared and (name in others or repository.main_worktree is None):
            continue
        path = settings_file(repository, client, worktree)
        if path.is_file() and not _is_kept_from_us(client, path) and _take_out(client, path):
            changed.append(path)
    return changed


def _agents(repository: Repository) -> set[str]:
    return {note.parent.name for note in (grid_directory(repository) / "agents").glob(f"*/{_NOTE}")}


def _take_out(client: Client, path: Path) -> bool:
    content = path.read_bytes()
    try:
        left = take_out(client, content, str(path))
    except InputError:
        return False
    if left is not None:
        return write_if_changed(path, left, mode=_mode_of(path))
    path.unlink()
    for directory in list(path.parents)[: client.file.count("/")]:
        if any(directory.iterdir()):
            break
        directory.rmdir()
    return True


def _require_ours_to_write(client: Client, path: Path) -> None:
    if _is_kept_from_us(client, path):
        raise Refused(f"{path} is tracked by git or behind a link: agentgrid doesn't write there",
                      hint="put in by hand what `agentgrid agent hooks` prints")  # fmt: skip


def _is_kept_from_us(client: Client, path: Path) -> bool:
    top = path.parents[client.file.count("/")]
    if any(place.is_symlink() for place in (path, *list(path.parents)[: client.file.count("/")])):
        return True
    return bool(Git(top).run("ls-files", "-z", "--", client.file).stdout)


def _note(repository: Repository, agent: str, names: Iterable[str]) -> None:
    known = [name for name in CLIENTS if name in set(names)]
    write_if_changed(desk_directory(repository, agent) / _NOTE, "".join(f"{name}\n" for name in known).encode())


def _mode_of(path: Path) -> int:
    return os.stat(path).st_mode & 0o777 if path.exists() else 0o644
