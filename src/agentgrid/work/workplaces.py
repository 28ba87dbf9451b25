"""Where an agent's commands run, and what they may use there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from agentgrid.config.policy import Policy
from agentgrid.errors import InputError
from agentgrid.git.repository import Repository
from agentgrid.workspace.budgets.limits import Limits
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.naming import require_agent


class Redaction(Protocol):
    """Takes secrets out of one stream of output, piece by piece."""

    def feed(self, piece: bytes) -> bytes:
        """What can be shown by now."""

    def finish(self) -> bytes:
        """The rest, at the end of the stream."""


class NoRedaction:
    """For an environment without secrets."""

    def feed(self, piece: bytes) -> bytes:
        return piece

    def finish(self) -> bytes:
        return b""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The environment of an agent's processes. `variables` may hold keys: they go to the process and nowhere else.
    `open_redaction`: what takes them out of a stream that is kept."""

    variables: Mapping[str, str] = field(repr=False)
    open_redaction: Callable[[], Redaction] = NoRedaction


SurroundingsOf = Callable[[str, Path], Surroundings]  # agent, its worktree


@dataclass(frozen=True, slots=True)
class Workplace:
    """`number`: the agent's place among all agents, from 0."""

    agent: str
    path: Path
    limits: Limits
    number: int


def find_workplaces(repository: Repository, policy: Policy) -> dict[str, Workplace | str]:
    """Agent → its workplace, or why it has none; in the order of the policy."""
    desks = find_desks(repository)
    return {
        agent: _workplace(desks.get(agent), agent, Limits.of(config.budget), number)
        for number, (agent, config) in enumerate(policy.agents.items())
    }


def require_workplace(repository: Repository, policy: Policy, agent: str) -> Workplace:
    """The workplace of `agent`. Raises InputError when there is no such agent, or it has no worktree."""
    require_agent(policy, agent)
    found = find_workplaces(repository, policy)[agent]
    if isinstance(found, str):
        raise InputError(f"{agent} {found}", hint="agentgrid init makes it; agentgrid agent repair mends it")
    return found


def _workplace(desk: Desk | None, agent: str, limits: Limits, number: int) -> Workplace | str:
    if desk is None:
        return "has no worktree"
    if not desk.worktree.path.is_dir():
        return f"has lost its worktree: {desk.worktree.path} isn't there"
    return Workplace(agent, desk.worktree.path, limits, number)
