"""What the configuration says of agents' environments, checked: names of variables, references to keys."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agentgrid.config.problems import nearest
from agentgrid.config.schema import AgentConfig, GridConfig
from agentgrid.errors import ConfigProblem
from agentgrid.machine.secrets.references import ACCEPTED, VARIABLE, Reference, parse_reference

RESERVED = "AGENT_ID"  # which agent a process is
RESERVED_PREFIX = "AGENTGRID_"
NAME_ACCEPTED = "letters, digits and _, not a digit first: OPENAI_API_KEY"
RULES = ("safe", "all")

Complain = Callable[..., ConfigProblem]  # (agent or None, key path, message, accepted=, hint=)


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One key of an agent: the variable that its processes get, and where the value is."""

    agent: str
    name: str
    reference: Reference


def key_entries(agent: AgentConfig) -> list[KeyEntry]:
    """The keys of an agent whose configuration was checked."""
    return [KeyEntry(agent.id, name, parse_reference(text)) for name, text in agent.keys.items()]


def check_environment(complain: Complain, grid: GridConfig, agents: Iterable[AgentConfig]) -> list[ConfigProblem]:
    """Every mistake in `env` and in the agents' `keys`."""
    problems = [complain(None, ("env", "set", name), *found) for name in grid.env.set for found in _name_faults(name)]
    if isinstance(grid.env.inherit, tuple):
        for index, name in enumerate(grid.env.inherit):
            if not VARIABLE.fullmatch(name):
                problems.append(complain(None, ("env", "inherit", index), f"{name!r} can't be a variable's name",
                                         accepted="safe, all, or a list of names (with `safe` among them: besides)",
                                         hint=_did_you_mean(name)))  # fmt: skip
    for agent in agents:
        for name, text in agent.keys.items():
            problems += [complain(agent.id, ("keys", name), *found) for found in _name_faults(name)]
            try:
                parse_reference(text)
            except ValueError as error:
                problems.append(complain(agent.id, ("keys", name), str(error), accepted=ACCEPTED))
    return problems


def _name_faults(name: str) -> list[tuple[str]]:
    if not VARIABLE.fullmatch(name):
        return [(f"{name!r} can't be a variable's name: {NAME_ACCEPTED}",)]
    if name == RESERVED or name.startswith(RESERVED_PREFIX):
        return [(f"{name} says which agent a process is, and is set by agentgrid alone",)]
    return []


def _did_you_mean(name: str) -> str | None:
    guess = nearest(name, list(RULES))
    return f"did you mean `{guess}`?" if guess else None
