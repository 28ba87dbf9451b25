"""as-me: a person's own act in an agent's worktree."""

import os
from pathlib import Path
from typing import Annotated

import typer

from agentgrid.cli.app import app


@app.command(
    "as-me",
    rich_help_panel="A day with agents",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
def as_me(command: Annotated[list[str], typer.Argument(metavar="-- CMD…", help="What to run.")]) -> int:
    """Run CMD as a person in an agent's worktree, past the guard. Needs a terminal; is logged.

    Example: `agentgrid as-me -- git commit -m 'Mend it myself'`
    """
    from agentgrid.boundaries.leases.holders import person_name
    from agentgrid.errors import NotPermitted, UsageError
    from agentgrid.grid import Grid
    from agentgrid.machine.foreground import has_terminal, run_in_foreground
    from agentgrid.workspace.passes import PASS_VARIABLE, hold_pass

    grid = Grid.open(Path.cwd())
    agent = grid.acting_agent()
    if agent is None:
        raise UsageError("nothing stands in your way here: no agent's worktree", hint="run the command as it is")
    if not has_terminal():
        raise NotPermitted("as-me is for a person at a terminal, and there is none",
                           hint=f"an agent works as {agent}; what it may not change, a person changes")  # fmt: skip
    with hold_pass(grid.store, agent, person_name(), command) as nonce:
        return run_in_foreground(command, {**os.environ, PASS_VARIABLE: nonce})
