"""env show, write, check, export: what an agent's processes get, and the keys among it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import AgentArgument, DryRunOption, JsonOption, complete_agent

if TYPE_CHECKING:
    from agentgrid.grid import Grid
    from agentgrid.workspace.environment.variables import AgentEnvironment

group = typer.Typer(no_args_is_help=True, help="The environment of an agent's processes: variables and keys.")
app.add_typer(group, name="env", rich_help_panel="Environment and budget")

NoKeysOption = Annotated[bool, typer.Option("--no-keys", help="Leave the keys out.")]


@group.command()
def show(
    agent: AgentArgument,
    reveal: Annotated[bool, typer.Option("--reveal", help="Look the keys up and show them.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what is inherited from here.")] = False,
    json: JsonOption = False,
) -> None:
    """Every variable with its source; keys stay hidden.

    Examples: `agentgrid env show a1`, `agentgrid env show a1 --all`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.environment import environment_as_json, render_environment

    grid = open_grid()
    if reveal:
        _require_own_keys(grid, agent)
    found = grid.desks.environment_of(agent, keys="all" if reveal else "silent")
    shown = found if everything else found.own()
    _tell(found)
    give("env", lambda: environment_as_json(shown, reveal=reveal),
         lambda: render_environment(shown, reveal=reveal), json=json)  # fmt: skip


@group.command()
def write(
    agent: AgentArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: .env in the agent's worktree.")
    ] = None,
    form: Annotated[
        Literal["dotenv", "shell", "direnv"], typer.Option("--format", help="What will read the file.")
    ] = "dotenv",
    no_keys: NoKeysOption = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Write the environment to a file that its owner alone can read and git doesn't see. Only our own is replaced.

    Examples: `agentgrid env write a1`, `agentgrid env write a1 --format direnv --output ../wt-a1/.envrc`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.environment import render_written
    from agentgrid.workspace.desks import require_desk
    from agentgrid.workspace.environment.env_file import plan_env_file, write_env_file
    from agentgrid.workspace.environment.formats import write_as

    grid = open_grid()
    _require_own_keys(grid, agent)
    plan = plan_env_file(require_desk(grid.repository, agent), output)
    found = grid.desks.environment_of(agent, keys="none" if no_keys else "silent" if dry_run else "all").own()
    _tell(found)
    has_changed = False if dry_run else write_env_file(grid.repository, plan, write_as(form, found.for_process()))
    names = [each.name for each in found.variables if each.value is not None]
    data = {"agent": agent, "path": str(plan.path), "variables": names, "changed": has_changed}
    noun = "env-write-plan" if dry_run else "env-write"
    give(noun, lambda: data, lambda: render_written(plan, len(names), has_changed, is_planned=dry_run), json=json)


@group.command()
def check(
    agents: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", help="Default: all.", autocompletion=complete_agent)
    ] = None,
    json: JsonOption = False,
) -> int:
    """Look every key up and say what is wrong: missing, shared by two agents, in a tracked file, readable by others.

    Exit code 1 when something is. An agent checks its own. Examples: `agentgrid env check`, `agentgrid env check a1`
    """
    import os

    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.environment import render_key_check
    from agentgrid.workspace.environment.checking import check_keys
    from agentgrid.workspace.naming import require_agent

    grid = open_grid()
    acting, policy = grid.acting_agent(), grid.in_force.policy
    chosen = list(agents or ([acting] if acting else policy.agents))
    for each in chosen:
        require_agent(policy, each)
        _require_own_keys(grid, each)
    report = check_keys(grid.repository, grid.desks.environments.keys, chosen, environ=os.environ)
    give("env-check", report.as_json, lambda: render_key_check(report), json=json)
    return 1 if report.problems else 0


@group.command()
def export(
    agent: AgentArgument,
    form: Annotated[
        Literal["dotenv", "shell", "direnv", "json"], typer.Option("--format", help="What will read it.")
    ] = "shell",
    no_keys: NoKeysOption = False,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print the environment, keys and all, for another program to read.

    Examples: `eval "$(agentgrid env export a1)"`, `agentgrid env export a1 --format json`
    """
    from agentgrid.cli.answers import open_grid
    from agentgrid.render.streams import answer_raw
    from agentgrid.workspace.environment.formats import write_as

    grid = open_grid()
    _require_own_keys(grid, agent)
    found = grid.desks.environment_of(agent, keys="none" if no_keys else "all").own()
    _tell(found)
    answer_raw(write_as("json" if json else form, found.for_process()))


def _require_own_keys(grid: "Grid", agent: str) -> None:
    """Raises NotPermitted when another agent than `agent` asks."""
    from agentgrid.errors import NotPermitted

    acting = grid.acting_agent()
    if acting not in {None, agent}:
        raise NotPermitted(f"this is the worktree of {acting}: an agent doesn't see the keys of another one",
                           hint=f"a person does it in {grid.repository.root}")  # fmt: skip


def _tell(found: "AgentEnvironment") -> None:
    """What a person should hear: ports that moved, keys that are missing."""
    from agentgrid.render.streams import note

    for notice in found.notices:
        note(f"notice: {notice}")
    for key in found.missing:
        note(f"warning: {key}")
        note(f"hint: {key.hint}")
