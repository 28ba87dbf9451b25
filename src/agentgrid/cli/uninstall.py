"""uninstall: takes agentgrid out of a repository."""

from pathlib import Path
from typing import Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption


@app.command(rich_help_panel="Set up")
def uninstall(
    purge: Annotated[bool, typer.Option("--purge", help="The trash as well: ignored files of removed agents.")] = False,
    dry_run: DryRunOption = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Take hooks, settings and state out. Keeps worktrees, branches, rescue refs and committed files.

    Example: `agentgrid uninstall --dry-run`
    """
    from agentgrid.cli.answers import confirm, give
    from agentgrid.git.repository import Repository
    from agentgrid.onboarding.uninstall import apply_uninstall, plan_uninstall

    repository = Repository.discover(Path.cwd())
    plan = plan_uninstall(repository)
    planned = plan.describe(purge=purge)
    if dry_run or not planned:
        text = "\n".join(planned) or "nothing of agentgrid is installed here"
        give("uninstall-plan", lambda: planned, lambda: text, json=json)
        return
    confirm("\n".join([*planned, "Go ahead?"]), yes=yes)
    done = apply_uninstall(repository, plan, purge=purge)
    give("uninstall", lambda: done, lambda: "\n".join(done), json=json)
