"""The picture of many dirty worktrees against `git status` one after the other, and GitPython on threads."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agentgrid.grid import Grid
from bench_support.grids import agent_names, build_grid_of_agents, create_worktrees, publish_policy
from bench_support.harness import Contender, CouldNotRun, Experiment, Target
from bench_support.workshop import Workshop
from git import Repo

OURS, CACHED, GIT, GITPYTHON = (
    "agentgrid",
    "agentgrid, untracked cache kept",
    "git status, one by one",
    "GitPython on threads",
)
STATUS = ("git", "status", "--porcelain=v2", "-z", "--branch")
CHANGED, STAGED, UNTRACKED = 12, 4, 6


def prepare(workshop: Workshop) -> list[Experiment]:
    files, count = (1000, 4) if workshop.quick else (5000, 16)
    plain = _build(workshop, "plain", files, count)
    cached = _build(workshop, "cached", files, count)
    for worktree in _worktrees(cached, count):
        workshop.run("git", "update-index", "--untracked-cache", cwd=worktree)
        workshop.run("git", "status", cwd=worktree)  # fills the cache
    worktrees = _worktrees(plain, count)
    _require_all_dirty(plain, count)

    def one_by_one() -> None:
        for worktree in worktrees:
            workshop.run(*STATUS, cwd=worktree)

    def on_threads() -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(_ask_gitpython, worktrees))

    return [
        Experiment(
            f"status: {count} dirty worktrees of {files} files",
            [
                Contender(OURS, lambda: Grid.open(plain).status()),
                Contender(CACHED, lambda: Grid.open(cached).status()),
                Contender(GIT, one_by_one),
                Contender(GITPYTHON, on_threads),
            ],
            [Target("#10", OURS, GIT, 0.6), Target("#10", CACHED, GIT, 0.4), Target("#10", OURS, GITPYTHON, 0.5)],
            workshop.rounds(9),
        )
    ]


def _build(workshop: Workshop, name: str, files: int, count: int) -> Path:
    shop = build_grid_of_agents(workshop, f"status-{name}", files=files, agents=count)
    for worktree in create_worktrees(shop, agent_names(count)):
        _make_dirty(workshop, worktree)
    publish_policy(shop)
    return shop


def _worktrees(shop: Path, count: int) -> list[Path]:
    return [shop.parent / f"wt-{agent}" for agent in agent_names(count)]


def _make_dirty(workshop: Workshop, worktree: Path) -> None:
    files = sorted((worktree / "services").rglob("*.py"))[:: max(1, 800 // (CHANGED + STAGED))]
    for file in files[: CHANGED + STAGED]:
        with file.open("a", encoding="utf-8") as stream:
            stream.write("\nCHANGED = True\n")
    workshop.run("git", "add", *files[:STAGED], cwd=worktree)
    for number in range(UNTRACKED):
        (worktree / f"note-{number}.txt").write_text("not yet\n", encoding="utf-8")


def _ask_gitpython(worktree: Path) -> tuple[int, int, int, int]:
    """The same facts as GitPython's users gather them."""
    with Repo(worktree) as repo:
        staged, unstaged = repo.index.diff("HEAD"), repo.index.diff(None)
        ahead = sum(1 for _ in repo.iter_commits("main..HEAD"))
        return len(staged), len(unstaged), len(repo.untracked_files), ahead


def _require_all_dirty(shop: Path, count: int) -> None:
    """An empty picture is quickly drawn."""
    dirty = [agent.files for agent in Grid.open(shop).status().agents]
    seen = [(each.staged, each.unstaged, each.untracked) for each in dirty if each is not None]
    if seen != [(STAGED, CHANGED, UNTRACKED)] * count:
        raise CouldNotRun(f"status saw other worktrees than there are: {seen}")
