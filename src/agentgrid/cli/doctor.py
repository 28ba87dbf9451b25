"""doctor: whether all is in order."""

from pathlib import Path

from agentgrid.cli.app import app
from agentgrid.cli.options import JsonOption


@app.command(rich_help_panel="Set up")
def doctor(json: JsonOption = False) -> int:
    """Is everything in order? git, configuration, map, worktrees, hooks, machine: go, caution or no-go.

    Exit code 1 on no-go. Example: `agentgrid doctor`
    """
    from agentgrid.cli.answers import give
    from agentgrid.git.repository import Repository
    from agentgrid.insight.readiness import examine
    from agentgrid.render.status import render_readiness

    readiness = examine(Repository.discover(Path.cwd()))
    give("doctor", readiness.as_json, lambda: render_readiness(readiness), json=json)
    return 1 if readiness.verdict == "no-go" else 0
