"""A policy: the grid's configuration with all its agents, and where each key was written.

Files come from a commit or from a directory; both are read whole, checked whole, and named by their content.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agentgrid.config.documents import Document, KeyPath, format_key, parse_document
from agentgrid.config.environment import check_environment
from agentgrid.config.ordering import natural_key
from agentgrid.config.problems import nearest, validate_model
from agentgrid.config.schema import AgentConfig, GridConfig
from agentgrid.errors import ConfigError, ConfigProblem
from agentgrid.git.process import Git
from agentgrid.git.trees import list_directory, read_blobs

GRID_FILE = "agentgrid.yaml"
_DEFAULT_DIRECTORY = "config/agents"
TEMPLATE_FIELDS = {
    "worktree": frozenset({"repo", "agent", "area"}),
    "branch": frozenset({"agent", "area", "topic", "task", "type"}),
}


@dataclass(frozen=True)
class PolicyFiles:
    """The text of a policy: file name below the root → content. `local` names the agents of this machine alone."""

    grid: bytes
    agents: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the text is, as 40 hex digits: equal text, equal key, wherever it was read."""
        digest = hashlib.sha1(usedforsecurity=False)
        for name, content in (("", self.grid), *sorted(self.agents.items())):
            digest.update(os.fsencode(f"{name}\0{len(content)}\0"))
            digest.update(content)
        return digest.hexdigest()


@dataclass(frozen=True)
class Policy:
    """A checked policy. `agents` is ordered as the files are. `places`: agent → (document, key path in it)."""

    grid: GridConfig
    agents: Mapping[str, AgentConfig]
    documents: Mapping[str, Document]
    places: Mapping[str, tuple[str, KeyPath]]
    files: PolicyFiles

    def where(self, agent: str | None, *path: str | int) -> tuple[str, int | None]:
        """File and line where a key of the grid (agent None) or of an agent is written."""
        name, prefix = self.places[agent] if agent is not None else (GRID_FILE, ())
        return name, self.documents[name].line_of((*prefix, *path))

    def problem(self, agent: str | None, path: KeyPath, message: str, **more: str | None) -> ConfigProblem:
        name, prefix = self.places[agent] if agent is not None else (GRID_FILE, ())
        whole = (*prefix, *path)
        return ConfigProblem(name, self.documents[name].line_of(whole), format_key(whole), message, **more)


def read_directory(root: Path) -> PolicyFiles | None:
    """The policy files as they lie on disk below `root`; None when there is no agentgrid.yaml."""
    try:
        grid = (root / GRID_FILE).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError([ConfigProblem(GRID_FILE, None, "", f"can't be read: {error.strerror}")]) from error
    directory = agents_directory(grid)
    if directory is None or not (root / directory).is_dir():
        return PolicyFiles(grid)
    names = sorted(os.listdir(root / directory), key=natural_key)
    paths = [f"{directory}/{name}" for name in names if _is_yaml(name) and (root / directory / name).is_file()]
    return PolicyFiles(grid, {path: (root / path).read_bytes() for path in paths})


def read_tree(git: Git, treeish: str) -> PolicyFiles | None:
    """The policy files as committed in `treeish`; None when it has no agentgrid.yaml."""
    grid = read_blobs(git, treeish, [GRID_FILE]).get(GRID_FILE)
    if grid is None:
        return None
    directory = agents_directory(grid)
    names = sorted(list_directory(git, treeish, directory), key=natural_key) if directory else []
    paths = [f"{directory}/{name}" for name in names if _is_yaml(name)]
    return PolicyFiles(grid, read_blobs(git, treeish, paths))


def agents_directory(grid: bytes) -> str | None:
    """Where the agents' files are, read before the grid is checked; None when they stand in the grid's file."""
    document = parse_document(GRID_FILE, grid)
    value = document.value
    named = value.get("agents", _DEFAULT_DIRECTORY) if isinstance(value, dict) else _DEFAULT_DIRECTORY
    if not isinstance(named, str):
        return None
    directory = os.path.normpath(named)
    if directory in {".", ".."} or directory.startswith(("/", "../")):
        message = f"{named!r} is the root itself" if directory == "." else f"{named!r} leads out of the repository"
        problem = ConfigProblem(GRID_FILE, document.line_of(("agents",)), "agents", message,
                                accepted=f"a directory below the root: {_DEFAULT_DIRECTORY}")  # fmt: skip
        raise ConfigError([problem])
    return directory


def parse_policy(files: PolicyFiles) -> Policy:
    """Checks the files and what they say of each other. Raises ConfigError with every problem found."""
    problems: list[ConfigProblem] = []
    documents = {GRID_FILE: parse_document(GRID_FILE, files.grid)}
    for name, content in files.agents.items():
        documents[name] = parse_document(name, content)
    grid = validate_model(GridConfig, documents[GRID_FILE])
    if isinstance(grid, list):
        problems += grid
        grid = GridConfig()
    agents: dict[str, AgentConfig] = {}
    places: dict[str, tuple[str, KeyPath]] = {}
    taken: dict[str, str] = {}
    for name, prefix in _agent_places(documents):
        agent = _load_agent(documents[name], prefix)
        if isinstance(agent, list):
            problems += agent
        elif (other := taken.setdefault(agent.id.casefold(), agent.id)) in places:
            problems.append(_same_id(documents, (agent.id, name, prefix), (other, *places[other])))
        else:
            agents[agent.id], places[agent.id] = agent, (name, prefix)
    policy = Policy(grid, agents, documents, places, files)
    problems += _cross_check(policy)
    if problems:
        raise ConfigError(problems)
    return policy


