"""The edit hook: a coding agent's client asks before it changes files, in its own dialect, and is answered in it.

The verdict is the one that a commit of the edit would get. It never lets through what it can't judge: clients take a
hook that crashes for a yes, so whatever goes wrong here is a refusal of one line.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.errors import AgentGridError, NoRepository, Refused
from agentgrid.hooks.dialects.fields import Answer, Event, Unreadable, directory
from agentgrid.hooks.dialects.names import load_dialect
from agentgrid.hooks.dialects.scanning import parse_object
from agentgrid.hooks.edit_warning import warn_of_others
from agentgrid.hooks.failing import describe_bug, one_line
from agentgrid.render.edits import render_queue_hint, render_refusal_line, render_refused_edit

if TYPE_CHECKING:
    from types import ModuleType

    from agentgrid.boundaries.ownership import EditVerdict
    from agentgrid.git.repository import Repository
    from agentgrid.git.worktree_list import Worktree
    from agentgrid.grid import Grid
    from agentgrid.workspace.edit_places import EditPlace

_WORKTREES = ("WorktreeCreate", "WorktreeRemove")
_FAILED = 2  # to clients that read exit codes it says no


def run_edit_point(name: str, arguments: Sequence[str]) -> int:
    """`agentgrid hook DIALECT [GIT_DIR]`: reads the call on stdin, prints the answer, returns the exit code.

    GIT_DIR: of the worktree that the hook was installed for; without it the client's directory says who acts.
    """
    admin_dir = arguments[0] if arguments else None
    event = parse_call(_read_stdin())
    if event is not None and event.get("hook_event_name") in _WORKTREES:
        from agentgrid.hooks.worktree_point import run_worktree_point

        return run_worktree_point(event, admin_dir)
    try:
        return _give(answer_call(name, event, admin_dir))
    except KeyboardInterrupt:
        return 130


def answer_call(name: str, event: Event | None, admin_dir: str | None) -> Answer:
    """The answer to a client's call, in the dialect `name`. `event`: None when it could not be read."""
    dialect = load_dialect(name)
    try:
        return _answer(dialect, event, admin_dir)
    except Unreadable as error:
        return dialect.deny(render_refusal_line(f"nobody can tell what this edit changes: {error}"))  # type: ignore[no-any-return]
    except AgentGridError as error:
        hint = f"; {one_line(error.hint)}" if error.hint else ""
        return dialect.deny(render_refusal_line(error.message + hint))  # type: ignore[no-any-return]
    except Exception as error:
        return dialect.deny(render_refusal_line(describe_bug(error)))  # type: ignore[no-any-return]


def parse_call(content: bytes) -> Event | None:
    """What a client sent; None when that is no JSON object."""
    try:
        return parse_object(content.decode("utf-8"))
    except ValueError:
        return None


def _read_stdin() -> bytes:
    """All of it, or as much as can be read."""
    parts: list[bytes] = []
    with suppress(OSError):
        while part := os.read(0, 1 << 20):
            parts.append(part)
    return b"".join(parts)


def _answer(dialect: "ModuleType", event: Event | None, admin_dir: str | None) -> Answer:
    repository = _find_worktree(admin_dir, directory(event or {}, "cwd"))
    grid = _guarded_grid(repository) if repository is not None else None
    agent = grid.acting_agent() if grid is not None else None
    if grid is None or agent is None:
        return dialect.allow()  # type: ignore[no-any-return]
    if event is None:
        raise Refused("what the client sent is no JSON object", hint="try the edit again")
    asked = dialect.find_paths(event)
    if asked is None:
        return dialect.allow()  # type: ignore[no-any-return]
    here = dialect.find_directory(event)
    paths = [_absolute(path, here) for path in asked]
    hints: list[str] = []
    refusal = _judge(grid, agent, paths, hints)
    if refusal:
        return dialect.deny(refusal)  # type: ignore[no-any-return]
    if hasattr(dialect, "warn"):
        others = warn_of_others(grid, agent, paths)
        warning = " ".join([*hints, *([others] if others else [])])
        return dialect.warn(warning) if warning else dialect.allow()  # type: ignore[no-any-return]
    return dialect.allow()  # type: ignore[no-any-return]


def _find_worktree(admin_dir: str | None, stands: str | None) -> "Repository | None":
    """The worktree that the hook is for, or that the client stands in; None outside a repository."""
    from agentgrid.git.repository import Repository
    from agentgrid.git.worktree_link import is_connected, read_registered_path

    if admin_dir is not None:
        top = read_registered_path(Path(admin_dir))
        if top is None or not is_connected(top, Path(admin_dir)):
            raise Refused("the worktree of this edit hook was moved or removed", hint="agentgrid agent repair")
        return Repository.discover(top)
    try:
        start = Path(stands) if stands is not None else Path.cwd()
        return Repository.discover(start)
    except NoRepository:
        return None
    except FileNotFoundError as error:
        raise Refused("the directory that the client stands in is gone") from error


