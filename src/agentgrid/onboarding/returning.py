"""Worktrees that an uninstall left behind: where an agent's belongs, on a branch of its own, with no identity."""

import os
from collections.abc import Sequence

from agentgrid.config.policy import Policy
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree, list_worktrees
from agentgrid.workspace.identity import read_identity
from agentgrid.workspace.naming import agent_of_branch, worktree_path
from agentgrid.workspace.pending import read_journals


def find_left_worktrees(repository: Repository, policy: Policy, agents: Sequence[str]) -> dict[str, Worktree]:
    """Agent → the worktree that `init` can give back to it as it is. One that is being made is none."""
    half_made = {journal.agent for journal in read_journals(repository)}
    places = {
        os.path.realpath(worktree_path(policy, repository.name, repository.root, agent)): agent
        for agent in agents
        if agent not in half_made
    }
    found: dict[str, Worktree] = {}
    for worktree in list_worktrees(repository):
        agent = places.get(os.path.realpath(worktree.path))
        if agent is None or not worktree.exists or worktree.admin_dir == repository.common_dir:
            continue
        if read_identity(worktree.admin_dir) is None and agent_of_branch(policy, worktree.branch or "") == agent:
            found[agent] = worktree
    return found
