"""Where agentgrid keeps what it knows of a repository. Apart from the rest: every command asks, few read policies."""

from pathlib import Path

from agentgrid.git.repository import Repository

GRID_DIRECTORY = "agentgrid"  # in the common git directory


def grid_directory(repository: Repository) -> Path:
    """Where agentgrid keeps what belongs to this repository on this machine."""
    return repository.common_dir / GRID_DIRECTORY


def landing_note(repository: Repository) -> Path:
    """What a landing notes while it moves the base: every command asks whether one was killed there."""
    return grid_directory(repository) / "landing" / "move.json"


def integration_note(repository: "Repository") -> Path:
    """There while an integration of migrations gives numbers and moves its branch."""
    return grid_directory(repository) / "migrations" / "integrating"
