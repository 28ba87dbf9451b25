"""An ordinary command against an empty Typer command that is started the same way, and against Python alone."""

import sys

from bench_support.grids import build_grid_of_areas, create_worktrees, publish_policy
from bench_support.harness import Contender, Experiment, Target
from bench_support.workshop import PROGRAMS, Workshop, write_program

EMPTY_TYPER = """\
#!{python}
import typer

app = typer.Typer()


@app.command()
def owner(path: str) -> None:
    print(path)


@app.command()
def locks() -> None: ...


if __name__ == "__main__":
    app()
"""
PATH = "services/common/cache.py"


def prepare(workshop: Workshop) -> list[Experiment]:
    shop = build_grid_of_areas(workshop, "start-up", files=800, rules=40)
    [worktree] = create_worktrees(shop, ["a1"])
    publish_policy(shop)
    empty = write_program(workshop.scratch / "empty-typer", EMPTY_TYPER.format(python=sys.executable))
    contenders = [
        Contender("agentgrid owner", workshop.act(PROGRAMS / "agentgrid", "owner", PATH, cwd=shop)),
        Contender("agentgrid lock", workshop.act(PROGRAMS / "agentgrid", "lock", PATH, cwd=worktree)),
        Contender("agentgrid locks", workshop.act(PROGRAMS / "agentgrid", "locks", cwd=worktree)),
        Contender("empty typer command", workshop.act(empty, "owner", PATH, cwd=shop)),
        Contender("python -c pass", workshop.act(sys.executable, "-c", "pass", cwd=shop)),
    ]
    ours = ("agentgrid owner", "agentgrid lock", "agentgrid locks")
    targets = [Target("#4", name, "empty typer command", 1.4) for name in ours]
    return [Experiment("start-up: an ordinary command", contenders, targets, workshop.rounds(25))]
