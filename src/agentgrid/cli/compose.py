"""compose: a compose file with a sandbox for each agent and the shared infrastructure."""

from pathlib import Path
from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption, complete_agent

PANEL = "Environment and budget"


@app.command(rich_help_panel=PANEL)
def compose(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there; default: print it.")
    ] = None,
    agents: Annotated[
        str | None,
        typer.Option(metavar="ID,ID…", help="Default: all that have a worktree.", autocompletion=complete_agent),
    ] = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Render a compose file: a sandbox for each agent under its budget, and the services of `compose.services`.

    Keys are references: no value is written. Only a file that was rendered before is replaced.

    Examples: `agentgrid compose`, `agentgrid compose --output compose.agents.yaml --agents a1,a2`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.compose import render_written
    from agentgrid.workspace.compose.file import write_compose

    grid = open_grid()
    chosen = [each.strip() for each in agents.split(",") if each.strip()] if agents is not None else None
    drawn = grid.desks.draw_compose(chosen)
    has_changed = output is not None and not dry_run and write_compose(drawn, output)
    give(
        "compose-plan" if dry_run else "compose",
        lambda: drawn.as_json(output),
        lambda: render_written(drawn, output, changed=has_changed, is_planned=dry_run),
        json=json,
    )
