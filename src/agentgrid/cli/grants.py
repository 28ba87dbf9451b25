"""grant, revoke, grants: letting an agent in where it owns nothing."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption, complete_agent, read_seconds

if TYPE_CHECKING:
    from agentgrid.boundaries.grants.planning import GrantRequest
    from agentgrid.grid import Grid

PANEL = "Boundaries"


def complete_grant(incomplete: str) -> list[str]:
    """Ids of the grants that are known here and begin so."""
    from agentgrid.errors import AgentGridError
    from agentgrid.grid import Grid

    try:
        grid = Grid.open(Path.cwd())
        known = grid.grants.list_known(base=grid.base_oid)
    except AgentGridError:
        return []
    return [each.grant.id for each in known if each.grant and each.grant.id.startswith(incomplete)]


ToOption = Annotated[
    str, typer.Option("--to", metavar="ID", help="The agent that is let in.", autocompletion=complete_agent)
]


@app.command(rich_help_panel=PANEL)
def grant(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Files, folders, patterns.")],
    to: ToOption,
    lasts: Annotated[str | None, typer.Option("--for", metavar="TIME", help="For this long: 2h.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="landed", help="Until its work there has landed; the default.")
    ] = None,
    branch: Annotated[
        str | None, typer.Option(metavar="NAME", help="The branch that it counts on; default: the one it is on.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What for; the agent is told.")] = "",
    key: Annotated[
        str | None, typer.Option(metavar="FILE", help="SSH key to sign it with; default: git's user.signingKey.")
    ] = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Let another agent change PATH: as its owner, or as a person. What is critical takes a reviewer's word as well.

    On this machine it counts at once. CI counts what is signed by a key that `signers` in agentgrid.yaml names.

    Examples: `agentgrid grant services/api/app.py --to a2`, `agentgrid grant 'docs/**' --to a3 --for 2h --reason typos`
    """
    from agentgrid.boundaries.grants.giving import give_grant
    from agentgrid.boundaries.grants.planning import plan_grant
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.grants import given_as_json, plan_as_json, render_given, render_plan

    grid = open_grid()
    request = _request(grid, paths, to, lasts, until, branch, reason)
    now = grid.store.now().wall
    plan = plan_grant(grid.territory, grid.repository.git, request, base=grid.base_oid, now=now)
    if dry_run:
        give("grant-plan", lambda: plan_as_json(plan), lambda: render_plan(plan), json=json)
        return
    given = give_grant(grid.repository, grid.store, grid.territory.compiled, plan, actor=request.actor, key=key)
    give("grant", lambda: given_as_json(given), lambda: render_given(given), json=json)


@app.command(rich_help_panel=PANEL)
def revoke(
    named: Annotated[
        str, typer.Argument(metavar="GRANT", help="Its id, or how that begins.", autocompletion=complete_grant)
    ],
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Take a grant back. What was sent to a server is taken back there by the command that this prints.

    Example: `agentgrid revoke 3f2a91`
    """
    from agentgrid.boundaries.grants.giving import Revoked, revoke_grant
    from agentgrid.boundaries.leases.holders import person_name
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.errors import InputError
    from agentgrid.render.grants import render_revoked, revoked_as_json

    grid = open_grid()
    found = grid.grants.find(named, base=grid.base_oid)
    if len(found) != 1 or found[0].grant is None:
        said = "several grants begin" if found else "no grant begins"
        raise InputError(f"{said} with {named!r}", hint="agentgrid grants")
    if dry_run:
        revoked = Revoked(found[0].grant, None)
    else:
        actor = grid.acting_agent()
        revoked = revoke_grant(grid.repository, grid.store, found[0].grant, actor=actor, person=person_name())
    give(
        "revoke-plan" if dry_run else "revoke",
        lambda: revoked_as_json(revoked),
        lambda: render_revoked(revoked, is_planned=dry_run),
        json=json,
    )


@app.command(rich_help_panel=PANEL)
def grants(
    to: Annotated[
        str | None, typer.Option("--to", metavar="ID", help="To this agent alone.", autocompletion=complete_agent)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that count no more.")] = False,
    json: JsonOption = False,
) -> None:
    """Who may change what beside its own, by whose word, until when, and whether CI will know.

    Examples: `agentgrid grants`, `agentgrid grants --to a2 --all --json`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.grants import known_as_json, render_known

    grid = open_grid()
    known = grid.grants.list_known(grid.acting_agent(to) if to else None, base=grid.base_oid)
    shown = [each for each in known if everything or each.is_of_interest]
    give("grants", lambda: [known_as_json(each) for each in shown], lambda: render_known(shown), json=json)


def _request(
    grid: "Grid",
    paths: list[str],
    to: str,
    lasts: str | None,
    until: str | None,
    branch: str | None,
    reason: str,
) -> "GrantRequest":
    """What is asked for, and by whom. Raises UsageError and InputError."""
    from agentgrid.boundaries.grants.planning import GrantRequest
    from agentgrid.boundaries.leases.asked_paths import read_asked
    from agentgrid.boundaries.leases.holders import person_name
    from agentgrid.errors import InputError, UsageError
    from agentgrid.workspace.desks import find_desks

    if until is not None and (until != "landed" or lasts is not None):
        raise UsageError("--until takes `landed`, and doesn't go with --for", hint="a time: --for 2h")
    seconds = read_seconds("--for", lasts)
    duration = timedelta(seconds=seconds) if seconds is not None else None
    desk = find_desks(grid.repository).get(to)
    named = branch or (desk.branch if desk else None)
    owner = grid.branches.owner(grid.in_force.policy, branch) if branch else to
    if owner != to and to in grid.territory.compiled["agents"]:
        raise InputError(f"the branch {branch} is not {to}'s", hint="git branch --list; agentgrid agent list")
    asked = tuple(read_asked(grid.repository, path) for path in paths)
    return GrantRequest(grid.acting_agent(), person_name(), to, asked, duration, named, reason)
