"""sync: brings the base, or another agent's branch, into agents' branches."""

from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption, complete_agent


@app.command(rich_help_panel="A day with agents")
def sync(
    agents: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID…]", help="Agents; none: whose worktree this is, or all.", autocompletion=complete_agent
        ),
    ] = None,
    rebase: Annotated[bool, typer.Option("--rebase", help="Rebase the branch instead of merging into it.")] = False,
    source_agent: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="ID", help="Bring this agent's branch in, not the base.", autocompletion=complete_agent
        ),
    ] = None,
    fetch: Annotated[bool, typer.Option("--fetch/--no-fetch", help="Fetch the base first.")] = True,
    trust: Annotated[
        bool, typer.Option("--trust", help="Run the repository's commands for generated files without asking.")
    ] = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> int:
    """Bring the base in, by real git with all guards. Stops on a conflict with the work intact, and says how to go on.

    Exit code 1 when one stopped or was refused; the others are done.

    Examples: `agentgrid sync`, `agentgrid sync a1 --rebase`, `agentgrid sync a2 --from a1`, `agentgrid sync --dry-run`
    """
    from agentgrid.cli.answers import give, may_run_commands, open_grid, report_step
    from agentgrid.onboarding.syncing import SyncOptions, apply_sync, plan_sync
    from agentgrid.render.streams import note
    from agentgrid.render.sync import render_sync_plan, render_synced, sync_plan_as_json, synced_as_json

    repository = open_grid().repository
    options = SyncOptions(tuple(agents or ()), rebase, source_agent, fetch)
    planned = plan_sync(repository, options, is_dry=dry_run)
    for warning in planned.warnings:
        note(f"warning: {warning}")
    if dry_run:
        give("sync-plan", lambda: sync_plan_as_json(planned), lambda: render_sync_plan(planned), json=json)
        return 0
    may_run = may_run_commands(planned.commands, trust=trust)
    done = apply_sync(repository, planned, may_run=may_run, report=report_step)
    give("sync", lambda: synced_as_json(planned, done), lambda: render_synced(done, planned.source.label), json=json)
    return 3 if any(each.state == "failed" for each in done) else 0 if all(each.is_done for each in done) else 1
