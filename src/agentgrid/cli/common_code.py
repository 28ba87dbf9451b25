"""common check: what a change breaks of the code that all agents share, and who uses it."""

from typing import TYPE_CHECKING, Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.check_formats import Format, give_report
from agentgrid.cli.options import JsonOption, complete_agent

if TYPE_CHECKING:
    from agentgrid.integration.common_code.model import CommonReport

group = typer.Typer(no_args_is_help=True, help="Common code: what breaks in it, and who uses that.")
app.add_typer(group, name="common", rich_help_panel="Integration")


@group.command()
def check(
    agent: Annotated[
        str | None,
        typer.Option("--agent", metavar="ID", help="Check this agent's work.", autocompletion=complete_agent),
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="REF", help="Compare with REF; its committed policy counts, as in CI.")
    ] = None,
    head: Annotated[
        str | None, typer.Option(metavar="REF", help="The commit to check; the agent's, or HEAD, without it.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to answer.")] = "text",
    json: JsonOption = False,
) -> int:
    """Compare the public API of common Python code with the base. A breaking change needs a new major `__version__`.

    Nothing is imported or run. Exit code 1 when something is broken that its version doesn't allow.

    Examples: `agentgrid common check`, `agentgrid common check --agent a2`,
    `agentgrid common check --base origin/main --head HEAD --format github`
    """
    from agentgrid.cli.answers import open_grid
    from agentgrid.render.streams import note

    report = open_grid().check_common(agent=agent, base=base, head=head)
    for each in report.notes:
        note(f"agentgrid: {each}")
    _give(report, "json" if json else output)
    return 1 if any(each.severity == "error" for each in report.findings) else 0


def _give(report: "CommonReport", output: Format) -> None:
    from agentgrid.cli.answers import give
    from agentgrid.integration.common_code.rules import as_check_report
    from agentgrid.render.common_code import common_as_json, render_common

    if output in {"text", "json"}:
        give("common-check", lambda: common_as_json(report), lambda: render_common(report), json=output == "json")
    else:
        give_report(as_check_report(report), output)
