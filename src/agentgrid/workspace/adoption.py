"""Making a worktree that somebody made with git the desk of an agent."""

import os
from pathlib import Path

from agentgrid.config.policy import Policy
from agentgrid.errors import InputError, Refused
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree, list_worktrees
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.equipment import Equip, equip_desk
from agentgrid.workspace.identity import new_incarnation, read_identity, write_identity
from agentgrid.workspace.naming import require_agent
from agentgrid.workspace.pending import hold_worktrees


def adopt_worktree(
    repository: Repository, policy: Policy, agent: str, path: Path, *, equip: Equip = equip_desk
) -> Desk:
    """Gives the linked worktree at `path` to `agent`: identity and hooks; its files and branch stay as they are.

    Raises InputError when `path` is no linked worktree of this repository, Refused when it or the agent is taken.
    """
    author = require_agent(policy, agent).author
    with hold_worktrees(repository):
        worktree = require_linked_worktree(repository, path)
        identity = read_identity(worktree.admin_dir)
        present = find_desks(repository).get(agent)
        if identity and identity[0] != agent:
            raise Refused(f"{path} is the worktree of {identity[0]}", hint=f"agentgrid remove {identity[0]}")
        if present and present.worktree.path != worktree.path:
            raise Refused(f"{agent} has a worktree already: {present.worktree.path}", hint=f"agentgrid remove {agent}")
        if worktree.branch == f"refs/heads/{policy.grid.base}":
            raise Refused(f"{path} is on {policy.grid.base}, where no agent works",
                          hint=f"git -C {path} switch -c BRANCH")  # fmt: skip
        if not identity:
            write_identity(worktree.admin_dir, agent, new_incarnation())
        equip(repository, agent, worktree.admin_dir, author)
        return find_desks(repository)[agent]


def require_linked_worktree(repository: Repository, path: Path) -> Worktree:
    """The registered linked worktree whose top is `path`. Raises InputError for anything else."""
    wanted = os.path.realpath(path)
    for worktree in list_worktrees(repository):
        if os.path.realpath(worktree.path) == wanted:
            if worktree.admin_dir == repository.common_dir:
                raise InputError(f"{path} is the main worktree; agents work in linked ones")
            return worktree
    raise InputError(f"{path} is no worktree of this repository", hint=f"make it one: git worktree add {path} BRANCH")
