"""report: where everything stands, for people who weren't there."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import JsonOption

if TYPE_CHECKING:
    from collections.abc import Callable

_STDOUT = "-"


@app.command(rich_help_panel="Insight")
def report(
    html: Annotated[
        str | None, typer.Option("--html", metavar="FILE", help="Write one self-contained page; - for stdout.")
    ] = None,
    markdown: Annotated[
        str | None,
        typer.Option("--markdown", metavar="FILE", help="Write a comment for a pull request; - for stdout."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="What happened since: 2h, 14d, 2025-03-03. Default: 7d.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Conflicts and the order to land in, ownership, leases, budgets, what landed: on one page.

    Without --html or --markdown a summary for the terminal.

    Examples: `agentgrid report`, `agentgrid report --html report.html`, `agentgrid report --markdown - --since 2d`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.insight.log_view import parse_since
    from agentgrid.render.conflicts.screen import Progressing
    from agentgrid.render.html_report import render_html_report
    from agentgrid.render.markdown_report import render_markdown_report
    from agentgrid.render.report import render_report, report_as_json

    _require_one_answer({"--html": html, "--markdown": markdown}, json=json)
    after = parse_since(since, datetime.now(UTC)) if since is not None else None
    grid = open_grid()
    with Progressing() as progressing:
        found = grid.integration.report(since=after, progress=progressing.show)
    if html is not None:
        _put(html, lambda: render_html_report(found))
    if markdown is not None:
        _put(markdown, lambda: render_markdown_report(found))
    if json or (html is None and markdown is None):
        give("report", lambda: report_as_json(found), lambda: render_report(found), json=json)


def _require_one_answer(files: "dict[str, str | None]", *, json: bool) -> None:
    """Before anything is gathered: stdout has room for one answer, and every file has a directory."""
    from agentgrid.errors import UsageError

    if sum(place == _STDOUT for place in files.values()) + json > 1:
        raise UsageError("stdout has room for one answer", hint="write the others to files: --html report.html")
    for option, place in files.items():
        if place in {None, _STDOUT}:
            continue
        parent = os.path.dirname(os.path.abspath(str(place)))
        if not os.path.isdir(parent):
            raise UsageError(f"{option}: {parent} is no directory")
        if os.path.isdir(str(place)):
            raise UsageError(f"{option}: {place} is a directory", hint=f"name a file in it: {option} {place}/report")


def _put(place: str, render: "Callable[[], str]") -> None:
    from agentgrid.errors import OutsideError
    from agentgrid.machine.files import write_atomically
    from agentgrid.render.streams import answer, note

    text = render()
    if place == _STDOUT:
        answer(text)
        return
    content = f"{text}\n".encode("utf-8", "backslashreplace")
    file = Path(os.path.realpath(place))
    try:
        if os.path.exists(file) and not os.path.isfile(file):  # a pipe, a device: not to be replaced by a file
            file.write_bytes(content)
        else:
            write_atomically(file, content)
    except OSError as error:
        raise OutsideError(f"can't write {place}: {error.strerror}") from error
    note(f"wrote {place}")
