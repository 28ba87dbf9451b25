"""The edit hook in a client's own settings: installed where the client reads it, missed, taken out. Never in a file
that git tracks, and never through a link.

Which clients an agent was given it for is noted beside its hooks, so that it is missed when it is gone.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.in_force import staging_directory
from agentgrid.config.places import grid_directory
from agentgrid.errors import InputError, Refused
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_if_changed
from agentgrid.workspace.clients.known import CLIENTS, MAIN, MARK, WORKTREE, Client
from agentgrid.workspace.clients.settings_text import put_in, take_out
from agentgrid.workspace.dispatcher import render_shared_edit_hook
from agentgrid.workspace.hook_files import EDIT_HOOK, HOOK_MODE
from agentgrid.workspace.hookdir import desk_directory

_NOTE = "clients"


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file below the work tree `top` (`place`: whose that is) in which `client` reads its hooks, and the script that
    it is to run. `is_extra`: it covers more, and the client does without."""

    client: Client
    place: str
    top: Path
    hook: Path
    is_extra: bool

    @property
    def is_shared(self) -> bool:
        return self.place == MAIN

    @property
    def snippet(self) -> str:
        """What it has to say when there is nothing else in it."""
        return put_in(self.client, None, self.hook, self.place, self.client.file).decode("utf-8", "surrogateescape")

    @property
    def path(self) -> Path:
        return self.top / self.client.file

    @property
    def wanted(self) -> bytes:
        """What it has to say. Raises InputError when it isn't understood."""
        content = self.path.read_bytes() if self.path.exists() else None
        return put_in(self.client, content, self.hook, self.place, str(self.path))

    @property
    def is_kept_from_us(self) -> bool:
        """Tracked by git, or behind a link: only a person writes there."""
        ways = list(self.path.parents)[: self.client.file.count("/")]
        if any(place.is_symlink() for place in (self.path, *ways)):
            return True
        return bool(Git(self.top).run("ls-files", "-z", "--", self.client.file).stdout)


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


def settings_files(repository: Repository, agent: str, client: Client, worktree: Path) -> list[SettingsFile]:
    """Where the client reads the hook, the one that matters most first. Raises Refused where that is nowhere."""
    shared_hook, own_hook = grid_directory(repository) / EDIT_HOOK, desk_directory(repository, agent) / EDIT_HOOK
    main, found = repository.main_worktree, list[SettingsFile]()
    for place in client.places:
        if place == WORKTREE:
            found.append(SettingsFile(client, place, worktree, own_hook, is_extra=bool(found)))
        elif main is not None:
            found.append(SettingsFile(client, place, main, shared_hook, is_extra=bool(found)))
    if not found:
        raise Refused(f"{client.name} reads its hooks in the main worktree, and this repository has none",
                      hint="run it with the settings on its command line: docs/edit-hooks.md")  # fmt: skip
    return found


def install(repository: Repository, agent: str, client: Client, worktree: Path) -> list[Path]:
    """Puts the hook into the client's settings for `worktree`; the files that changed.

    Raises Refused for a file that git tracks or that a link leads to, InputError for one that isn't understood.
    """
    changed = []
    for file in settings_files(repository, agent, client, worktree):
        try:
            changed += [file.path] if _install(repository, file) else []
        except (Refused, InputError):
            if not file.is_extra:
                raise
    changed += _make_folder(client, worktree)
    _note(repository, agent, [*noted_clients(repository, agent), client.name])
    return changed


def install_again(repository: Repository, agent: str, worktree: Path) -> list[Path]:
    """As `install`, for every client that the agent has it for and that lets it be."""
    changed: list[Path] = []
    for name in noted_clients(repository, agent) if worktree.is_dir() else ():
        with suppress(Refused, InputError):
            changed += install(repository, agent, CLIENTS[name], worktree)
    return changed


