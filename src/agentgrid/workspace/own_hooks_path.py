"""A `core.hooksPath` in a worktree's own configuration: git reads it last of all, and the agent's guard is off.

Taken out for a person alone, who is told the old value and how to put it back.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path

from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.hook_section import effective_hooks, is_directory
from agentgrid.workspace.hookdir import desk_directory
from agentgrid.workspace.sub_worktrees import find_sub_worktrees

_KEY = "core.hooksPath"


@dataclass(frozen=True)
class OwnHooksPath:
    """`values` of the key in `file`, the worktree's own configuration."""

    agent: str
    file: Path
    values: tuple[str, ...]

    @property
    def drop_command(self) -> str:
        return shlex.join(("git", "config", "--file", str(self.file), "--unset-all", _KEY))

    @property
    def restore_command(self) -> str:
        """The shell line that brings all values back."""
        file = str(self.file)
        return " && ".join(shlex.join(("git", "config", "--file", file, "--add", _KEY, each)) for each in self.values)


def find_own_hooks_paths(repository: Repository) -> list[OwnHooksPath]:
    """Those of agents' worktrees that keep git from the agent's hooks, by agent."""
    places = [(desk.agent, desk.worktree) for desk in find_desks(repository).values()]
    places += [(sub.agent, sub.worktree) for sub in find_sub_worktrees(repository)]
    found: list[OwnHooksPath] = []
    for agent, worktree in places:
        file = worktree.admin_dir / "config.worktree"
        if not file.is_file():
            continue
        scope, hooks = effective_hooks(worktree.admin_dir)
        if scope == "worktree" and not is_directory(desk_directory(repository, agent) / "hooks", hooks):
            found.append(OwnHooksPath(agent, file, _read_values(file)))
    return [each for each in found if each.values]  # none: an included file says it


def drop_own_hooks_path(own: OwnHooksPath) -> None:
    Git(own.file.parent).run("config", "--file", str(own.file), "--unset-all", _KEY)


def _read_values(file: Path) -> tuple[str, ...]:
    listed = Git(file.parent).run("config", "--file", str(file), "-z", "--get-all", _KEY, accept=(0, 1)).fields
    return tuple(value.decode("utf-8", "surrogateescape") for value in listed)
