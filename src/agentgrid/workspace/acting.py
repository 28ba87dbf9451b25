"""Who is acting: the worktree's identity, else the branch, else a person. No environment variable says otherwise."""

from agentgrid.errors import NotPermitted
from agentgrid.git.repository import Repository
from agentgrid.workspace.identity import read_identity


def worktree_agent(repository: Repository) -> str | None:
    """The agent whose worktree this is; None in the main worktree and in worktrees that agentgrid didn't make."""
    identity = read_identity(repository.git_dir) if repository.is_linked else None
    return identity[0] if identity else None


def require_person(repository: Repository, act: str) -> None:
    """Raises NotPermitted in an agent's worktree. `act`: what agents don't do, as in `choose the policy`."""
    agent = worktree_agent(repository)
    if agent is not None:
        raise NotPermitted(f"this is the worktree of {agent}: an agent doesn't {act}",
                           hint=f"a person does it in {repository.root}")  # fmt: skip


def require_own(repository: Repository, agent: str, act: str) -> None:
    """Raises NotPermitted in the worktree of another agent than `agent`: agents look after themselves alone."""
    actor = worktree_agent(repository)
    if actor not in {None, agent}:
        raise NotPermitted(f"this is the worktree of {actor}: an agent doesn't {act} another one",
                           hint=f"a person does it in {repository.root}")  # fmt: skip
