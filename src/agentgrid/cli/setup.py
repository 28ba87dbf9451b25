"""setup: local files, commands and other tools' hooks for agents' worktrees, again."""

from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption, complete_agent

PANEL = "Environment and budget"


@app.command(rich_help_panel=PANEL)
def setup(
    agents: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID…]", help="Default: all that have a worktree.", autocompletion=complete_agent),
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Approve the repository's commands without asking.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also what has succeeded before.")] = False,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", metavar="N", min=1, help="Agents at a time.")] = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> int:
    """Bring local files into the worktrees and run the set-up commands there; goes on where the last run stopped.

    Commands of the repository run once a person has approved their text. Exit code 1 when something did not succeed.

    Examples: `agentgrid setup`, `agentgrid setup a1 --again`, `agentgrid setup --trust -j 4`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.cli.setting_up import set_up
    from agentgrid.render.setup import render_plan, render_report
    from agentgrid.workspace.acting import require_own

    grid = open_grid()
    for agent in agents or ():
        require_own(grid.repository, agent, "set up")
    plan = grid.desks.plan_setup(agents or None, again=again)
    if dry_run:
        give("setup-plan", plan.as_json, lambda: render_plan(plan), json=json)
        return 0
    report = set_up(grid, plan, trust=trust, jobs=jobs)
    give("setup", report.as_json, lambda: render_report(report), json=json)
    return 0 if report.is_good else 1
