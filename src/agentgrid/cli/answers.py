"""One way for every command to answer: JSON in the envelope, or text for people."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentgrid.grid import Grid
    from agentgrid.integration.reviews.planning import Asker


def give(noun: str, data: Callable[[], object], text: Callable[[], str], *, json: bool) -> None:
    """Prints the answer; only the form that is asked for is made."""
    from agentgrid.render.envelope import render_answer
    from agentgrid.render.streams import answer

    answer(render_answer(noun, data()) if json else text())


def open_grid() -> "Grid":
    """The grid where the caller stands. An agent's leases are renewed when that is due, and it is told on stderr what
    happened to them. Whoever needs a state that can't be read says so."""
    from agentgrid.errors import AgentGridError, StoreError
    from agentgrid.grid import Grid
    from agentgrid.render.streams import note

    grid = Grid.open(Path.cwd())
    _settle_landing(grid)
    if grid.repository.is_linked:
        try:
            for message in grid.attend():
                note(f"notice: {message}")
        except StoreError:
            pass
        except AgentGridError as error:
            note(f"warning: {error.message}")
    return grid


def _settle_landing(grid: "Grid") -> None:
    """What a killed `land` left between two steps is put in order by whatever is run next."""
    from agentgrid.errors import AgentGridError
    from agentgrid.render.streams import note

    try:
        for message in grid.integration.settle_landing():
            note(f"notice: {message}")
    except AgentGridError as error:
        note(f"warning: a landing was killed, and can't be put in order now: {error.message}")


def find_asker(grid: "Grid") -> "Asker":
    """Who acts: the worktree's agent, else the person at this machine. No option says otherwise."""
    from agentgrid.boundaries.leases.holders import person_name
    from agentgrid.integration.reviews.planning import Asker

    return Asker(grid.acting_agent(), person_name())


def report_step(subject: str, what: str) -> None:
    """Progress of long work, on stderr, for whoever watches."""
    from agentgrid.render.streams import note

    note(f"  {subject}: {what}")


def confirm(question: str, *, yes: bool) -> None:
    """Asks a person; without a terminal `--yes` has to be said. Raises typer.Abort on no."""
    import typer

    from agentgrid.errors import UsageError

    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("this changes the repository, and nobody can be asked", hint="add --yes, or --dry-run to look")
    typer.confirm(question, abort=True, err=True)


def may_run_commands(commands: Sequence[str], *, trust: bool) -> Callable[[str], bool]:
    """Which of the repository's own commands may run: all with `--trust`, else those that a person at a terminal
    agrees to; without one, none."""
    import typer

    from agentgrid.machine.foreground import has_terminal

    if trust or not commands:
        return lambda _command: trust
    if not has_terminal():
        return lambda _command: False
    shown = "\n".join(f"  {command}" for command in commands)
    is_agreed = typer.confirm(f"The repository's configuration wants to run\n{shown}\nRun it?", err=True)
    return lambda _command: is_agreed
