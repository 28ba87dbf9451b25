"""Grids of a few agents with their worktrees, without hooks: for tests of the worktrees themselves."""

from collections.abc import Mapping
from pathlib import Path

from agentgrid.config.policy import Policy, PolicyFiles, parse_policy
from agentgrid.git.base_ref import resolve_base
from agentgrid.git.repository import Repository
from agentgrid.workspace.creation import CreatedDesk, create_desks, plan_desks
from agentgrid.workspace.desks import Desk, find_desks
from support.repositories import Sandbox

AGENTS = {"a1": "id: a1\narea: core\n", "a2": "id: a2\narea: ai\n", "a3": "id: a3\n"}


def make_policy(grid: str = "version: 1\n", agents: Mapping[str, str] = AGENTS) -> Policy:
    """A policy from YAML texts: the grid's, and agent → its own."""
    files = {f"config/agents/{name}.yaml": text.encode() for name, text in agents.items()}
    return parse_policy(PolicyFiles(grid.encode(), files))


def no_hooks(*_: object) -> None:
    """In the place of `equip` and `unequip`."""


def silent(_agent: str, _stage: str) -> None:
    """In the place of a progress report."""


def open_repository(sandbox: Sandbox) -> Repository:
    return Repository.discover(sandbox.path)


def make_desks(
    repository: Repository, policy: Policy, *agents: str, topics: Mapping[str, str] | None = None
) -> list[CreatedDesk]:
    """Plans and creates, as a command would."""
    base = resolve_base(repository, policy.grid.base)
    plans, _ = plan_desks(repository, policy, base, agents, topics or {})
    return create_desks(repository, plans, report=silent, equip=no_hooks, unequip=no_hooks)


def make_desk(repository: Repository, policy: Policy, agent: str = "a1", topic: str = "cache") -> tuple[Desk, Sandbox]:
    """One agent's desk and its worktree."""
    made = make_desks(repository, policy, agent, topics={agent: topic})[0]
    return find_desks(repository)[agent], Sandbox(made.path)


def tree_of(top: Path) -> dict[str, bytes]:
    """Every file below `top` except `.git`, with its content (a link: where it points)."""
    found: dict[str, bytes] = {}
    for path in sorted(top.rglob("*")):
        name = path.relative_to(top).as_posix()
        if name == ".git" or name.startswith(".git/") or (path.is_dir() and not path.is_symlink()):
            continue
        found[name] = b"-> " + bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
    return found
