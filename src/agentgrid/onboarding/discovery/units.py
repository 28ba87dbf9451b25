"""Which folders a split deals out: the services, or top-level folders where there are none; large ones divided."""

from collections.abc import Mapping

from agentgrid.onboarding.discovery.folders import folder_sizes, subfolders
from agentgrid.onboarding.discovery.leftovers import find_leftovers, is_everyones, is_supporting
from agentgrid.onboarding.discovery.services import Service, build_services, discover_services, is_service_folder
from agentgrid.onboarding.discovery.tree_facts import TreeFacts

TOP_LEVEL = "a top-level folder"
LARGE_LEFTOVER = "a large folder outside all services"
_DIVIDED = "a part of {}"
_TOO_LARGE = 1.5
_WORTH_A_SERVICE = 0.25
_WORTH_A_PIECE = 0.05


def find_units(facts: TreeFacts, agents: int) -> dict[str, str]:
    """Each folder to deal out → what told of it; empty when the tree has no folder of code.

    A folder of more than 1.5 times an agent's fair share is divided by its subfolders: one that nobody declared
    a service always, a service only when agents would go without.
    """
    found = {service.folder: service.found_by for service in discover_services(facts)}
    found |= _large_leftovers(facts, found, agents) if found else _top_level_folders(facts)
    return _divide(facts, found, agents)


def _top_level_folders(facts: TreeFacts) -> dict[str, str]:
    sizes = folder_sizes(facts.sizes)
    tops = [folder for folder in subfolders(sizes, "") if is_service_folder(folder) and not is_everyones(folder)]
    code = [folder for folder in tops if not is_supporting(folder)]
    return dict.fromkeys((_descend(facts, sizes, folder) for folder in code or tops), TOP_LEVEL)


def _descend(facts: TreeFacts, sizes: Mapping[str, int], folder: str) -> str:
    """`src` → `src/shop` when that is all there is in it: the name says more."""
    while True:
        inside = subfolders(sizes, folder)
        has_files = any(path.rpartition("/")[0] == folder for path in facts.sizes)
        if has_files or len(inside) != 1 or not is_service_folder(inside[0]):
            return folder
        folder = inside[0]


def _large_leftovers(facts: TreeFacts, found: Mapping[str, str], agents: int) -> dict[str, str]:
    sizes = folder_sizes(facts.sizes)
    least = _WORTH_A_SERVICE * sum(facts.sizes.values()) / max(1, agents)
    return {
        folder: LARGE_LEFTOVER
        for folder in find_leftovers(facts.sizes, found).folders
        if sizes[folder] >= least and is_service_folder(folder) and not (is_everyones(folder) or is_supporting(folder))
    }


def _divide(facts: TreeFacts, found: Mapping[str, str], agents: int) -> dict[str, str]:
    sizes = folder_sizes(facts.sizes)
    units, whole = dict(found), set[str]()
    while True:
        large = _largest_divisible(build_services(facts, units), units, whole, agents)
        if large is None:
            return units
        pieces = [piece for piece in _pieces(sizes, large.folder) if piece not in units]
        units.update(dict.fromkeys(pieces, _DIVIDED.format(large.folder)))
        if not pieces:
            whole.add(large.folder)


def _largest_divisible(
    services: list[Service], units: Mapping[str, str], whole: set[str], agents: int
) -> Service | None:
    fair = sum(service.size_bytes for service in services) / max(1, agents)
    undeclared = {TOP_LEVEL, LARGE_LEFTOVER}
    candidates = [
        service
        for service in services
        if service.size_bytes > _TOO_LARGE * fair
        and service.folder not in whole
        and (len(services) < agents or units[service.folder] in undeclared)
    ]
    return max(candidates, key=lambda service: (service.size_bytes, service.folder), default=None)


def _pieces(sizes: Mapping[str, int], folder: str) -> list[str]:
    """The subfolders on the first level that has several; small ones and tests stay with the rest."""
    level = [folder]
    while len(level) == 1:
        inside = subfolders(sizes, level[0])
        level = [one for one in inside if is_service_folder(one) and not is_everyones(one)]
    return [piece for piece in level if sizes[piece] >= _WORTH_A_PIECE * sizes[folder]]
