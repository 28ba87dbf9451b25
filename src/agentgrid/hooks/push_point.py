"""pre-push: everything that is about to leave this repository, judged as the server's check would."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.render.streams import note

if TYPE_CHECKING:
    from agentgrid.grid import Grid


def guard_push(_hook: str, arguments: Sequence[str]) -> int:
    """Refuses (1) a push with a ref that the agent may not move or commits that break a rule. stdin: git's lines.
    `arguments`: the remote, and where it is. Grants and reviews that count for what is pushed go ahead of it."""
    from agentgrid.boundaries.refs.judging import PushedRef
    from agentgrid.grid import Grid
    from agentgrid.render.findings import render_verdict

    pushed = []
    for line in os.fsdecode(sys.stdin.buffer.read()).splitlines():
        _local, new, ref, current = line.rsplit(" ", 3)
        pushed.append(PushedRef(ref, new if new.strip("0") else None, current if current.strip("0") else None))
    grid = Grid.open(Path.cwd())
    agent = grid.acting_agent()
    if agent is None:
        return 0
    report = grid.points(agent).judge_push(pushed)
    for ref, check in report.checks:
        note(render_verdict(check, f"push to {ref}"))
    if report.is_refused:
        return 1
    failed = _carry(grid, agent, arguments[0], [each.ref for each in pushed if each.new]) if arguments else None
    if failed:
        note(f"agentgrid: {failed}")
    return 0


def _carry(grid: "Grid", agent: str, remote: str, refs: Sequence[str]) -> str | None:
    """Sends the agent's grants, and signed reviews of its work, ahead; what to know when that fails."""
    from agentgrid.boundaries.grants.carrying import carry, find_carried
    from agentgrid.machine.ancestry import calling_git

    branches = [ref.removeprefix("refs/heads/") for ref in refs if ref.startswith("refs/heads/")]
    if not branches:
        return None
    reviews = [ref for branch in branches for ref in grid.reviews.carried(agent, branch)]
    carried = [*find_carried(grid.points(agent).known_grants(), branches), *reviews]
    return carry(grid.repository.git, remote, carried, command=calling_git()) if carried else None
