"""The policy files that `init` would write: a preset's or a proposal's, fitted to this repository."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentgrid.config.documents import parse_document
from agentgrid.config.policy import GRID_FILE, PolicyFiles
from agentgrid.config.presets import AGENTS_DIRECTORY, load_preset
from agentgrid.config.problems import validate_model
from agentgrid.config.schema import SHIPPED_RULES, AgentConfig, GridConfig
from agentgrid.errors import ConfigError
from agentgrid.onboarding.discovery.split import default_agent_ids, propose_split
from agentgrid.onboarding.discovery.tree_facts import TreeFacts
from agentgrid.onboarding.discovery.writing import compose_files

OTHER_AGENTS_DIRECTORY = ".agentgrid/agents"
SCHEMA_FOLDER = ".schema"
_MOST_AGENTS_BY_DEFAULT = 4


@dataclass(frozen=True)
class Draft:
    """Files to write, below the root. `topics`: agent → topic of its first branch. `notes`: for the person."""

    files: PolicyFiles
    agents_directory: str
    topics: Mapping[str, str]
    notes: tuple[str, ...]


def draft_from_preset(name: str, *, base: str, agents_directory: str, observe: bool) -> Draft:
    """A shipped preset with this repository's base and directory. Raises InputError for an unknown name."""
    preset = load_preset(name)
    grid = preset.files.grid.decode()
    grid = re.sub(r"(?m)^base: .*$", f"base: {json.dumps(base) if not base.isalnum() else base}", grid, count=1)
    if agents_directory != AGENTS_DIRECTORY:
        grid = grid.replace(f"{AGENTS_DIRECTORY}/**", f"/{agents_directory}/**")
        grid = re.sub(r"(?m)^(base: .*)$", rf"\1\nagents: {agents_directory}", grid, count=1)
    if observe:
        grid += "rules:  # observing: nothing is refused yet; take this block away to enforce the boundaries\n"
        grid += "".join(f"  {rule}: warn\n" for rule in SHIPPED_RULES)
    agents = {
        f"{agents_directory}/{os.path.basename(path)}": schema_line(f"{SCHEMA_FOLDER}/agent.json") + content
        for path, content in preset.files.agents.items()
    }
    files = PolicyFiles(schema_line(f"{agents_directory}/{SCHEMA_FOLDER}/grid.json") + grid.encode(), agents)
    return Draft(files, agents_directory, preset.topics, ())


def draft_from_tree(
    facts: TreeFacts, agents: Sequence[str], *, repo_name: str, base: str, agents_directory: str, observe: bool
) -> Draft:
    """A split of the tree over `agents` (how many is decided here when there are none named)."""
    if not agents:
        services = propose_split(facts, ("a1",), repo_name=repo_name).services
        agents = default_agent_ids(max(2, min(_MOST_AGENTS_BY_DEFAULT, len(services))))
    proposal = propose_split(facts, agents, repo_name=repo_name)
    files = compose_files(
        proposal,
        agents,
        base=base,
        agents_directory=agents_directory,
        observe=observe,
        grid_schema=f"{agents_directory}/{SCHEMA_FOLDER}/grid.json",
        agent_schema=f"{SCHEMA_FOLDER}/agent.json",
    )
    return Draft(files, agents_directory, {}, tuple(proposal.notes))


def choose_agents_directory(present: Mapping[str, bytes]) -> str:
    """`config/agents`, or another place when YAML that isn't ours is in there (`present`: name → content)."""
    for name, content in present.items():
        try:
            if isinstance(validate_model(AgentConfig, parse_document(name, content)), list):
                return OTHER_AGENTS_DIRECTORY
        except ConfigError:
            return OTHER_AGENTS_DIRECTORY
    return AGENTS_DIRECTORY


def schema_files(agents_directory: str) -> dict[str, bytes]:
    """JSON Schemas for editors, beside the agents' files: path below the root → content."""
    folder = f"{agents_directory}/{SCHEMA_FOLDER}"
    return {
        f"{folder}/grid.json": schema_text("grid").encode(),
        f"{folder}/agent.json": schema_text("agent").encode(),
    }


def schema_text(kind: str) -> str:
    """The JSON Schema of `agentgrid.yaml` (`grid`) or of an agent's file (`agent`)."""
    model = GridConfig if kind == "grid" else AgentConfig
    schema = model.model_json_schema()
    schema["title"] = GRID_FILE if kind == "grid" else "an agent's file"
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=1) + "\n"


def schema_line(path: str) -> bytes:
    """What tells an editor where the schema of a YAML file is, relative to that file."""
    return f"# yaml-language-server: $schema={path}\n".encode()
