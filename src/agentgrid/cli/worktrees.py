"""start, remove, path: an agent's worktree from day to day."""

from pathlib import Path
from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import AgentArgument, DryRunOption, JsonOption, SetupOption

PANEL = "A day with agents"


@app.command(rich_help_panel=PANEL)
def start(
    agent: AgentArgument,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="What the branch is about: add-cache.")],
    kind: Annotated[str | None, typer.Option("--type", metavar="KIND", help="fix, chore, … instead of feat.")] = None,
    task: Annotated[str | None, typer.Option(metavar="ID", help="Task id, for templates with {task}.")] = None,
    start_point: Annotated[
        str | None, typer.Option("--from", metavar="REF", help="Start there, not at the base.")
    ] = None,
    pull_request: Annotated[int | None, typer.Option("--pr", metavar="N", help="Start from a pull request.")] = None,
    claim: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="Take a lease on PATH for it; may be given several times.")
    ] = None,
    fetch: Annotated[bool, typer.Option("--fetch/--no-fetch", help="Fetch the base first.")] = True,
    command: Annotated[str | None, typer.Option("-x", metavar="CMD", help="Then run CMD (sh) there.")] = None,
    setup: SetupOption = True,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> int:
    """A new branch for the agent's next topic, from the freshly fetched base. Refuses to move uncommitted work.

    With `--claim` nothing is started unless the paths are free. Examples: `agentgrid start a1 add-cache`,
    `agentgrid start a2 login-loop --type fix -x claude`, `agentgrid start a1 ttl --claim services/common/cache.py`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.cli.setting_up import set_up_new
    from agentgrid.errors import UsageError
    from agentgrid.grid import Grid
    from agentgrid.machine.shell import run_in_shell
    from agentgrid.onboarding.starting import StartOptions, plan_start, start_agent
    from agentgrid.render.streams import note
    from agentgrid.render.worktrees import begun_as_json, render_begun, render_start_plan
    from agentgrid.workspace.acting import require_own

    if start_point is not None and pull_request is not None:
        raise UsageError("--from and --pr both name a start; give one")
    options = StartOptions(agent, topic, kind, task, start_point, pull_request, fetch, tuple(claim or ()))
    repository = open_grid().repository
    require_own(repository, agent, "start")
    if dry_run:
        plan = plan_start(repository, options)
        give("start-plan", plan.as_json, lambda: render_start_plan(plan), json=json)
        return 0
    begun = start_agent(repository, options)
    for warning in begun.started.warnings:
        note(f"warning: {warning}")
    done = set_up_new(Grid(repository), [agent], ask=True) if setup and begun.started.is_new_worktree else None
    give("start", lambda: begun_as_json(begun, done), lambda: render_begun(begun), json=json)
    return run_in_shell(command, begun.started.path) if command else 0


@app.command(rich_help_panel=PANEL)
def remove(
    agent: AgentArgument,
    force: Annotated[bool, typer.Option("--force", help="Also with work at stake; it goes to a rescue ref.")] = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Take an agent's worktree down. Refuses to lose work, and prints the command that brings it back.

    Examples: `agentgrid remove a3 --dry-run`, `agentgrid remove a3`
    """
    from agentgrid.cli.answers import give, open_grid, report_step
    from agentgrid.render.worktrees import removal_as_json, removed_as_json, render_removal, render_removed
    from agentgrid.workspace.acting import require_own
    from agentgrid.workspace.desks import require_desk
    from agentgrid.workspace.removal import assess_removal, remove_desk

    grid = open_grid()
    require_own(grid.repository, agent, "remove")
    policy, base = grid.in_force.policy, grid.in_force.base
    plan = assess_removal(grid.repository, require_desk(grid.repository, agent), base, policy=policy)
    if dry_run:
        give("remove-plan", lambda: removal_as_json(plan), lambda: render_removal(plan), json=json)
        return
    removed = remove_desk(grid.repository, plan, force=force, teardown=grid.desks.teardown(report_step))
    give("remove", lambda: removed_as_json(removed), lambda: render_removed(removed), json=json)


@app.command(rich_help_panel=PANEL)
def path(agent: AgentArgument, json: JsonOption = False) -> None:
    """Print the worktree's path.

    Example: `cd "$(agentgrid path a1)"`
    """
    from agentgrid.cli.answers import give
    from agentgrid.git.repository import Repository
    from agentgrid.workspace.desks import require_desk

    desk = require_desk(Repository.discover(Path.cwd()), agent)
    where = str(desk.worktree.path)
    give("path", lambda: {"agent": agent, "path": where}, lambda: where, json=json)
