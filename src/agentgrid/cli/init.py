"""init: makes a repository a grid, or does what is missing of one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption, SetupOption

if TYPE_CHECKING:
    from agentgrid.git.repository import Repository
    from agentgrid.workspace.setup.outcome import SetupReport

PANEL = "Set up"


def complete_preset(incomplete: str) -> list[str]:
    from agentgrid.config.presets import list_presets

    return [preset.name for preset in list_presets() if preset.name.startswith(incomplete)]


@app.command(rich_help_panel=PANEL)
def init(
    preset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Start from a shipped profile.", autocompletion=complete_preset),
    ] = None,
    agents: Annotated[str | None, typer.Option(metavar="N|ID,ID…", help="How many agents, or which.")] = None,
    base: Annotated[str | None, typer.Option(metavar="BRANCH", help="The branch that work lands on.")] = None,
    observe: Annotated[bool, typer.Option("--observe", help="Every rule only warns.")] = False,
    worktrees: Annotated[bool, typer.Option("--worktrees/--no-worktrees", help="Make worktrees and hooks.")] = True,
    setup: SetupOption = True,
    dry_run: DryRunOption = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Find services and common code, show a split, then write the configuration and make a worktree per agent.

    Safe to repeat: does what is missing, overwrites nothing. Without --preset it looks at the tree.

    Presets: `solo`, `duo`, `orchestrated`, `six-roles`, `four-services`, `pipeline`.

    Examples: `agentgrid init --dry-run`, `agentgrid init --agents 3`, `agentgrid init --preset four-services --yes`
    """
    from agentgrid.cli.answers import confirm, give, report_step
    from agentgrid.git.repository import Repository
    from agentgrid.onboarding.initialise import InitOptions, apply_init, plan_init
    from agentgrid.render.init import plan_as_json, render_plan, render_result, result_as_json
    from agentgrid.render.streams import note

    repository = Repository.discover(Path.cwd())
    options = InitOptions(preset, agents, base, observe, worktrees)
    plan = plan_init(repository, options)
    if dry_run:
        give("init-plan", lambda: plan_as_json(plan), lambda: render_plan(plan), json=json)
        return
    if not json:
        note(render_plan(plan))
    if plan.new_files or plan.desks or plan.left:
        confirm("Go ahead?", yes=yes)
    result = apply_init(repository, options, report_step)
    done = _set_up_unfinished(repository, ask=not yes) if setup and worktrees else None
    give("init", lambda: result_as_json(result, done), lambda: render_result(result), json=json)


def _set_up_unfinished(repository: "Repository", *, ask: bool) -> "SetupReport | None":
    """Of new worktrees, and of those whose set-up never came to its end."""
    from agentgrid.cli.setting_up import set_up_new
    from agentgrid.grid import Grid
    from agentgrid.workspace.setup.planning import find_unfinished

    grid = Grid(repository)
    agents = find_unfinished(repository, grid.in_force.policy)
    return set_up_new(grid, agents, ask=ask) if agents else None
