"""policy show/apply and config schema/check: the policy in force, and the files it is written in."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption

PANEL = "Set up"
policy_group = typer.Typer(no_args_is_help=True, help="The policy in force and why.")
config_group = typer.Typer(no_args_is_help=True, help="The configuration files: their schema, and checking them.")
app.add_typer(policy_group, name="policy", rich_help_panel=PANEL)
app.add_typer(config_group, name="config", rich_help_panel=PANEL)


@policy_group.command()
def show(json: JsonOption = False) -> None:
    """Which policy is in force, where it comes from, and how the main worktree's copy differs.

    Example: `agentgrid policy show`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.insight.policy_view import view_policy
    from agentgrid.render.policy import render_policy

    grid = open_grid()
    view = view_policy(grid.repository, grid.in_force)
    give("policy", view.as_json, lambda: render_policy(view), json=json)


@policy_group.command("apply")
def apply_here(
    withdraw: Annotated[bool, typer.Option("--withdraw", help="End it: the base's policy counts again.")] = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Put the main worktree's configuration in force on this machine, until the base contains it. CI never follows.

    Examples: `agentgrid policy apply --dry-run`, `agentgrid policy apply --withdraw`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.insight.policy_view import view_policy
    from agentgrid.onboarding.applying import apply_from_main, withdraw_from_here
    from agentgrid.render.policy import render_policy

    grid = open_grid()
    if withdraw:
        withdraw_from_here(grid.repository, dry_run=dry_run)
    else:
        apply_from_main(grid.repository, dry_run=dry_run)
    fresh = open_grid()
    view = view_policy(fresh.repository, fresh.in_force)
    give("policy", view.as_json, lambda: render_policy(view), json=json)


@config_group.command()
def schema(
    kind: Annotated[Literal["grid", "agent"], typer.Argument(help="agentgrid.yaml, or an agent's file.")] = "grid",
) -> None:
    """Print the JSON Schema that editors check the files with.

    Example: `agentgrid config schema agent > agent.schema.json`
    """
    from agentgrid.onboarding.policy_files import schema_text
    from agentgrid.render.streams import answer

    answer(schema_text(kind).rstrip("\n"))


@config_group.command("check")
def check_files(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Where agentgrid.yaml is; default: this worktree.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check the files on disk: every problem with file, line, key and what is accepted. Exit code 2 when there is one.

    Example: `agentgrid config check`
    """
    from agentgrid.cli.answers import give
    from agentgrid.git.repository import Repository
    from agentgrid.onboarding.applying import check_directory

    where = directory or Repository.discover(Path.cwd()).worktree or Path.cwd()
    policy = check_directory(where)
    give(
        "config-check",
        lambda: {"agents": list(policy.agents), "files": list(policy.documents)},
        lambda: f"{len(policy.documents)} file(s), {len(policy.agents)} agents: no problem",
        json=json,
    )
