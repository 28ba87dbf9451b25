"""Sample repositories that are grids: a configuration with many rules or many agents, committed, and worktrees."""

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from agentgrid import __version__
from agentgrid.boundaries.policy.in_force_file import load_in_force
from agentgrid.boundaries.policy.publishing import publish
from agentgrid.config.in_force import find_in_force
from agentgrid.git.repository import Repository
from agentgrid.workspace.creation import create_desks, plan_desks
from bench_support.harness import CouldNotRun
from bench_support.workshop import Workshop
from support.sample_tree import AREAS, SERVICES

GRID = 'version: 1\nbase: main\nworktree: "../wt-{agent}"\ncommon: [services/common/**]\nunowned: warn\n'


def build_grid_of_areas(workshop: Workshop, name: str, *, files: int, rules: int, with_keys: bool = False) -> Path:
    """Four agents a1 .. a4, each with its area's services, spelt as `rules` patterns together, and a key."""
    shop = workshop.sample(name, files=files)
    owned = {
        f"a{number}": list(islice(_patterns(shop, services), max(rules // len(AREAS), len(services))))
        for number, (_, services) in enumerate(AREAS.values(), 1)
    }
    return _commit_grid(workshop, shop, owned, with_keys=with_keys)


def build_grid_of_agents(workshop: Workshop, name: str, *, files: int, agents: int) -> Path:
    """`agents` agents a1, a2, …; the first have a service each, the others a folder that isn't there yet."""
    shop = workshop.sample(name, files=files)
    places = [f"services/{service}/**" for service in SERVICES] + [f"new/{number}/**" for number in range(agents)]
    return _commit_grid(workshop, shop, {f"a{number}": [places[number - 1]] for number in range(1, agents + 1)})


def create_worktrees(shop: Path, agents: Sequence[str]) -> list[Path]:
    """Plans and makes the agents' worktrees as `agentgrid init` does; returns their paths."""
    repository = Repository.discover(shop)
    in_force = find_in_force(repository)
    plans, _ = plan_desks(repository, in_force.policy, in_force.base, agents, {})
    return [desk.path for desk in create_desks(repository, plans, report=lambda _agent, _stage: None)]


def publish_policy(shop: Path) -> None:
    """Compiles the policy in force to where hooks and quick commands read it; needs a worktree to be there.

    Raises CouldNotRun when it isn't found there: the slow way would be measured.
    """
    publish(Repository.discover(shop))
    if load_in_force(str(shop / ".git"), __version__) is None:
        raise CouldNotRun("the policy in force was not published")


def agent_names(count: int) -> list[str]:
    return [f"a{number}" for number in range(1, count + 1)]


def _commit_grid(workshop: Workshop, shop: Path, owned: dict[str, list[str]], *, with_keys: bool = False) -> Path:
    (shop / "agentgrid.yaml").write_text(GRID, encoding="utf-8")
    folder = shop / "config" / "agents"
    os.makedirs(folder)
    for agent, patterns in owned.items():
        lines = [f"id: {agent}", "area: work", "owns:", "  critical:", *(f"    - {pattern}" for pattern in patterns)]
        lines += [f"keys: {{API_KEY: env:API_KEY_{agent.upper()}}}"] if with_keys else []
        (folder / f"{agent}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    workshop.run("git", "add", "--all", cwd=shop)
    workshop.run("git", "commit", "--quiet", "-m", "Make it a grid", cwd=shop)
    return shop


def _patterns(shop: Path, services: Sequence[str]) -> Iterable[str]:
    """Whole services, then their folders, then single files: as many as anybody wants."""
    tops = [shop / "services" / service for service in services]
    modules = sorted(file for top in tops for file in top.rglob("*.py"))
    folders = sorted({file.parent for file in modules} - set(tops))
    yield from (f"{top.relative_to(shop).as_posix()}/**" for top in tops)
    yield from (f"{folder.relative_to(shop).as_posix()}/**" for folder in folders)
    yield from (file.relative_to(shop).as_posix() for file in modules)
