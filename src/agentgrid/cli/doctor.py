"""doctor: whether all is in order."""

from pathlib import Path
from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import JsonOption


@app.command(rich_help_panel="Set up")
def doctor(
    self_test: Annotated[
        bool, typer.Option("--self-test", help="Try every guard in every worktree; leaves no trace.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Is everything in order? git, configuration, map, worktrees, hooks, state, machine: go, caution or no-go.

    Exit code 1 on no-go.

    Examples: `agentgrid doctor`, `agentgrid doctor --self-test`
    """
    from agentgrid.cli.answers import give, report_step
    from agentgrid.git.repository import Repository
    from agentgrid.insight.readiness import examine
    from agentgrid.render.status import render_readiness

    readiness = examine(Repository.discover(Path.cwd()), prove=report_step if self_test else None)
    give("doctor", readiness.as_json, lambda: render_readiness(readiness), json=json)
    return 1 if readiness.verdict == "no-go" else 0
