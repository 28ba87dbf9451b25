"""migration integrate: requests get their numbers and files."""

from typing import Annotated

import typer

from agentgrid.cli.migrations import complete_lineage, group
from agentgrid.cli.options import AgentOption, DryRunOption, JsonOption, LandingWaitOption


@group.command()
def integrate(
    lineage: Annotated[
        str | None,
        typer.Argument(metavar="[LINEAGE]", help="One lineage; default: all.", autocompletion=complete_lineage),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="BRANCH", help="Number what this branch carries, as before a pull request."),
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Don't wait for the window; needs --reason.")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; the log keeps it.")] = "",
    allow_destructive: Annotated[
        bool, typer.Option("--allow-destructive", help="Also what loses data, as DROP TABLE.")
    ] = False,
    wait: LandingWaitOption = "10m",
    agent: AgentOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> int:
    """Give approved requests their numbers, one behind the other, in one commit a lineage; or change nothing.

    Before that all of the lineage runs on a blank database, what is new on one at head, and back where there is a way
    back: on SQLite, and on the PostgreSQL server that `database:` of the lineage names. Requests that were only asked
    for get files on the owner's branch (or in the train, as `integrate:` of the lineage says); what a branch carries
    gets its number with --on, or when it lands. Exit code 1 when nothing could be integrated.

    Examples: `agentgrid migration integrate main --dry-run`, `agentgrid migration integrate --on feat/core/users__a2`,
    `agentgrid migration integrate main --now --reason "release tonight"`
    """
    from agentgrid.cli.answers import give, open_grid, report_step
    from agentgrid.cli.options import read_seconds
    from agentgrid.integration.migrations.integrating.choosing import IntegrationWish
    from agentgrid.render.migration_integrate import integrated_as_json, render_integrated

    wait_s = read_seconds("--wait", wait) or 0.0
    wish = IntegrationWish(lineage, on, now, allow_destructive, reason, wait_s)
    done = open_grid().integration.integrate_migrations(wish, report=report_step, acting=agent, is_dry_run=dry_run)
    give("migration-integrate", lambda: integrated_as_json(done, is_dry_run=dry_run),
         lambda: render_integrated(done, is_dry_run=dry_run), json=json)  # fmt: skip
    return 0 if any(each.placed for each in done) else 1