def _agent_places(documents: Mapping[str, Document]) -> list[tuple[str, KeyPath]]:
    value = documents[GRID_FILE].value
    inline = value.get("agents") if isinstance(value, dict) else None
    if isinstance(inline, dict):
        return [(GRID_FILE, ("agents", agent)) for agent in inline]
    return [(name, ()) for name in documents if name != GRID_FILE]


def _load_agent(document: Document, prefix: KeyPath) -> AgentConfig | list[ConfigProblem]:
    if not prefix:
        return validate_model(AgentConfig, document)
    entry = document.value["agents"][prefix[1]]
    if isinstance(entry, dict):
        entry.setdefault("id", prefix[1])
    agent = validate_model(AgentConfig, document, prefix)
    if isinstance(agent, AgentConfig) and agent.id != prefix[1]:
        line = document.line_of((*prefix, "id"))
        return [ConfigProblem(document.name, line, format_key((*prefix, "id")), f"{agent.id!r} under {prefix[1]!r}")]
    return agent


def _same_id(
    documents: Mapping[str, Document], second: tuple[str, str, KeyPath], first: tuple[str, str, KeyPath]
) -> ConfigProblem:
    """Two agents (id, document, place in it) with one id, also where case makes no difference between file names."""
    (agent, name, prefix), (other, file, above) = second, first
    message = f"{other!r} is an agent already: {file}:{documents[file].line_of((*above, 'id'))}"
    if agent != other:
        message += f", and {agent!r} differs in case alone: on macOS both would have one worktree"
    return ConfigProblem(name, documents[name].line_of((*prefix, "id")), "id", message)


def _cross_check(policy: Policy) -> list[ConfigProblem]:
    problems: list[ConfigProblem] = _check_agents_directory(policy)
    known = list(policy.agents)
    for name, lineage in policy.grid.migrations.items():
        if lineage.owner is not None and lineage.owner not in known:
            problems.append(policy.problem(
                None, ("migrations", name, "owner"), f"there is no agent {lineage.owner!r}",
                accepted=", ".join(known) or "none yet", hint=_did_you_mean(lineage.owner, known)))  # fmt: skip
        if lineage.integrate == "train" and lineage.owner is None:
            problems.append(policy.problem(
                None, ("migrations", name, "integrate"), "work in the train is judged as its owner's: name one",
                accepted=f"`owner:` with one of {', '.join(known) or 'the agents'}, or `branch` here"))  # fmt: skip
    problems += _check_template(policy, None, "worktree", policy.grid.worktree)
    problems += _check_template(policy, None, "branch", policy.grid.branch)
    problems += check_environment(policy.problem, policy.grid, policy.agents.values())
    for agent in policy.agents.values():
        if agent.branch is not None:
            problems += _check_template(policy, agent.id, "branch", agent.branch)
        for index, other in enumerate(agent.permissions.approve):
            if other != "*" and other not in known:
                problems.append(policy.problem(
                    agent.id, ("permissions", "approve", index), f"there is no agent {other!r}",
                    accepted=", ".join(["*", *known]), hint=_did_you_mean(other, known)))  # fmt: skip
    return problems


def _check_agents_directory(policy: Policy) -> list[ConfigProblem]:
    """A directory that was named must have agents in it: a typo would leave everything unowned."""
    if not isinstance(policy.grid.agents, str):
        return []
    directory = os.path.normpath(policy.grid.agents)
    if directory == _DEFAULT_DIRECTORY or any(name.startswith(f"{directory}/") for name in policy.files.agents):
        return []
    accepted = f"a directory with a file for each agent; when the key is left out, {_DEFAULT_DIRECTORY}"
    return [policy.problem(None, ("agents",), f"there is no agent's file in {directory}", accepted=accepted)]


def _check_template(policy: Policy, agent: str | None, kind: str, template: str) -> list[ConfigProblem]:
    import string

    accepted = ", ".join(f"{{{name}}}" for name in sorted(TEMPLATE_FIELDS[kind]))
    try:
        parts = [part[1:] for part in string.Formatter().parse(template)]
    except ValueError as error:
        return [policy.problem(agent, (kind,), f"{template!r}: {error}", accepted=accepted)]
    fields = {name for name, _, _ in parts if name is not None}
    problems = [
        policy.problem(agent, (kind,), f"unknown field {{{name}}}", accepted=accepted)
        for name in sorted(fields - TEMPLATE_FIELDS[kind])
    ]
    if any(spec or conversion for _, spec, conversion in parts):
        problems.append(policy.problem(agent, (kind,), "a field has no format: write it bare", accepted=accepted))
    if agent is None and "agent" not in fields:
        problems.append(policy.problem(None, (kind,), "must contain {agent}: two agents would get one name"))
    if kind == "branch" and not fields & {"topic", "task"}:
        problems.append(policy.problem(agent, (kind,), "must contain {topic} or {task}", accepted=accepted))
    return problems


def _did_you_mean(word: str, known: list[str]) -> str | None:
    guess = nearest(word, known)
    return f"did you mean `{guess}`?" if guess else None


def _is_yaml(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) and not name.startswith(".")
