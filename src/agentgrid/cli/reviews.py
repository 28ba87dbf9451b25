"""review request, approve, reject, list, show: one agent's work judged by another, or by a person."""

from typing import TYPE_CHECKING, Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import AgentArgument, JsonOption, complete_agent

if TYPE_CHECKING:
    from agentgrid.grid import Grid
    from agentgrid.integration.reviews.reviewing import Judged

group = typer.Typer(no_args_is_help=True, help="Reviews: ask for one, approve, reject, see what is missing.")
app.add_typer(group, name="review", rich_help_panel="Integration")

OwnArgument = Annotated[
    str | None,
    typer.Argument(metavar="[ID]", help="An agent; default: the worktree's.", autocompletion=complete_agent),
]
CommitOption = Annotated[
    str | None, typer.Option(metavar="COMMIT", help="What you looked at; refused when the work has moved on.")
]
KeyOption = Annotated[
    str | None, typer.Option(metavar="FILE", help="SSH key to sign it with; default: git's user.signingKey.")
]


@group.command()
def request(
    agent: OwnArgument = None,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="WHO", help="Ask them: agents, @persons.", autocompletion=complete_agent),
    ] = None,
    comment: Annotated[str, typer.Option(metavar="TEXT", help="What to look at.")] = "",
    json: JsonOption = False,
) -> None:
    """Ask for a review of an agent's committed work: of those whom the map names, or who may approve it.

    They are told at their next command. `review.missing` and `land` say what is still missing.

    Examples: `agentgrid review request`, `agentgrid review request a2 --to a1 --comment "the cache key"`
    """
    from agentgrid.cli.answers import find_asker, give, open_grid
    from agentgrid.integration.reviews.reviewing import require_named
    from agentgrid.render.reviews import render_requested, requested_as_json

    grid = open_grid()
    asker = find_asker(grid)
    done = grid.integration.reviews.request(require_named(agent, asker.agent), asker, to=to or (), comment=comment)
    give("review-request", lambda: requested_as_json(done), lambda: render_requested(done), json=json)


@group.command()
def approve(
    agent: AgentArgument,
    comment: Annotated[str, typer.Option(metavar="TEXT", help="The author is told.")] = "",
    commit: CommitOption = None,
    key: KeyOption = None,
    json: JsonOption = False,
) -> None:
    """Approve an agent's committed work as it is now; a new commit that changes it drops the approval.

    On this machine it counts at once. CI counts what is signed by a key that `signers` in agentgrid.yaml names.

    Example: `agentgrid review approve a2 --commit 3f2a91`
    """
    from agentgrid.cli.answers import find_asker

    grid = _open()
    _give(
        grid.integration.reviews.judge(agent, find_asker(grid), "approved", comment=comment, seen=commit, key=key), json
    )


@group.command()
def reject(
    agent: AgentArgument,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; the author is told.")] = "",
    commit: CommitOption = None,
    key: KeyOption = None,
    json: JsonOption = False,
) -> None:
    """Reject an agent's committed work as it is now: it doesn't land until it has changed, or you approve it.

    Example: `agentgrid review reject a2 --reason "the cache never expires"`
    """
    from agentgrid.cli.answers import find_asker

    grid = _open()
    _give(
        grid.integration.reviews.judge(agent, find_asker(grid), "rejected", comment=reason, seen=commit, key=key), json
    )


@group.command("list")
def list_reviews(json: JsonOption = False) -> None:
    """Every agent's work: what was said about it, and what is missing before it lands.

    Example: `agentgrid review list`
    """
    from agentgrid.cli.answers import give
    from agentgrid.render.reviews import render_list, work_as_json

    found = _open().integration.reviews.list_all()
    give("reviews", lambda: [work_as_json(each) for each in found], lambda: render_list(found), json=json)


@group.command()
def show(agent: OwnArgument = None, json: JsonOption = False) -> None:
    """One agent's work: whom the map asks, what was said, what a later commit dropped.

    Example: `agentgrid review show a2`
    """
    from agentgrid.cli.answers import give
    from agentgrid.integration.reviews.reviewing import require_named
    from agentgrid.render.reviews import render_work, work_as_json

    grid = _open()
    found = grid.integration.reviews.show(require_named(agent, grid.acting_agent()))
    give("review", lambda: work_as_json(found), lambda: render_work(found), json=json)


def _open() -> "Grid":
    from agentgrid.cli.answers import open_grid

    return open_grid()


def _give(done: "Judged", json: bool) -> None:
    from agentgrid.cli.answers import give
    from agentgrid.render.reviews import judged_as_json, render_judged

    give("review", lambda: judged_as_json(done), lambda: render_judged(done), json=json)
