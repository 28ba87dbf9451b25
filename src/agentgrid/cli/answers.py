"""One way for every command to answer: JSON in the envelope, or text for people."""

import sys
from collections.abc import Callable


def give(noun: str, data: Callable[[], object], text: Callable[[], str], *, json: bool) -> None:
    """Prints the answer; only the form that is asked for is made."""
    from agentgrid.render.envelope import render_answer
    from agentgrid.render.streams import answer

    answer(render_answer(noun, data()) if json else text())


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
