"""The input of the guard's benchmarks: a grid with many rules, an agent's worktree, many staged paths."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench_support.grids import build_grid_of_areas, create_worktrees, publish_policy
from bench_support.harness import CouldNotRun
from bench_support.workshop import PROGRAMS, Workshop
from support.sample_tree import AREAS

AGENT = "a1"
FOREIGN_FILE = "services/revenue/main.py"
COMMON_FILE = "services/common/cache.py"


@dataclass(frozen=True, slots=True)
class Guarded:
    """`hook`: the installed pre-commit. `environment`: what git adds for a hook in this worktree."""

    worktree: Path
    hook: Path
    environment: dict[str, str]


def build_guarded(
    workshop: Workshop, name: str, *, files: int, rules: int, staged: int, with_keys: bool = False
) -> Guarded:
    """A repository of `files` files whose four agents have `rules` patterns together; `staged` changes of agent a1.

    Raises CouldNotRun unless the guard passes what is staged and refuses a foreign path: a guard that is asleep
    would win every race.
    """
    shop = build_grid_of_areas(workshop, name, files=files, rules=rules, with_keys=with_keys)
    [worktree] = create_worktrees(shop, [AGENT])
    publish_policy(shop)
    workshop.run(PROGRAMS / "agentgrid", "lock", COMMON_FILE, cwd=worktree)  # so that there are leases to read
    stage_changes(workshop, worktree, staged)
    hooks = Path(workshop.run("git", "config", "core.hooksPath", cwd=worktree).strip())
    git_dir = workshop.run("git", "rev-parse", "--absolute-git-dir", cwd=worktree).strip()
    guarded = Guarded(worktree, hooks / "pre-commit", {"GIT_DIR": git_dir, "GIT_INDEX_FILE": f"{git_dir}/index"})
    _require_awake(workshop, guarded)
    return guarded


def stage_changes(workshop: Workshop, worktree: Path, count: int) -> None:
    """Appends a line to `count` files of agent a1's services and stages them."""
    services = AREAS["core"][1]
    files = sorted(file for service in services for file in (worktree / "services" / service).rglob("*.py"))
    if len(files) < count:
        raise CouldNotRun(f"only {len(files)} files to stage, not {count}")
    for file in files[:count]:
        _change(file)
    workshop.run("git", "add", "--all", cwd=worktree)


def _require_awake(workshop: Workshop, guarded: Guarded) -> None:
    workshop.run(guarded.hook, cwd=guarded.worktree, env=guarded.environment)
    _change(guarded.worktree / FOREIGN_FILE)
    workshop.run("git", "add", FOREIGN_FILE, cwd=guarded.worktree)
    answer = subprocess.run(
        [guarded.hook],
        cwd=guarded.worktree,
        env={**workshop.environment, **guarded.environment},
        capture_output=True,
        check=False,
    )
    workshop.run("git", "restore", "--staged", "--worktree", FOREIGN_FILE, cwd=guarded.worktree)
    if answer.returncode != 1:
        raise CouldNotRun(f"the guard let a foreign path pass: exit {answer.returncode}")


def _change(file: Path) -> None:
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\nCHANGED = True\n")
