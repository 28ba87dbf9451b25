"""What `each` will run where: the agents that are meant, and each one's command."""

from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.config.policy import Policy
from agentgrid.errors import InputError, UsageError
from agentgrid.git.repository import Repository
from agentgrid.work.workplaces import Workplace, find_workplaces
from agentgrid.workspace.acting import require_own
from agentgrid.workspace.naming import require_agent


@dataclass(frozen=True, slots=True)
class Assignment:
    """One agent's part. `workplace`: None when it has nothing to do, and `skipped` says why. `shown`: the command for
    people."""

    agent: str
    command: tuple[str, ...]
    shown: str
    workplace: Workplace | None
    skipped: str | None = None


def choose_agents(policy: Policy, asked: str | None) -> tuple[str, ...]:
    """The agents of a list as typed (`a1,a3`), in its order; all of them for None. Raises InputError, UsageError."""
    if asked is None:
        return tuple(policy.agents)
    names = list(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    if not names:
        raise UsageError("--agents names no agent", hint="--agents a1,a3")
    return tuple(require_agent(policy, name).id for name in names)


def assign(
    repository: Repository,
    policy: Policy,
    agents: Sequence[str],
    *,
    command: Sequence[str] = (),
    name: str | None = None,
) -> list[Assignment]:
    """`command` for each of `agents`, or the command that each has under `name`; who has none, or no worktree, is
    skipped. Raises InputError when nobody has it, NotPermitted where an agent would run another's."""
    for agent in agents:
        require_own(repository, agent, "run commands for")
    if name is not None and not any(name in policy.agents[agent].commands for agent in agents):
        known = sorted({each for agent in agents for each in policy.agents[agent].commands})
        raise InputError(
            f"none of {', '.join(agents)} has a command {name!r} (commands: {', '.join(known) or 'none'})",
            hint=f"`commands: {{{name}: …}}` in config/agents, or: agentgrid each -- {name}",
        )
    places = find_workplaces(repository, policy)
    return [_assignment(policy, agent, places[agent], tuple(command), name) for agent in agents]


def _assignment(
    policy: Policy, agent: str, place: Workplace | str, command: tuple[str, ...], name: str | None
) -> Assignment:
    shown = " ".join(command)
    if name is not None:
        line = policy.agents[agent].commands.get(name)
        if line is None:
            return Assignment(agent, (), name, None, f"has no command {name!r}")
        command, shown = ("sh", "-c", line), line
    if isinstance(place, str):
        return Assignment(agent, command, shown, None, place)
    return Assignment(agent, command, shown, place)
