"""Claude Code's WorktreeCreate and WorktreeRemove: whoever has such a hook makes the worktree, and prints its path.

Facts, seen and documented: stdin has `name` (some versions `worktree_name`) and `cwd`; the last line of stdout is the
path; any other exit code than 0 fails the creation. Nothing is ever removed: the work in it may be nowhere else.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.errors import AgentGridError, InputError, NotPermitted
from agentgrid.hooks.dialects import fields
from agentgrid.hooks.dialects.fields import Event, Unreadable
from agentgrid.hooks.failing import describe_bug, one_line
from agentgrid.render.streams import answer, note

if TYPE_CHECKING:
    from agentgrid.git.repository import Repository
    from agentgrid.grid import Grid


def run_worktree_point(event: Event, directory: str | None) -> int:
    """Prints the path of the worktree that is asked for, and returns 0; or says on stderr why there is none, and
    returns the code of that. `directory`: the git directory of the worktree that the hook was installed for."""
    if event.get("hook_event_name") == "WorktreeRemove":
        note("agentgrid: the worktree is left as it is; to take it away: git worktree remove PATH")
        return 0
    try:
        path = _make(fields.text(event, "name", "worktree_name"), _stand(event, directory))
    except Unreadable as error:
        note(f"agentgrid: no worktree was made: nobody can tell which: {error}")
        return InputError.exit_code
    except AgentGridError as error:
        note(f"agentgrid: no worktree was made: {one_line(error.message)}")
        if error.hint:
            note(f"hint: {error.hint}")
        return error.exit_code
    except Exception as error:
        note(f"agentgrid: no worktree was made: {describe_bug(error)}")
        return 70
    answer(str(path))
    return 0


def _stand(event: Event, admin_dir: str | None) -> "Grid":
    """The grid, seen from where the client stands if that is a worktree of it, else from the hook's own worktree."""
    from agentgrid.git.repository import Repository
    from agentgrid.git.worktree_link import read_registered_path
    from agentgrid.grid import Grid

    named = fields.directory(event, "cwd") or os.getcwd()
    own = read_registered_path(Path(admin_dir)) if admin_dir else None
    try:
        grid = Grid.open(Path(named))
    except AgentGridError:
        if own is None:
            raise
        return Grid.open(own)
    if own is not None and grid.acting_agent() is None:
        return Grid(Repository.discover(own))  # a hook of an agent's makes an agent's worktrees
    return grid


def _make(name: str, grid: "Grid") -> Path:
    agent, agents = grid.acting_agent(), grid.in_force.policy.agents
    if agent is None or name == agent:
        return _find_or_make_desk(grid.repository, name, known=name in agents)
    if name in agents:
        raise NotPermitted(f"this is the worktree of {agent}: an agent doesn't work in that of {name}",
                           hint="choose a name that is no agent's")  # fmt: skip
    from agentgrid.workspace.sub_worktrees import make_sub_worktree

    return make_sub_worktree(grid.repository, grid.in_force.policy, agent, name)


def _find_or_make_desk(repository: "Repository", name: str, *, known: bool) -> Path:
    from agentgrid.onboarding.newcomers import NewAgent, add_agent
    from agentgrid.workspace.desks import find_desks

    if not known:
        raise InputError(f"the grid has no agent {name!r}, and each worktree is an agent's",
                         hint=f"make it one first: agentgrid agent add {name}")  # fmt: skip
    desk = find_desks(repository).get(name)
    if desk is not None and desk.worktree.exists:
        return desk.worktree.path
    return add_agent(repository, NewAgent(name), report=lambda subject, what: note(f"  {subject}: {what}")).path
