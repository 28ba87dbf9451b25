"""migration submit, list, show, approve, reject, withdraw: the queue of database migrations."""

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption, complete_agent

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentgrid.grid import Grid
    from agentgrid.integration.migrations.asking.submitting import Submitted
    from agentgrid.integration.migrations.queue import Decided

group = typer.Typer(
    no_args_is_help=True, help="Database migrations: ask for them, decide about them, integrate them one after another."
)
app.add_typer(group, name="migration", rich_help_panel="Integration")


def complete_request(incomplete: str) -> list[str]:
    """Ids of open requests that begin so; nothing where there is no grid."""
    from pathlib import Path

    from agentgrid.errors import AgentGridError
    from agentgrid.grid import Grid

    try:
        found = Grid.open(Path.cwd()).integration.migrations.list_all()
    except AgentGridError:
        return []
    return [each.id for each in found if each.is_open and each.id.startswith(incomplete)]


def complete_lineage(incomplete: str) -> list[str]:
    """Lineages of the policy in force that begin so."""
    from pathlib import Path

    from agentgrid.errors import AgentGridError
    from agentgrid.grid import Grid

    try:
        lineages = Grid.open(Path.cwd()).in_force.policy.grid.migrations
    except AgentGridError:
        return []
    return [name for name in lineages if name.startswith(incomplete)]


Status = Literal["open", "submitted", "approved", "integrated", "rejected", "withdrawn", "all"]
Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Requests, as in m12.", autocompletion=complete_request)]
LineageOption = Annotated[
    str | None,
    typer.Option("--lineage", metavar="NAME", help="One lineage of agentgrid.yaml.", autocompletion=complete_lineage),
]


@group.command()
def submit(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Migration files; `-` is SQL on stdin.")],
    lineage: LineageOption = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="What it does; default: from the file.")] = None,
    priority: Annotated[
        Literal["urgent", "high", "normal", "low"] | None, typer.Option(help="Default: normal.")
    ] = None,
    depends_on: Annotated[
        list[str] | None,
        typer.Option("--depends-on", metavar="ID", help="Integrated after it.", autocompletion=complete_request),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask for its SQL alone: the owner's integration writes the file.")
    ] = False,
    down: Annotated[
        str | None, typer.Option("--down", metavar="FILE", help="SQL that takes it back, with --ask.")
    ] = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Submit migrations that your branch carries, or ask for one by its SQL.

    Carried files get a provisional name, far above all numbers that are given: you run them today, and they get their
    own when the branch lands. A `.down.sql` or `U…` partner goes along. Submit a file again when you have changed it.

    Examples: `agentgrid migration submit db/migrations/add_users.sql`, `agentgrid migration submit add_index.sql --ask
    --priority high --depends-on m3`, `agentgrid migration submit - --title "Drop the old log" < drop.sql`
    """
    from agentgrid.cli.answers import find_asker, open_grid
    from agentgrid.integration.migrations.asking.submission import Wishes

    wishes = Wishes(title, priority, tuple(depends_on) if depends_on else None)
    is_asked = ask or files == ["-"]
    _refuse_mix(files, is_asked=is_asked, has_down=down is not None)
    grid = open_grid()
    queue, asker = grid.integration.migrations, find_asker(grid)
    if is_asked:
        content = _read_stdin() if files == ["-"] else None
        done = queue.ask(
            files[0], asker, content=content, lineage=lineage, wishes=wishes, down=down, is_dry_run=dry_run
        )  # fmt: skip
    else:
        done = queue.submit(files, asker, lineage=lineage, wishes=wishes, is_dry_run=dry_run)
    _give_submitted(done, grid, json, is_one=len(files) == 1 or len(done.submitted) == 1)


@group.command("list")
def list_requests(
    status: Annotated[Status, typer.Option("--status", help="Which ones.")] = "open",
    lineage: LineageOption = None,
    agent: Annotated[
        str | None,
        typer.Option("--agent", metavar="WHO", help="Of this agent, or @person.", autocompletion=complete_agent),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Requests that are open (or all): what they touch, where they meet, when they are due.

    Examples: `agentgrid migration list`, `agentgrid migration list --status all --lineage main --json`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.migrations import migration_as_json, render_list

    standings = open_grid().integration.migrations.standings(lineage)
    found = [each for each in standings
             if status in {"all", each.request.status} or (status == "open" and each.request.is_open)]  # fmt: skip
    found = [each for each in found if agent in {None, each.request.agent}]
    hidden = len(standings) - len(found) if status == "open" and agent is None else 0
    give("migrations", lambda: [migration_as_json(each) for each in found],
         lambda: render_list(found, hidden), json=json)  # fmt: skip


@group.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A request, as in m12.", autocompletion=complete_request)],
    json: JsonOption = False,
) -> None:
    """One request: what it says, touches and loses, what it waits for, who decides.

    Example: `agentgrid migration show m12`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.migrations import migration_as_json, render_request

    found = open_grid().integration.migrations.show(id_)
    give("migration", lambda: migration_as_json(found, with_content=True), lambda: render_request(found), json=json)


