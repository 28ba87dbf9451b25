"""A proposal who owns what: services dealt out by size and by what changes together, the rest placed or left open.

Pure: the same facts give the same proposal.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from agentgrid.config.policy import GRID_FILE
from agentgrid.onboarding.discovery.folders import folder_sizes, innermost
from agentgrid.onboarding.discovery.leftovers import find_leftovers
from agentgrid.onboarding.discovery.pattern_text import folder_pattern, to_area
from agentgrid.onboarding.discovery.placing import place_folders
from agentgrid.onboarding.discovery.risk import COMMON, Risk, assess_risks
from agentgrid.onboarding.discovery.services import Service, build_services
from agentgrid.onboarding.discovery.shared_code import CommonCode, find_common, find_derived
from agentgrid.onboarding.discovery.split_notes import make_notes
from agentgrid.onboarding.discovery.tree_facts import TreeFacts
from agentgrid.onboarding.discovery.units import find_units

AGENTS_DIRECTORY = "config/agents"
AGENTS_PATTERN = f"/{AGENTS_DIRECTORY}/**"
# What the server's checks are made of: an agent that may change them judges itself.
_CI_FOLDERS = (".github", ".gitlab", ".circleci", ".buildkite")
_CI_FILES = (".gitlab-ci.yml", "azure-pipelines.yml", "Jenkinsfile")


@dataclass(frozen=True)
class AgentShare:
    """One agent's part. `services`: their names. `patterns`: what it owns besides. `share`: 0 to 1 of all bytes."""

    agent: str
    area: str
    services: tuple[str, ...]
    patterns: tuple[str, ...]
    size_bytes: int
    share: float
    risk: Risk


@dataclass(frozen=True)
class Proposal:
    """What `agentgrid init` would write. `derived`: pattern → command. `notes`: sentences for people."""

    services: tuple[Service, ...]
    common: tuple[CommonCode, ...]
    derived: Mapping[str, str]
    frozen: tuple[str, ...]
    shares: tuple[AgentShare, ...]
    notes: tuple[str, ...]


def default_agent_ids(count: int) -> tuple[str, ...]:
    """`a1` … `aN`."""
    return tuple(f"a{number}" for number in range(1, count + 1))


def propose_split(facts: TreeFacts, agent_ids: Sequence[str], *, repo_name: str) -> Proposal:
    """Splits a tree over `agent_ids`; the first gets the largest service. `repo_name` names a lone agent's area.

    No path is claimed by two agents. Common code, tests, documentation and files beside the services' folders are
    nobody's; `notes` says what and why.
    """
    units = find_units(facts, len(agent_ids))
    common = find_common(facts, build_services(facts, units))
    apart = frozenset(code.path for code in common)
    fixed = _frozen_places(facts)
    nobodys = frozenset({*apart, *fixed})
    kept = {folder: by for folder, by in units.items() if innermost(folder, nobodys) is None}
    services = build_services(facts, kept, nobodys)
    leftovers = find_leftovers(facts.sizes, nobodys | kept.keys())
    owners = place_folders(facts, agent_ids, services, leftovers)
    answers = {**owners, **dict.fromkeys(apart, COMMON), **dict.fromkeys(fixed, None)}
    areas = {agent_ids[0]: repo_name} if len(agent_ids) == 1 and len(services) != 1 else {}
    return Proposal(
        services=tuple(services),
        common=tuple(common),
        derived=find_derived(facts),
        frozen=_frozen_patterns(fixed),
        shares=tuple(_make_shares(facts, agent_ids, services, answers, areas)),
        notes=make_notes(services, leftovers, owners, agents=len(agent_ids), commits=len(facts.history)),
    )


def _frozen_places(facts: TreeFacts) -> list[str]:
    folders = folder_sizes(facts.sizes)
    places = [folder for folder in (AGENTS_DIRECTORY, *_CI_FOLDERS) if folder in folders]
    return places + [path for path in (GRID_FILE, *_CI_FILES) if path in facts.sizes]


def _frozen_patterns(present: Collection[str]) -> tuple[str, ...]:
    folders = [f"/{folder}/**" for folder in _CI_FOLDERS if folder in present]
    files = [f"/{path}" for path in _CI_FILES if path in present]
    return (f"/{GRID_FILE}", AGENTS_PATTERN, *folders, *files)


def _make_shares(
    facts: TreeFacts,
    agent_ids: Sequence[str],
    services: Sequence[Service],
    answers: Mapping[str, str | None],
    areas: Mapping[str, str],
) -> list[AgentShare]:
    """`answers`: folder or file → agent, COMMON or None. `areas`: those that are not to be named by a service."""

    def owner_of(path: str) -> str | None:
        place = innermost(path, answers)
        return None if place is None else answers[place]

    owned = dict.fromkeys(agent_ids, 0)
    for path, size in facts.sizes.items():
        owner = owner_of(path)
        if owner in owned:
            owned[owner] += size
    total = sum(facts.sizes.values()) or 1
    risks = assess_risks(facts, agent_ids, owner_of)
    shares: list[AgentShare] = []
    for agent, size in owned.items():
        names, area, patterns = _describe_part(agent, services, answers)
        area = to_area(areas.get(agent, area))
        shares.append(AgentShare(agent, area, names, patterns, size, size / total, risks[agent]))
    return shares


def _describe_part(
    agent: str, services: Sequence[Service], answers: Mapping[str, str | None]
) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Names of the agent's services, that of its largest one, and patterns for the folders it has besides."""
    its = {service.folder: service for service in services if answers[service.folder] == agent}
    largest = max(its.values(), key=lambda service: (service.size_bytes, service.name), default=None)
    besides = sorted(place for place, owner in answers.items() if owner == agent and place not in its)
    names = tuple(service.name for service in its.values())
    return names, largest.name if largest else agent, tuple(folder_pattern(place) for place in besides)
