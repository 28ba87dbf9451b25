"""status: what is going on."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import JsonOption

_REFRESH_S = 2.0


@app.command(rich_help_panel="Insight")
def status(
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Again every two seconds, until Ctrl-C.")] = False,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="With how many others each agent's work conflicts; takes longer.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """One line an agent: state, branch, ahead/behind, dirty files, findings, last commit.

    Examples: `agentgrid status`, `agentgrid status --conflicts --json`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.status import render_status
    from agentgrid.render.streams import clear_screen

    while True:
        found = open_grid().status(with_conflicts=conflicts)
        if watch and not json:
            clear_screen()
        give("status", found.as_json, lambda: render_status(found, datetime.now(UTC)), json=json)  # noqa: B023
        if not watch:
            return
        time.sleep(_REFRESH_S)
