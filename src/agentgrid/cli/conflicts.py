"""conflicts: where agents' work meets, and in which order to land it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import JsonOption, complete_agent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentgrid.grid import Grid
    from agentgrid.insight.conflict_view import ConflictView

_REFRESH_S = 2.0


@app.command(rich_help_panel="Integration")
def conflicts(
    agents: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]…", help="Only these; default: all.", autocompletion=complete_agent),
    ] = None,
    committed_only: Annotated[
        bool, typer.Option("--committed-only", help="Leave out what is not committed yet.")
    ] = False,
    order: Annotated[bool, typer.Option("--order/--no-order", help="Propose an order to land in.")] = True,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Again when something changed, until Ctrl-C.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Answer in Markdown.")] = False,
    json: JsonOption = False,
) -> int:
    """Every pair of agents, and each against the base: what merges, what doesn't, and in which order to land.

    Uncommitted and untracked work is part of it; nobody's files are touched. Exit code 1 when there is a conflict, or
    something can't be told.

    Examples: `agentgrid conflicts`, `agentgrid conflicts a1 a2 --json`, `agentgrid conflicts --watch`
    """
    from agentgrid.cli.answers import open_grid
    from agentgrid.errors import UsageError

    if json and markdown:
        raise UsageError("--json and --markdown: one answer at a time")
    form = "json" if json else "markdown" if markdown else "text"
    asked = _Question(tuple(dict.fromkeys(agents or [])), committed_only, order)
    grid = open_grid()
    if watch:
        return _watch(asked, form)
    view = asked.ask(grid)
    _answer(view, form)
    return 0 if view.is_clean else 1


@dataclass(frozen=True)
class _Question:
    """What is asked of the grid."""

    agents: "Sequence[str]"
    committed_only: bool
    with_order: bool

    def ask(self, grid: "Grid", *, is_quiet: bool = False) -> "ConflictView":
        from agentgrid.insight.conflict_view import view_conflicts
        from agentgrid.render.conflicts.screen import Progressing

        with Progressing(is_wanted=not is_quiet) as progressing:
            report = grid.integration.conflicts(
                self.agents,
                committed_only=self.committed_only,
                with_order=self.with_order,
                progress=progressing.show,
            )
        return view_conflicts(report)


def _watch(asked: _Question, form: str) -> int:
    """Asks again and again, with the policy and the base of that moment; shows what is new."""
    from agentgrid.grid import Grid
    from agentgrid.render.conflicts.screen import ConflictScreen
    from agentgrid.render.reader import Reader

    reader = Reader()
    shown: ConflictView | None = None
    with ConflictScreen(is_wanted=form == "text") as screen:
        while True:
            view = asked.ask(Grid.open(Path.cwd()), is_quiet=screen.is_live)
            if not screen.show(view) and view != shown:
                _answer(view, form)
            shown = view
            if not reader.waits(_REFRESH_S):
                return 0


def _answer(view: "ConflictView", form: str) -> None:
    from agentgrid.cli.answers import give
    from agentgrid.render.conflicts.markdown import render_conflicts_markdown
    from agentgrid.render.conflicts.structured import conflicts_as_json
    from agentgrid.render.conflicts.terminal import render_conflicts

    render = render_conflicts_markdown if form == "markdown" else render_conflicts
    give("conflicts", lambda: conflicts_as_json(view), lambda: render(view), json=form == "json")
