"""What a standardisation did or would do, as values."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agentgrid.integration.dependencies.sides import Problem
from agentgrid.integration.dependencies.standardizing.planning import FilePlan, Left
from agentgrid.integration.dependencies.standardizing.target import Target


@dataclass(frozen=True)
class Share:
    """The files of one owner. `owner`: an agent's id, or None for whoever acts. `state`: `written` in `worktree` (or
    to be, in a dry run), kept as a `patch` in the file of that name, or left to its owner (`told`). `why`: what is in
    the way of writing it."""

    owner: str | None
    state: Literal["written", "patch", "told"]
    worktree: Path | None
    plans: tuple[FilePlan, ...]
    patch: Path | None = None
    why: str = ""


@dataclass(frozen=True)
class Stale:
    """A lock file, or a generated one, that has to be made again. `command`: how, in `directory`."""

    path: bytes
    directory: str
    command: str


@dataclass(frozen=True)
class Standardized:
    """`targets`: each package with its constraint. `left`: what stays different, and why."""

    targets: tuple[Target, ...]
    shares: tuple[Share, ...]
    left: tuple[Left, ...]
    stale: tuple[Stale, ...]
    problems: tuple[Problem, ...]
    is_dry_run: bool

    @property
    def is_whole(self) -> bool:
        """Whether everything is, or would be, written that asks for something else."""
        return not self.left and not self.problems and all(each.state == "written" for each in self.shares)

    def files(self, state: str) -> Iterable[FilePlan]:
        return (plan for share in self.shares if share.state == state for plan in share.plans)
