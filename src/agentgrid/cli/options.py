"""Options that many commands share, and completion of agents."""

from pathlib import Path
from typing import Annotated

import typer


def complete_agent(incomplete: str) -> list[str]:
    """Agents of the policy in force that begin so; nothing where there is no grid."""
    from agentgrid.errors import AgentGridError
    from agentgrid.grid import Grid

    try:
        agents = Grid.open(Path.cwd()).territory.compiled["agents"]
    except AgentGridError:
        return []
    return [agent for agent in agents if agent.startswith(incomplete)]


def complete_client(incomplete: str) -> list[str]:
    """Clients that have an edit hook."""
    from agentgrid.workspace.clients.known import CLIENTS

    return [name for name in CLIENTS if name.startswith(incomplete)]


JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
AgentOption = Annotated[
    str | None,
    typer.Option("--agent", metavar="ID", help="Act as this agent.", autocompletion=complete_agent),
]
SetupOption = Annotated[bool, typer.Option("--setup/--no-setup", help="Set new worktrees up.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Say what would be done, do nothing.")]
LandingWaitOption = Annotated[
    str, typer.Option("--wait", metavar="TIME", help="How long to wait for another landing to end.")
]
AgentArgument = Annotated[str, typer.Argument(metavar="ID", help="An agent's id.", autocompletion=complete_agent)]


def read_seconds(option: str, text: str | None) -> float | None:
    """A time as people write it (`5m`), in seconds; None for None. Raises UsageError that names `option`."""
    if text is None:
        return None
    from agentgrid.config.units import parse_duration
    from agentgrid.errors import UsageError

    try:
        return parse_duration(text).total_seconds()
    except ValueError as error:
        message, _, accepted = str(error).partition("|")
        raise UsageError(f"{option}: {message}", hint=f"accepted: {accepted}") from error
