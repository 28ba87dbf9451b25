"""pr: agents' branches as pull requests on GitHub."""

from typing import TYPE_CHECKING, Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption, complete_agent

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentgrid.grid import Grid


@app.command(rich_help_panel="Integration")
def pr(
    agents: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID…]", help="Agents; none: whose worktree this is, or all.", autocompletion=complete_agent
        ),
    ] = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Of one agent's pull request.")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Open new ones as drafts.")] = False,
    new: Annotated[bool, typer.Option("--new", help="A new one where the last was closed without merging.")] = False,
    force_with_lease: Annotated[
        bool, typer.Option("--force-with-lease", help="After a rebase: replace what was pushed from here.")
    ] = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> int:
    """Push agents' branches and open their pull requests, or bring them up to date, through `gh`.

    The text between agentgrid's marks in the body is written anew; the rest of it stays. What breaks a rule
    is not pushed. Exit code 1 when one was refused, 3 when the server couldn't do it; the others are done.

    Examples: `agentgrid pr`, `agentgrid pr a1 --draft`, `agentgrid pr --dry-run`
    """
    from agentgrid.cli.answers import give, open_grid, report_step
    from agentgrid.errors import UsageError
    from agentgrid.integration.pull_requests.planning import PrOptions
    from agentgrid.render.pull_requests import plan_as_json, render_done, render_plans

    grid = open_grid()
    chosen = _choose(grid, agents)
    if title is not None and len(chosen) != 1:
        raise UsageError(f"one title for {len(chosen)} pull requests", hint="name one agent: agentgrid pr a1 --title …")
    options = PrOptions(draft, new, force_with_lease, title)
    requests = grid.integration.pull_requests(_describer(grid))
    plans = requests.plan(chosen, options)
    if dry_run:
        give("pr-plan", lambda: [plan_as_json(each) for each in plans], lambda: render_plans(plans), json=json)
        return 0
    done = []
    for plan in plans:
        done.append(requests.apply(plan, options))
        report_step(plan.work.agent, done[-1].state)
    give("pr", lambda: [each.as_json() for each in done], lambda: render_done(done), json=json)
    states = {each.state for each in done}
    return 3 if "failed" in states else 1 if states & {"refused", "closed"} else 0


def _describer(grid: "Grid") -> "Callable[[str], str]":
    """What an agent's pull request says: its work, and where that meets the others'. Those are looked at once."""
    from functools import cache

    from agentgrid.cli.answers import report_step
    from agentgrid.errors import AgentGridError
    from agentgrid.insight.conflict_view import view_conflicts
    from agentgrid.render.markdown_report import render_pull_request_body

    look = cache(lambda: (view_conflicts(grid.integration.conflicts()), grid.store.now().wall))

    def describe(agent: str) -> str:
        work = grid.integration.describe_work(agent)
        try:
            view, now = look()
            return f"{work}\n\n{render_pull_request_body(view, agent, now)}"
        except AgentGridError as error:
            report_step(agent, f"its pull request doesn't say what it meets: {error.message}")
            return work

    return describe


def _choose(grid: "Grid", named: list[str] | None) -> list[str]:
    """The agents that are meant. Raises NotPermitted for an agent that names another one."""
    from agentgrid.boundaries.leases.holders import require_actor
    from agentgrid.workspace.desks import find_desks

    acting = grid.acting_agent()
    for each in named or ():
        require_actor(grid.repository, acting, grid.acting_agent(each))
    if named or acting:
        return list(dict.fromkeys(named or [acting or ""]))
    known = grid.territory.compiled["agents"]
    return [agent for agent, desk in find_desks(grid.repository).items() if agent in known and desk.branch]
