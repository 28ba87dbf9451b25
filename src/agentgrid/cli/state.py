"""state show: where the state is, what is in it, what is wrong with it."""

from pathlib import Path

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import JsonOption
from agentgrid.errors import OutsideError

state_group = typer.Typer(no_args_is_help=True, help="Where the state is, and what is in it.")
app.add_typer(state_group, name="state", rich_help_panel="Environment and budget")


@state_group.command()
def show(json: JsonOption = False) -> int:
    """Where the state is, its size and version, rows per table, who writes now, and every fault.

    Exit code 3 when it can't be used. Example: `agentgrid state show`
    """
    from agentgrid.cli.answers import give
    from agentgrid.git.repository import Repository
    from agentgrid.render.state import render_state
    from agentgrid.store.inspection import inspect_state

    report = inspect_state(Repository.discover(Path.cwd()).common_dir)
    give("state", report.as_json, lambda: render_state(report), json=json)
    return OutsideError.exit_code if report.faults else 0