@group.command()
def approve(
    ids: Ids,
    seen: Annotated[
        str | None,
        typer.Option(metavar="DIGEST", help="Of what you looked at (`show` has it); refused when it has changed."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Approve requests, as the owner of their lineage or as a person. A change afterwards drops the approval.

    Example: `agentgrid migration approve m12 --seen 3f2a91c`
    """
    from agentgrid.cli.answers import find_asker, open_grid

    grid = open_grid()
    _give_decided(grid.integration.migrations.approve(ids, find_asker(grid), seen=seen), grid, json)


@group.command()
def reject(
    ids: Ids,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; who asked is told.")] = "",
    json: JsonOption = False,
) -> None:
    """Reject requests, as the owner of their lineage or as a person. They can be changed and submitted again.

    Example: `agentgrid migration reject m12 --reason "users.email is read by the mailer"`
    """
    from agentgrid.cli.answers import find_asker, open_grid

    grid = open_grid()
    _give_decided(grid.integration.migrations.reject(ids, find_asker(grid), reason=reason), grid, json)


@group.command()
def withdraw(
    ids: Ids,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; those that wait for it are told.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Also when others depend on it: they are told.")] = False,
    json: JsonOption = False,
) -> None:
    """Take requests back: your own, or any of your lineage. A file that a branch carries stays there.

    Example: `agentgrid migration withdraw m12`
    """
    from agentgrid.cli.answers import find_asker, open_grid

    grid = open_grid()
    done = grid.integration.migrations.withdraw(ids, find_asker(grid), reason=reason, force=force)
    _give_decided(done, grid, json)


def _refuse_mix(files: list[str], *, is_asked: bool, has_down: bool) -> None:
    from agentgrid.errors import UsageError

    if "-" in files and len(files) > 1:
        raise UsageError("SQL on stdin doesn't go with files", hint="submit them one after the other")
    if is_asked and len(files) > 1:
        raise UsageError("one file at a time is asked for", hint="submit them one after the other")
    if has_down and not is_asked:
        raise UsageError("--down goes with --ask: of a file that a branch carries, the partner beside it goes along")


def _read_stdin() -> bytes:
    """As much as a migration may be long, and a byte that tells of more."""
    from agentgrid.integration.migrations.sql.text import LARGEST_BYTES

    return sys.stdin.buffer.read(LARGEST_BYTES + 1)


def _give_submitted(done: "Submitted", grid: "Grid", json: bool, *, is_one: bool) -> None:
    from agentgrid.render.migrations import render_submitted, submitted_as_json

    standings = {each.request.id: each for each in grid.integration.migrations.standings()}
    _give_all(lambda: submitted_as_json(done, standings), lambda: render_submitted(done), json, is_one=is_one)


def _give_decided(done: "Decided", grid: "Grid", json: bool) -> None:
    from agentgrid.render.migrations import migration_as_json, render_decided

    standings = {each.request.id: each for each in grid.integration.migrations.standings()}
    _give_all(lambda: [migration_as_json(standings[each.id]) for each in done.requests],
              lambda: render_decided(done), json, is_one=len(done.requests) == 1)  # fmt: skip


def _give_all(
    data: "Callable[[], list[dict[str, object]]]", text: "Callable[[], str]", json: bool, *, is_one: bool
) -> None:
    """What was asked about one request as that one, what was asked about several as a list."""
    from agentgrid.cli.answers import give

    give("migration" if is_one else "migrations", lambda: data()[0] if is_one else data(), text, json=json)


from agentgrid.cli import migration_integrate  # noqa: E402, F401 - it adds its command to the group above
