"""Making many worktrees, hooks and identity included, against `git worktree add` one after the other."""

import shutil
from collections.abc import Callable
from pathlib import Path

from bench_support.grids import agent_names, build_grid_of_agents, create_worktrees
from bench_support.harness import Contender, Experiment, Target
from bench_support.workshop import Workshop


def prepare(workshop: Workshop) -> list[Experiment]:
    files, count = (1000, 4) if workshop.quick else (5000, 16)
    original = build_grid_of_agents(workshop, "worktrees", files=files, agents=count)
    agents = agent_names(count)
    ours, theirs = workshop.scratch / "ours" / "shop", workshop.scratch / "theirs" / "shop"

    def make_with_git() -> None:
        for agent in agents:
            branch, place = f"work/{agent}", f"../wt-{agent}"
            workshop.run("git", "worktree", "add", "--quiet", "--no-track", "-b", branch, place, "main", cwd=theirs)

    return [
        Experiment(
            f"worktrees: {count} of {files} files in {workshop.place}",
            [
                Contender("agentgrid", lambda: create_worktrees(ours, agents), _copier(original, ours)),
                Contender("git worktree add, one by one", make_with_git, _copier(original, theirs)),
            ],
            [Target("#9", "agentgrid", "git worktree add, one by one", 0.6)],
            workshop.rounds(5),
        )
    ]


def _copier(original: Path, copy: Path) -> Callable[[], None]:
    """Puts a fresh copy of the repository where the last round's stood with its worktrees."""

    def reset() -> None:
        shutil.rmtree(copy.parent, ignore_errors=True)
        shutil.copytree(original, copy, symlinks=True)

    return reset
