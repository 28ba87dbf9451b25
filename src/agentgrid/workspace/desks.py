"""The agents' desks: linked worktrees that carry an identity."""

from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.ordering import natural_key
from agentgrid.errors import InputError
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree, list_worktrees
from agentgrid.workspace.identity import is_sub_worktree, read_identity

CHECKOUT_MARKER = "agentgrid-checkout"


@dataclass(frozen=True)
class Desk:
    """One agent's worktree. `is_pending`: its files are not all there yet (being made, or its maker was killed)."""

    agent: str
    incarnation: str
    worktree: Worktree
    is_pending: bool

    @property
    def branch(self) -> str | None:
        """The short name of the branch that is checked out; None when detached."""
        return self.worktree.branch.removeprefix("refs/heads/") if self.worktree.branch else None


def find_desks(repository: Repository) -> dict[str, Desk]:
    """Agent → desk. Of two worktrees with one agent's identity the one whose directory exists counts, then the
    first by path; one that was made inside an agent's worktree never does."""
    found: dict[str, Desk] = {}
    for worktree in sorted(list_worktrees(repository), key=lambda each: (not each.exists, each.path)):
        if worktree.admin_dir == repository.common_dir:
            continue
        identity = read_identity(worktree.admin_dir)
        if identity and identity[0] not in found and not is_sub_worktree(worktree.admin_dir):
            found[identity[0]] = Desk(*identity, worktree, is_pending=has_marker(worktree.admin_dir))
    return {agent: found[agent] for agent in sorted(found, key=natural_key)}


def has_marker(admin_dir: Path) -> bool:
    """True while the checkout into this worktree isn't finished."""
    return (admin_dir / CHECKOUT_MARKER).exists()


def require_desk(repository: Repository, agent: str) -> Desk:
    """The desk of `agent`. Raises InputError, naming those there are, when it has none."""
    desks = find_desks(repository)
    if agent not in desks:
        known = ", ".join(desks) or "none"
        raise InputError(f"{agent} has no worktree (worktrees: {known})", hint="agentgrid agent list")
    return desks[agent]
