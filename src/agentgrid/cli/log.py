"""log: what happened, by whom."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import JsonOption, complete_agent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentgrid.store.events import Event

_POLL_S = 0.5


@app.command(rich_help_panel="Insight")
def log(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens next, until Ctrl-C.")] = False,
    most: Annotated[
        int | None,
        typer.Option(
            "-n", metavar="N", min=0, help="The last N; default: 50, or all with --since.", show_default=False
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Since then: 2h, 14d, 2025-03-03, 2025-03-03T09:00.")
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="What this agent (or @login) did, or had done to it.", autocompletion=complete_agent
        ),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="This kind, or all that begin so: lease, lease.forced.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """What happened: when, what, by whom, to what, and what is different after. Newest last.

    Examples: `agentgrid log -n 20`, `agentgrid log --follow --agent a1`, `agentgrid log --since 2h --kind lease --json`
    """  # fmt: skip
    from agentgrid.git.repository import Repository
    from agentgrid.insight.log_view import DEFAULT_MOST, parse_since, read_log
    from agentgrid.render.reader import Reader
    from agentgrid.store.events import EventFilter
    from agentgrid.store.opening import open_store

    wanted = EventFilter(parse_since(since, datetime.now(UTC)) if since is not None else None, agent, kind)
    store = open_store(Repository.discover(Path.cwd()).common_dir)
    limit = DEFAULT_MOST if most is None and since is None else most
    events, newest = read_log(store, wanted, most=limit)
    if events or not follow:
        _answer(events, json=json)
    reader = Reader() if follow else None
    while reader is not None and reader.waits(_POLL_S):
        events, newest = read_log(store, wanted, after=newest)
        if events:
            _answer(events, json=json)


def _answer(events: "Sequence[Event]", *, json: bool) -> None:
    from agentgrid.cli.answers import give
    from agentgrid.render.log import render_events

    give("log", lambda: [event.as_json() for event in events], lambda: render_events(events), json=json)
