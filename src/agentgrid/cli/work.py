"""exec, each: commands in the agents' worktrees."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from agentgrid.cli.app import app
from agentgrid.cli.options import AgentArgument, JsonOption, read_seconds

if TYPE_CHECKING:
    from agentgrid.work.each.outcome import EachReport

PANEL = "A day with agents"
_DASHES = "agentgrid.dashes"


class _TellsDashes(TyperCommand):
    """Remembers whether `--` was typed: after it stands a command, before it a name."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[_DASHES] = "--" in args
        return super().parse_args(ctx, args)


@app.command("exec", rich_help_panel=PANEL)
def execute(
    agent: AgentArgument,
    command: Annotated[list[str], typer.Argument(metavar="-- CMD…", help="What to run.")],
    wait: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Wait at most this long until it fits the budget: 5m, 0s. Default: no end."),
    ] = None,
) -> int:
    """Run CMD in the agent's worktree, with its environment and under its budget. Its exit code is CMD's.

    What doesn't fit waits, and says why. Exit code 1 when the budget ended it, with the reason.

    Example: `agentgrid exec a1 -- pytest -q`
    """
    from agentgrid.cli.answers import open_grid
    from agentgrid.render.streams import note

    patience_s = read_seconds("--wait", wait)
    commands = open_grid().desks.commands(tell=lambda message: note(f"agentgrid: {message}"))
    return commands.execute(agent, command, patience_s=patience_s)


def complete_name(incomplete: str) -> list[str]:
    """Names of the agents' own commands that begin so; nothing where there is no grid."""
    from agentgrid.errors import AgentGridError
    from agentgrid.grid import Grid

    try:
        agents = Grid.open(Path.cwd()).in_force.policy.agents.values()
    except AgentGridError:
        return []
    return sorted({name for each in agents for name in each.commands if name.startswith(incomplete)})


@app.command(cls=_TellsDashes, rich_help_panel=PANEL)
def each(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME | -- CMD…", help="One of the agents' `commands:`, or a command.", autocompletion=complete_name
        ),
    ],
    agents: Annotated[str | None, typer.Option(metavar="ID,ID…", help="Only these; default: all.")] = None,
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", metavar="N", min=1, help="How many at a time; default: as processors.")
    ] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="End the others when one fails.")] = False,
    timeout: Annotated[str | None, typer.Option(metavar="TIME", help="End what runs longer: 10m.")] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the results as JUnit XML.")] = None,
    json: JsonOption = False,
) -> int:
    """Run a command for each agent, at the same time: in its worktree, with its environment, under its budget.

    NAME is one of the agents' own `commands:`; who has none is skipped. Exit code 0 when all succeeded.

    Examples: `agentgrid each test`, `agentgrid each --agents a1,a3 -j 4 --junit out.xml -- git status`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.errors import UsageError
    from agentgrid.render.each import Progressing, render_each
    from agentgrid.render.streams import note
    from agentgrid.work.each.choosing import assign, choose_agents
    from agentgrid.work.each.running import Options

    if not context.meta[_DASHES] and len(words) > 1:
        raise UsageError("one name, or a command after --", hint=f"agentgrid each -- {' '.join(words)}")
    if junit is not None and not junit.absolute().parent.is_dir():
        raise UsageError(f"--junit: {junit.absolute().parent} is no directory")
    options = Options(jobs or os.cpu_count() or 1, fail_fast, read_seconds("--timeout", timeout))
    grid = open_grid()
    policy = grid.in_force.policy
    chosen = choose_agents(policy, agents)
    command, name = (words, None) if context.meta[_DASHES] else ((), words[0])
    assignments = assign(grid.repository, policy, chosen, command=command, name=name)
    with Progressing() as progressing:
        commands = grid.desks.commands(tell=lambda message: note(f"agentgrid: {message}"))
        report = commands.run_each(assignments, options, progressing.show)
    if junit is not None:
        _write_junit(junit, report)
    give("each", report.as_json, lambda: render_each(report), json=json)
    return report.exit_code


def _write_junit(file: Path, report: "EachReport") -> None:
    from agentgrid.errors import InputError
    from agentgrid.machine.files import write_atomically
    from agentgrid.render.junit_of_each import render_junit

    try:
        write_atomically(file, render_junit(report))
    except OSError as error:
        raise InputError(f"can't write {file}: {error.strerror}") from error
