"""What a worktree gets besides its files: the hooks, through one pair of functions that a test can replace."""

from collections.abc import Callable
from pathlib import Path

from agentgrid.config.schema import Author
from agentgrid.git.repository import Repository

Equip = Callable[[Repository, str, Path, Author | None], object]
Unequip = Callable[[Repository, str, Path], None]


def equip_desk(repository: Repository, agent: str, admin_dir: Path, author: Author | None) -> object:
    """Installs the agent's hooks for the worktree whose git directory is `admin_dir`."""
    from agentgrid.workspace.hookdir import equip

    return equip(repository, agent, admin_dir, author=author)


def unequip_desk(repository: Repository, agent: str, admin_dir: Path) -> None:
    """Takes them out again, and the edit hook out of settings that stand in the main worktree: those in its own go with
    it."""
    from agentgrid.workspace.clients.installing import uninstall_shared
    from agentgrid.workspace.hookdir import unequip

    uninstall_shared(repository, agent)
    unequip(repository, agent, admin_dir)
