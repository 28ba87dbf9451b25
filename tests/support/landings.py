"""Grids whose checks write down what they run on, and landing in them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.grid import Grid
from agentgrid.integration.landing.model import LandPlan, LandReport, Strategy
from agentgrid.integration.landing.site import LandOptions
from support.grids import OWNED, GridSandbox, make_grid
from support.repositories import Sandbox

POLICY = """version: 1
worktree: "../wt-{agent}"
common: [services/common/**]
frozen: [/LICENSE]
checks:
"""


@dataclass(frozen=True, slots=True)
class Yard:
    """A grid with checks. `record`: what each run of a check saw: HEAD's tree, then its commit, a line each."""

    grid: GridSandbox
    record: Path

    @property
    def main(self) -> Sandbox:
        return self.grid.main

    @property
    def seen(self) -> list[tuple[str, str]]:
        """(tree, commit) of each run of the first check, in order."""
        if not self.record.exists():
            return []
        return [(line.split()[0], line.split()[1]) for line in self.record.read_text(encoding="utf-8").splitlines()]

    def land(
        self,
        *agents: str,
        strategy: Strategy | None = None,
        push: bool = False,
        where: Sandbox | None = None,
        acting: str | None = None,
        report: list[tuple[str, str]] | None = None,
    ) -> LandReport:
        """Lands the agents' branches, or all, as seen from the main worktree or `where`."""
        told = report if report is not None else []
        grid = Grid.open((where or self.main).path)
        options = LandOptions(agents, strategy, push)
        return grid.integration.land(options, report=lambda who, what: told.append((who, what)), acting=acting)

    def plan(self, *agents: str, strategy: Strategy | None = None) -> LandPlan:
        return Grid.open(self.main.path).integration.plan_landing(LandOptions(agents, strategy))


def make_yard(
    path: Path, *checks: str, owned: dict[str, str] | None = None, policy: str = "", timeout: str = "1m"
) -> Yard:
    """A grid at `path` whose first check writes down what it runs on, followed by `checks` (shell commands)."""
    record = path.parent / "seen.txt"
    first = f"echo $(git rev-parse 'HEAD^{{tree}}' HEAD) >> {record}"
    listed = "".join(f"  - run: {json.dumps(each)}\n    timeout: {timeout}\n" for each in (first, *checks))
    return Yard(make_grid(path, owned=owned or OWNED, grid=POLICY + listed + policy), record)


def work(yard: Yard, agent: str, message: str = "Work", /, **files: str | None) -> str:
    """A commit of `files` on the agent's branch, past all hooks; its id."""
    return yard.grid.desks[agent].commit(message, **files)


def agents_of(found: Sequence[object]) -> list[str]:
    return [str(getattr(each, "agent")) for each in found]  # noqa: B009 - several types have it