def find_client_faults(repository: Repository, agent: str, worktree: Path) -> list[ClientFault]:
    """Which of the agent's clients lack their edit hook in `worktree`."""
    faults: list[ClientFault] = []
    for file in _noted_files(repository, agent, worktree):
        if not _is_installed(file):
            message = f"the edit hook of {file.client.name} is not in {file.path}"
            is_by_hand = file.is_kept_from_us
            if not (is_by_hand and file.is_extra):
                faults.append(ClientFault(file.client.name, file.path, message, is_by_hand))
    for client in (CLIENTS[name] for name in noted_clients(repository, agent)):
        if client.folder and not (worktree / client.folder).is_dir():
            path = worktree / client.folder
            message = f"{client.name} reads no hooks without the folder {path}"
            faults.append(ClientFault(client.name, path, message, os.path.lexists(path)))
    return faults


def find_installed(repository: Repository, agent: str, worktree: Path) -> list[Path]:
    """The settings files in which `install` put the hook, as far as they are still ours to change."""
    return [file.path for file in _noted_files(repository, agent, worktree) if _is_ours(file)]


def uninstall(repository: Repository, agent: str, worktree: Path) -> list[Path]:
    """Takes the hook out of them again; the files that changed. One that isn't understood any more stays as it is, and
    so does one of the main worktree that another agent needs."""
    for client in (CLIENTS[name] for name in noted_clients(repository, agent)):
        if client.folder:
            with suppress(OSError):  # not empty, or gone: not ours
                (worktree / client.folder).rmdir()
    return _take_out(repository, agent, list(_noted_files(repository, agent, worktree)))


def uninstall_shared(repository: Repository, agent: str) -> list[Path]:
    """The part of it outside the agent's worktree."""
    files = _noted_files(repository, agent, repository.common_dir)
    return _take_out(repository, agent, [file for file in files if file.is_shared])


def _install(repository: Repository, file: SettingsFile) -> bool:
    if file.is_kept_from_us:
        raise Refused(f"{file.path} is tracked by git or behind a link: agentgrid doesn't write there",
                      hint="put in by hand what `agentgrid agent hooks` prints")  # fmt: skip
    wanted = file.wanted
    is_written = file.is_shared and write_if_changed(file.hook, render_shared_edit_hook(repository), mode=HOOK_MODE)
    mode = os.stat(file.path).st_mode & 0o777 if file.path.exists() else 0o644
    return write_if_changed(file.path, wanted, mode=mode, staging=staging_directory(repository)) or is_written


def _make_folder(client: Client, worktree: Path) -> list[Path]:
    if client.folder is None or (worktree / client.folder).is_dir():
        return []
    path = worktree / client.folder
    if os.path.lexists(path):
        raise Refused(f"{path} is no folder, and {client.name} reads no hooks without it", hint="move it away")
    path.mkdir()
    return [path]


def _is_installed(file: SettingsFile) -> bool:
    try:
        return file.path.read_bytes() == file.wanted and os.access(file.hook, os.X_OK)
    except (InputError, OSError):
        return False


def _is_ours(file: SettingsFile) -> bool:
    return file.path.is_file() and MARK.encode() in file.path.read_bytes() and not file.is_kept_from_us


def _noted_files(repository: Repository, agent: str, worktree: Path) -> Iterator[SettingsFile]:
    for name in noted_clients(repository, agent):
        with suppress(Refused):
            yield from settings_files(repository, agent, CLIENTS[name], worktree)


def _take_out(repository: Repository, agent: str, files: Iterable[SettingsFile]) -> list[Path]:
    others = {note.parent.name for note in (grid_directory(repository) / "agents").glob(f"*/{_NOTE}")} - {agent}
    needed = {name for other in others for name in noted_clients(repository, other)}
    wanted = [file for file in files if not (file.is_shared and file.client.name in needed)]
    return [file.path for file in wanted if _is_ours(file) and _empty(file)]


def _empty(file: SettingsFile) -> bool:
    path = file.path
    try:
        left = take_out(file.client, path.read_bytes(), str(path))
    except InputError:
        return False
    if left is not None:
        return write_if_changed(path, left, mode=os.stat(path).st_mode & 0o777)
    path.unlink()
    for directory in list(path.parents)[: file.client.file.count("/")]:
        if any(directory.iterdir()):
            break
        directory.rmdir()
    return True


def _note(repository: Repository, agent: str, names: Iterable[str]) -> None:
    known = [name for name in CLIENTS if name in set(names)]
    write_if_changed(desk_directory(repository, agent) / _NOTE, "".join(f"{name}\n" for name in known).encode())
