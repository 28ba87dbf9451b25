"""Which agent gets which folder: services first, then what lies beside them, then the services' tests and pages."""

from collections.abc import Mapping, Sequence

from agentgrid.onboarding.discovery.balance import deal_out
from agentgrid.onboarding.discovery.coupling import Coupling, measure_coupling, places_touched
from agentgrid.onboarding.discovery.folders import folder_sizes, is_hidden, is_vendored, subfolders
from agentgrid.onboarding.discovery.leftovers import Leftovers, is_everyones
from agentgrid.onboarding.discovery.services import Service
from agentgrid.onboarding.discovery.tree_facts import TreeFacts

_CLOSE = 0.3
_NESTED = 0.5


def place_folders(
    facts: TreeFacts, agent_ids: Sequence[str], services: Sequence[Service], leftovers: Leftovers
) -> dict[str, str]:
    """Each folder that an agent gets → that agent; empty without agents."""
    if not agent_ids:
        return {}
    sizes = folder_sizes(facts.sizes)
    folders = {service.folder: service.size_bytes for service in services}
    rest = {folder: sizes[folder] for folder in leftovers.folders if not is_everyones(folder)}
    coupling = measure_coupling(places_touched(facts.history, {*folders, *rest}, folders))
    dealt = deal_out(folders, len(agent_ids), lambda one, two: max(_nearness(one, two), coupling.affinity(one, two)))
    owners = {folder: agent_ids[number] for folder, number in dealt.items()}
    companions = _place_companions(sizes, services, leftovers, owners)
    return {**owners, **_place_rest(rest, folders, owners, agent_ids, coupling), **companions}


def _nearness(one: str, two: str) -> float:
    """A service inside another had better stay with it."""
    return _NESTED if one.startswith(f"{two}/") or two.startswith(f"{one}/") else 0.0


def _place_rest(
    rest: Mapping[str, int],
    services: Mapping[str, int],
    owners: Mapping[str, str],
    agent_ids: Sequence[str],
    coupling: Coupling,
) -> dict[str, str]:
    """Scripts, infrastructure and small folders: to the owner of what they change with, else to the lightest."""
    loads = dict.fromkeys(agent_ids, 0)
    for folder, agent in owners.items():
        loads[agent] += services[folder]
    placed: dict[str, str] = {}
    for folder in sorted(rest, key=lambda one: (-rest[one], one)):
        affinity, near = max(((coupling.affinity(folder, one), one) for one in services), default=(0.0, ""))
        agent = owners[near] if affinity >= _CLOSE else min(agent_ids, key=lambda one: loads[one])
        placed[folder] = agent
        loads[agent] += rest[folder]
    return placed


def _place_companions(
    sizes: Mapping[str, int], services: Sequence[Service], leftovers: Leftovers, owners: Mapping[str, str]
) -> dict[str, str]:
    """`tests/billing` and `docs/billing` go with the service whose folder is the only one called billing."""
    called: dict[str, list[str]] = {}
    for service in services:
        called.setdefault(service.folder.rpartition("/")[2], []).append(service.folder)
    shared = [one for one in leftovers.folders if is_everyones(one) and not (is_hidden(one) or is_vendored(one))]
    placed: dict[str, str] = {}
    for folder in (inside for parent in shared for inside in subfolders(sizes, parent)):
        namesakes = called.get(folder.rpartition("/")[2], [])
        if len(namesakes) == 1:
            placed[folder] = owners[namesakes[0]]
    return placed
