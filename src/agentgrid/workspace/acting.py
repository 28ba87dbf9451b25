"""Who is acting: the worktree's identity, else the branch, else a person. No environment variable says otherwise."""

from collections.abc import Callable

from agentgrid.errors import NotPermitted
from agentgrid.git.repository import Repository
from agentgrid.workspace.identity import read_identity


def worktree_agent(repository: Repository, agent_of: Callable[[str], str | None] | None = None) -> str | None:
    """The agent whose worktree this is; None in the main worktree and where nothing names one.

    `agent_of`: whose a branch is, by who made it or by its name. It is asked in linked worktrees without an
    identity: one that a program made in an agent's worktree with --no-checkout ran no hook that could give it one.
    """
    if not repository.is_linked:
        return None
    identity = read_identity(repository.git_dir)
    if identity is not None or agent_of is None:
        return identity[0] if identity else None
    branch = repository.current_branch()
    return agent_of(branch) if branch else None


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
