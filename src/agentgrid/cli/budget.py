"""budget: what the agents may use of the machine, and what they use."""

from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import JsonOption, complete_agent

_REFRESH_S = 2.0


@app.command(rich_help_panel="Environment and budget")
def budget(
    agent: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Only this agent.", autocompletion=complete_agent)
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Again every two seconds, until Ctrl-C.")] = False,
    json: JsonOption = False,
) -> None:
    """Limits, use and head room of each agent; the sum of the limits against the machine.

    Examples: `agentgrid budget`, `agentgrid budget a2 --watch`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.budget import BudgetScreen, render_budgets
    from agentgrid.render.reader import Reader

    budgets = open_grid().desks.budgets
    if not watch:
        found = budgets.report(agent)
        give("budget", found.as_json, lambda: render_budgets(found), json=json)
        return
    reader = Reader()
    with BudgetScreen(is_wanted=not json) as screen:
        while True:
            found = budgets.report(agent)
            if not screen.show(found):
                give("budget", found.as_json, lambda: render_budgets(found), json=json)  # noqa: B023
            if not reader.waits(_REFRESH_S):
                return
