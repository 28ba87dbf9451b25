"""Who is acting: the worktree's identity, else the branch, else a person. No environment variable says otherwise."""

from agentgrid.git.repository import Repository
from agentgrid.workspace.identity import read_identity


def worktree_agent(repository: Repository) -> str | None:
    """The agent whose worktree this is; None in the main worktree and in worktrees that agentgrid didn't make."""
    identity = read_identity(repository.git_dir) if repository.is_linked else None
    return identity[0] if identity else None
