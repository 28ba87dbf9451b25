"""join: a teammate's clone of a repository that is a grid already."""

from pathlib import Path
from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption, complete_agent


@app.command(rich_help_panel="Set up")
def join(
    agents: Annotated[
        str | None,
        typer.Option(metavar="ID,ID…", help="Which agents are yours here.", autocompletion=complete_agent),
    ] = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Hooks, and the worktrees of the agents that are yours, in a clone of a repository that is a grid. Nothing else.

    Safe to repeat: does what is missing, and takes agents that are named in addition.

    Examples: `agentgrid join --agents a1,a2`, `agentgrid join --dry-run --agents a1`
    """
    from agentgrid.cli.answers import give, report_step
    from agentgrid.git.repository import Repository
    from agentgrid.onboarding.joining import apply_join, known_mine, plan_join, require_grid
    from agentgrid.render.join import join_plan_as_json, joined_as_json, render_join_plan, render_joined

    repository = Repository.discover(Path.cwd())
    in_force = require_grid(repository)
    named = _read_agents(agents)
    if not named and not known_mine(repository):
        named = _ask_agents(list(in_force.policy.agents))
    plan = plan_join(repository, in_force, named)
    if dry_run:
        give("join-plan", lambda: join_plan_as_json(plan), lambda: render_join_plan(plan), json=json)
        return
    result = apply_join(repository, plan, report_step)
    give("join", lambda: joined_as_json(plan, result), lambda: render_joined(plan, result), json=json)


def _ask_agents(known: list[str]) -> list[str]:
    from agentgrid.errors import UsageError
    from agentgrid.machine.foreground import has_terminal

    listed = ", ".join(known) or "none"
    if not has_terminal():
        raise UsageError(f"which agents are yours? (agents: {listed})", hint="agentgrid join --agents ID,ID")
    return _read_agents(typer.prompt(f"Which agents are yours? ({listed})", err=True))


def _read_agents(text: str | None) -> list[str]:
    from agentgrid.errors import UsageError

    named = [part.strip() for part in text.split(",")] if text is not None else []
    if not all(named):
        raise UsageError(f"--agents {text!r}: an id is missing", hint="agentgrid join --agents a1,a2")
    return list(dict.fromkeys(named))
