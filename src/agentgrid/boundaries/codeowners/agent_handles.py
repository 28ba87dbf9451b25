"""Which agent a handle of a CODEOWNERS file stands for: one that says so in `codeowners`, or a new one, named after
it."""

import re
from collections.abc import Iterable, Mapping

from agentgrid.config.owner_handles import same_handle
from agentgrid.config.policy import Policy
from agentgrid.errors import ConfigProblem

_LONGEST_ID = 40


def find_known_handles(policy: Policy) -> tuple[dict[str, str], list[ConfigProblem]]:
    """Handle (as `same_handle` gives it) → agent; and a problem for each that two agents name."""
    known: dict[str, str] = {}
    problems: list[ConfigProblem] = []
    for agent in policy.agents.values():
        for index, handle in enumerate(agent.codeowners):
            other = known.setdefault(same_handle(handle), agent.id)
            if other != agent.id:
                problems.append(policy.problem(agent.id, ("codeowners", index), f"{handle} stands for {other} already"))
    return known, problems


def name_agents(handles: Iterable[str], taken: Iterable[str]) -> Mapping[str, str]:
    """A new agent's id for each handle: `@octo-org/docs` is `docs`, or `octo-org-docs` where that is `taken`."""
    used = {agent.casefold() for agent in taken}
    named: dict[str, str] = {}
    for handle in handles:
        wishes = [*_wishes(handle), *(f"{_wishes(handle)[0][:36]}-{number}" for number in range(2, 1000))]
        agent = next(wish for wish in wishes if wish.casefold() not in used)
        used.add(agent.casefold())
        named[handle] = agent
    return named


def _wishes(handle: str) -> list[str]:
    """The team, the account, the part of an address before its @; then all of it."""
    plain = handle.removeprefix("@")
    short = plain.partition("/")[2] or plain.partition("@")[0]
    return [_as_id(short), _as_id(plain)]


def _as_id(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")[:_LONGEST_ID].rstrip("-_") or "owner"
