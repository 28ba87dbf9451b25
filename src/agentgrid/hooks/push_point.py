"""pre-push: everything that is about to leave this repository, judged as the server's check would."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from agentgrid.render.streams import note


def guard_push(_hook: str, _arguments: Sequence[str]) -> int:
    """Refuses (1) a push with a ref that the agent may not move or commits that break a rule. stdin: git's lines."""
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
    return 1 if report.is_refused else 0
