"""agent list, show, add, repair, hooks: profiles, reconciling with git, and the clients' settings."""

from pathlib import Path
from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import AgentArgument, DryRunOption, JsonOption, SetupOption, complete_client

group = typer.Typer(no_args_is_help=True, help="Agents: profiles, worktrees, and reconciling with git.")
app.add_typer(group, name="agent", rich_help_panel="A day with agents")


@group.command("list")
def list_agents(
    permissions: Annotated[
        bool, typer.Option("--permissions", help="Who lands, who approves whose work, who owns what.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Every agent, its branch and worktree; or what each may do.

    Examples: `agentgrid agent list`, `agentgrid agent list --permissions`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.insight.agent_profile import list_profiles
    from agentgrid.insight.permissions import list_people, list_permissions
    from agentgrid.render.agents import permissions_as_json, render_permissions, render_profiles

    grid = open_grid()
    if permissions:
        rows, people = list_permissions(grid.in_force.policy), list_people(grid.in_force.policy)
        give(
            "permissions",
            lambda: permissions_as_json(rows, people),
            lambda: render_permissions(rows, people),
            json=json,
        )
        return
    found = list_profiles(grid.repository, grid.in_force)
    give("agents", lambda: [each.as_json() for each in found], lambda: render_profiles(found), json=json)


@group.command()
def show(agent: AgentArgument, json: JsonOption = False) -> None:
    """One agent: profile, worktree, unlanded commits.

    Example: `agentgrid agent show a1`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.insight.agent_profile import show_profile
    from agentgrid.render.agents import render_profile

    grid = open_grid()
    found = show_profile(grid.repository, grid.in_force, agent)
    give("agent", found.as_json, lambda: render_profile(found), json=json)


@group.command()
def add(
    agent: Annotated[str, typer.Argument(metavar="ID", help="The new agent's id.")],
    area: Annotated[str | None, typer.Option(metavar="NAME", help="For its branch and path.")] = None,
    owns: Annotated[list[str] | None, typer.Option(metavar="PATTERN", help="What it owns; may be repeated.")] = None,
    focus: Annotated[str | None, typer.Option(metavar="TEXT", help="What it works on.")] = None,
    topic: Annotated[str | None, typer.Option(metavar="TOPIC", help="Topic of its first branch.")] = None,
    local: Annotated[bool, typer.Option("--local", help="On this machine alone; owns nothing.")] = False,
    adopt: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Take this worktree instead of making one.")
    ] = None,
    setup: SetupOption = True,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Add an agent: its profile in config/agents, a worktree, hooks. Give an existing agent a worktree with --adopt.

    The profile counts on this machine at once, and everywhere when it is committed to the base.

    Examples: `agentgrid agent add a5 --owns 'services/search/**'`, `agentgrid agent add a1 --adopt ../wt-old`
    """
    from agentgrid.cli.answers import give, open_grid, report_step
    from agentgrid.cli.setting_up import set_up_new
    from agentgrid.grid import Grid
    from agentgrid.onboarding.newcomers import NewAgent, add_agent, plan_addition

    asked = NewAgent(agent, area, tuple(owns or ()), focus, topic, local, adopt.resolve() if adopt else None)
    repository = open_grid().repository
    added = plan_addition(repository, asked) if dry_run else add_agent(repository, asked, report_step)
    if setup and adopt is None and not dry_run:
        set_up_new(Grid(repository), [agent], ask=True)
    noun = "agent-add-plan" if dry_run else "agent-add"
    give(noun, added.as_json, lambda: "\n".join(added.lines(is_planned=dry_run)), json=json)


@group.command()
def repair(dry_run: DryRunOption = False, json: JsonOption = False) -> None:
    """Reconcile with git: moved, deleted, detached, half-made worktrees; hooks that were overwritten.

    Example: `agentgrid agent repair --dry-run`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.worktrees import mended_as_json, render_mended
    from agentgrid.workspace.furnishing import find_unfurnished, furnish_desks
    from agentgrid.workspace.repair import repair as repair_worktrees

    grid = open_grid()
    policy = grid.in_force.policy
    mended = repair_worktrees(grid.repository, policy, dry_run=dry_run)
    if dry_run:
        equipped = find_unfurnished(grid.repository, policy)
    else:
        equipped = furnish_desks(grid.repository, policy, report=lambda _subject, _what: None)
    give("agent-repair", lambda: mended_as_json(mended, equipped), lambda: render_mended(mended, equipped), json=json)


@group.command()
def hooks(
    agent: AgentArgument,
    client: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of this client, not the agent's own.", autocompletion=complete_client),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Put it where the client reads it.")] = False,
    json: JsonOption = False,
) -> None:
    """Print the client's settings that make it ask before an edit, or put them where it reads them.

    Never in a file that git tracks. What else is in the file stays.

    Examples: `agentgrid agent hooks a1`, `agentgrid agent hooks a1 --client gemini --write`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.agents import edit_hook_as_json, render_edit_hook
    from agentgrid.render.streams import note
    from agentgrid.workspace.clients.offering import offer_edit_hook, write_edit_hook

    grid = open_grid()
    offer = offer_edit_hook(grid.repository, grid.in_force.policy, agent, client)
    changed = write_edit_hook(grid.repository, offer) if write else None
    if offer.client.remark:
        note(f"note: {offer.client.remark}")
    give(
        "agent-hooks",
        lambda: edit_hook_as_json(offer, changed),
        lambda: render_edit_hook(offer, changed),
        json=json,
    )
