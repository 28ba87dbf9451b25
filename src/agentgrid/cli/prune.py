"""prune: clears away worktrees whose work has landed, and what was kept of removed ones for long enough."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption


@app.command(rich_help_panel="A day with agents")
def prune(
    merged: Annotated[
        bool, typer.Option("--merged", help="Worktrees whose work has landed; so it is without --older-than, too.")
    ] = False,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Really delete rescue refs and trash that are older: 14d."),
    ] = None,
    dry_run: DryRunOption = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    json: JsonOption = False,
) -> int:
    """Take down the worktrees whose work is in the base. Never anything unmerged, uncommitted or in use.

    What goes this way can be had back. Only `--older-than` deletes, and only rescue refs and trash.

    Examples: `agentgrid prune --dry-run`, `agentgrid prune --older-than 14d`, `agentgrid prune --merged --yes`
    """
    from agentgrid.cli.answers import confirm, give, open_grid, report_step
    from agentgrid.render.prune import prune_plan_as_json, pruned_as_json, render_prune_plan, render_pruned
    from agentgrid.render.streams import note
    from agentgrid.workspace.acting import require_person
    from agentgrid.workspace.prune.pruning import PruneOptions, apply_prune, plan_prune

    limit = _read_limit(older_than)
    grid = open_grid()
    require_person(grid.repository, "prune")
    options = PruneOptions(merged=merged or limit is None, older_than=limit)
    in_force = grid.in_force
    plan = plan_prune(grid.repository, in_force.base, in_force.policy, options, now=datetime.now(UTC))
    if dry_run or plan.is_empty:
        give("prune-plan", lambda: prune_plan_as_json(plan), lambda: render_prune_plan(plan), json=json)
        return 0
    if not json:
        note(render_prune_plan(plan))
    confirm("Go ahead?", yes=yes)
    done = apply_prune(grid.repository, plan, report=report_step)
    give("prune", lambda: pruned_as_json(done), lambda: render_pruned(done), json=json)
    return 1 if done.failed else 0


def _read_limit(text: str | None) -> timedelta | None:
    from agentgrid.config.units import DURATION_ACCEPTED, parse_duration
    from agentgrid.errors import UsageError

    try:
        return parse_duration(text) if text is not None else None
    except ValueError as error:
        message = f"--older-than {text}: accepted is {DURATION_ACCEPTED}"
        raise UsageError(message, hint="agentgrid prune --older-than 14d --dry-run") from error
