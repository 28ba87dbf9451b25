"""demo: a sample repository, and one story through every guard."""

from pathlib import Path
from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import JsonOption


@app.command(rich_help_panel="Set up")
def demo(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A new directory; default: one in the temporary directory.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Build a sample repository with four agents and play one story: what git lets through, what it refuses.

    Every line of the closing table is what git really did. Exit code 1 when anything went otherwise than it should.

    Example: `agentgrid demo`
    """
    from agentgrid.cli.answers import give, report_step
    from agentgrid.onboarding.demo import play_demo
    from agentgrid.render.demo import demo_as_json, render_demo

    played = play_demo(directory, report_step)
    give("demo", lambda: demo_as_json(played), lambda: render_demo(played), json=json)
    return 0 if played.went_as_expected else 1