def _guarded_grid(repository: "Repository") -> "Grid | None":
    """The grid of a linked worktree; None where a person works, or where there is none."""
    from agentgrid.config.places import grid_directory
    from agentgrid.grid import Grid
    from agentgrid.workspace.identity import read_identity

    if not repository.is_linked:
        return None
    if read_identity(repository.git_dir) is None and not grid_directory(repository).is_dir():
        return None
    return Grid.open(repository.directory)


def _absolute(path: str, here: str | None) -> str:
    """Raises Unreadable for what is no path, or one that starts nobody knows where."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise Unreadable("its path is no text") from None
    if "\0" in path:
        raise Unreadable("its path has a NUL character")
    if path.startswith("/"):
        return path
    if here is None:
        raise Unreadable(f"its path {path!r} starts in a directory that isn't named")
    return os.path.join(here, path)


def _judge(grid: "Grid", agent: str, paths: Sequence[str], hints: list[str]) -> str | None:
    """Why the edit is refused; None when it isn't, and all leases that it needs are taken. `hints` gets what to tell
    beside a yes."""
    from agentgrid.workspace.edit_places import find_edit_places

    own: dict[Path, list[str]] = {}
    for ends in find_edit_places(grid.repository, paths):
        for end in ends:
            refusal = _refuse_place(grid, agent, end)
            if refusal is not None:
                return render_refusal_line(refusal)
        if ends[0].worktree is not None:
            own.setdefault(ends[0].worktree.path, []).append(ends[0].path)
    grid.renew()
    return _judge_own(agent, own, hints)


def _refuse_place(grid: "Grid", agent: str, place: "EditPlace") -> str | None:
    if place.is_gits:
        return f"{place.path} is git's own: agents change it through git commands alone"
    if place.worktree is None:
        return None  # scratch files, the client's own home: never part of anybody's commit
    whose = _agent_of(place.worktree)
    if whose == agent:
        return _refuse_hook_file(grid.repository, agent, place)
    inside = os.fsdecode(place.inside)
    where = f"the worktree of {whose}" if whose else "a worktree that is no agent's"
    return (f"{place.path} is in {where}, and {agent} works in {grid.repository.worktree}; "
            f"there the same file is {os.path.join(grid.repository.worktree or '', inside)}")  # fmt: skip


def _refuse_hook_file(repository: "Repository", agent: str, place: "EditPlace") -> str | None:
    """Git ignores the client's local settings, so nothing else would keep an agent from taking its hook out of them."""
    from agentgrid.workspace.clients.installing import noted_clients
    from agentgrid.workspace.clients.known import CLIENTS

    files = {CLIENTS[name].file.encode() for name in noted_clients(repository, agent)}
    if place.inside.lower() not in files:
        return None
    return f"{place.path} is where the edit hook stands: a person changes it"


def _agent_of(worktree: "Worktree") -> str | None:
    from agentgrid.git.repository import Repository
    from agentgrid.grid import Grid
    from agentgrid.workspace.identity import read_identity

    identity = read_identity(worktree.admin_dir)
    return identity[0] if identity else Grid(Repository.discover(worktree.path)).acting_agent()


def _judge_own(agent: str, own: dict[Path, list[str]], hints: list[str]) -> str | None:
    """All worktrees of the agent that the edit touches are looked at before any lease is taken."""
    from agentgrid.git.paths import locate_path
    from agentgrid.git.repository import Repository
    from agentgrid.grid import Grid

    asked = []
    for top, paths in own.items():
        repository = Repository.discover(top)
        asked.append((Grid(repository).points(agent), [locate_path(repository, path) for path in paths]))
    verdicts: list[EditVerdict] = []
    for take in (False, True) if len(asked) > 1 else (True,):
        verdicts = [verdict for points, located in asked for verdict in points.judge_edits(located, take=take)]
        refused = [verdict for verdict in verdicts if not verdict.is_allowed]
        if refused:
            return render_refused_edit(agent, refused)
    hint = render_queue_hint(verdicts)
    hints += [hint] if hint else []
    return None


def _give(answer: Answer) -> int:
    """Prints the answer. One that can't be printed must not pass for a yes."""
    out, said, code = answer
    try:
        for handle, text in ((1, out), (2, said)):
            content = text.encode("utf-8", "backslashreplace")
            while content:
                content = content[os.write(handle, content) :]
    except OSError:
        return code or _FAILED
    return code
