"""land: the train."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import AgentOption, DryRunOption, JsonOption, LandingWaitOption, complete_agent


class _Strategy(StrEnum):
    merge = "merge"
    squash = "squash"
    rebase = "rebase"


@app.command(rich_help_panel="Integration")
def land(
    agents: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID…", help="Whose branches, in this order.", autocompletion=complete_agent),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every agent's branch.")] = False,
    strategy: Annotated[
        _Strategy | None, typer.Option("--strategy", help="How branches are brought together; else as `land:` says.")
    ] = None,
    push: Annotated[bool, typer.Option("--push", help="Push to the base's upstream; the base here follows.")] = False,
    fetch: Annotated[bool, typer.Option("--fetch/--no-fetch", help="Fetch the base first.")] = True,
    wait: LandingWaitOption = "10m",
    agent: AgentOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> int:
    """Bring branches onto the base, one on top of the other. What the checks ran on is what lands, byte for byte.

    Who fails is ejected with its work intact, and the rest lands. Uncommitted work stays where it is.
    Exit code 1 when nothing landed or somebody was ejected, 3 when something failed that is nobody's fault.

    Examples: `agentgrid land a1 a2`, `agentgrid land --all --dry-run`, `agentgrid land a1 --strategy squash --push`
    """
    from agentgrid.cli.answers import give, open_grid, report_step
    from agentgrid.cli.options import read_seconds
    from agentgrid.errors import UsageError
    from agentgrid.integration.landing.report import plan_as_json, report_as_json
    from agentgrid.integration.landing.site import LandOptions
    from agentgrid.render.land import render_land_plan, render_landing, render_server_landing
    from agentgrid.render.streams import note

    if every == bool(agents):
        raise UsageError("name the agents whose work is to land, or --all", hint="agentgrid land --all --dry-run")
    integration = open_grid().integration
    chosen: Any = strategy.value if strategy else None
    options = LandOptions(tuple(agents or ()), chosen, push, fetch, read_seconds("--wait", wait) or 0.0)
    if dry_run:
        plan = integration.plan_landing(options, acting=agent)
        give("land-plan", lambda: plan_as_json(plan), lambda: render_land_plan(plan), json=json)
        return 0 if plan.steps and not plan.ejected and not plan.blocked else 1
    if integration.lands_on_server:
        merged = integration.land_on_server(options, report=report_step, acting=agent)
        for warning in merged.warnings:
            note(f"warning: {warning}")
        give("land", merged.as_json, lambda: render_server_landing(merged), json=json)
        return merged.exit_code
    done = integration.land(options, report=report_step, acting=agent)
    for warning in done.warnings:
        note(f"warning: {warning}")
    give("land", lambda: report_as_json(done), lambda: render_landing(done), json=json)
    return done.exit_code
