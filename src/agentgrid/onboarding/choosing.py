"""Which agents `init` is asked for: a number or ids, and those of them that get a worktree."""

from collections.abc import Sequence

from agentgrid.config.policy import Policy
from agentgrid.errors import InputError
from agentgrid.onboarding.discovery.split import default_agent_ids

MOST_AGENTS = 200


def name_agents(asked: str | None) -> Sequence[str]:
    """Ids from what was typed: `3`, or `ann,bob`; none when nothing was. Raises InputError for neither."""
    if asked is None:
        return ()
    if asked.isascii() and asked.isdigit():
        if not 1 <= int(asked) <= MOST_AGENTS:
            raise InputError(f"--agents {asked}: from 1 to {MOST_AGENTS} agents")
        return default_agent_ids(int(asked))
    names = [agent.strip() for agent in asked.split(",")]
    if not all(names):
        raise InputError(f"--agents {asked!r}: an id is missing", hint="a number, or ids: --agents a1,a2")
    return list(dict.fromkeys(names))


def choose_agents(policy: Policy, asked: str | None) -> list[str]:
    """Agents of a policy that is there, or of a preset, that get a worktree: all, the first N, or those named.

    Raises InputError when it has no such agent, or not so many.
    """
    known = list(policy.agents)
    if asked is None:
        return known
    named = name_agents(asked)
    if asked.isdigit():
        if len(named) > len(known):
            raise InputError(f"--agents {asked}: the policy has {len(known)} ({', '.join(known)})",
                             hint="one more: agentgrid agent add ID")  # fmt: skip
        return known[: len(named)]
    return require_agents(policy, named)


def require_agents(policy: Policy, named: Sequence[str]) -> list[str]:
    """Exactly these. Raises InputError for one that the policy doesn't have."""
    known = list(policy.agents)
    for agent in named:
        if agent not in known:
            raise InputError(f"there is no agent {agent!r} (agents: {', '.join(known)})",
                             hint=f"agentgrid agent add {agent}")  # fmt: skip
    return list(named)
