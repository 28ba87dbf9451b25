"""Code that several services need to change: told by folder names, and by what changes together in the history."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from agentgrid.onboarding.discovery.coupling import places_touched
from agentgrid.onboarding.discovery.folders import folder_sizes, parents
from agentgrid.onboarding.discovery.leftovers import find_leftovers, is_everyones
from agentgrid.onboarding.discovery.lock_files import find_derived, is_lock_file
from agentgrid.onboarding.discovery.pattern_text import file_pattern, folder_pattern, is_writable
from agentgrid.onboarding.discovery.services import SHARED_NAMES, Service
from agentgrid.onboarding.discovery.tree_facts import TreeFacts

__all__ = ["CommonCode", "find_common", "find_derived"]

_CONTRACT_NAMES = frozenset({"proto", "protos", "protobuf", "schemas", "types", "contracts", "util", "utils"})
_LIBRARY_NAMES = _CONTRACT_NAMES | {"core"}
_LIBRARY_GROUPS = frozenset({"packages", "libs", "lib", "crates"})
_DEEPEST_SHARED = 3
_FEW_COMMITS = 8
_ISOLATED_SHARE = 0.10
_COUPLED_SHARE = 0.25
_COUPLED_SERVICES = 3
_COUPLED_SHARE_OF_SERVICES = 0.2
_PROSE = (".md", ".rst", ".txt", ".adoc")
_PROSE_NAMES = frozenset({"LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS", "CODEOWNERS", "CHANGELOG"})


@dataclass(frozen=True)
class CommonCode:
    """`pattern`: for `common:`. `reason`: for people. `path`: the folder or file that it matches."""

    pattern: str
    reason: str
    path: str


@dataclass(frozen=True)
class _Ties:
    """How a place changes with services: its commits, those that touch a service too, and how many services."""

    place: str
    commits: int
    shared: int
    partners: int
    services: int

    @property
    def rate(self) -> float:
        return self.shared / self.commits if self.commits else 0.0

    @property
    def is_common(self) -> bool:
        many = max(_COUPLED_SERVICES, _COUPLED_SHARE_OF_SERVICES * self.services)
        return self.commits >= _FEW_COMMITS and self.partners >= many and self.rate >= _COUPLED_SHARE

    @property
    def text(self) -> str:
        together = f"{self.partners} of {self.services} services"
        return f"changes together with {together} ({self.shared} of {self.commits} commits)"


def find_common(facts: TreeFacts, services: Sequence[Service]) -> list[CommonCode]:
    """The common code of a tree whose services are known, sorted by path.

    By name: folders called common or shared, and contracts and library cores unless the history shows that they
    change alone. By history: a service, folder or root file that changes with a fifth of the other services, at
    least 3, in at least 25 % of its 8 or more commits; that makes about a fifth of the services common at most.
    """
    folders = frozenset(service.folder for service in services)
    named = _shared_by_name(facts, folders)
    named |= _library_names(facts, folders, named)
    rest = frozenset(folder for folder in folders if not _is_below(folder, named))
    coupled = _shared_by_history(facts, rest, named)
    reasons = {**_explain_names(facts, named, rest), **coupled}
    tops = (place for place in reasons if not any(parent in reasons for parent in parents(place)))
    return [_common_code(facts, place, reasons[place]) for place in sorted(tops)]


def _explain_names(facts: TreeFacts, named: frozenset[str], services: frozenset[str]) -> dict[str, str]:
    """`shared by its name`, and what the history says where it says enough."""
    commits = _commits_of(facts, {*named, *services}, services)
    ties = [_measure(place, commits, services) for place in sorted(named)]
    return {tie.place: f"shared by its name, {tie.text}" if tie.is_common else "shared by its name" for tie in ties}


def _common_code(facts: TreeFacts, place: str, reason: str) -> CommonCode:
    pattern = file_pattern(place) if place in facts.sizes else folder_pattern(place)
    return CommonCode(pattern, reason, place)


def _shared_by_name(facts: TreeFacts, services: frozenset[str]) -> frozenset[str]:
    """Folders called common or shared: outside all services, or beside one."""
    around = {folder.rpartition("/")[0] for folder in services}
    return frozenset(
        folder
        for folder in folder_sizes(facts.sizes)
        if folder.rpartition("/")[2].casefold() in SHARED_NAMES
        and folder.count("/") < _DEEPEST_SHARED
        and is_writable(folder)
        and not is_everyones(folder)
        and not any(is_everyones(parent) for parent in parents(folder))
        and (folder.rpartition("/")[0] in around or not any(parent in services for parent in parents(folder)))
    )


def _library_names(facts: TreeFacts, services: frozenset[str], named: frozenset[str]) -> frozenset[str]:
    """Weaker names, such as packages/core: a long history of changing alone outweighs them."""
    candidates = [
        folder
        for folder in folder_sizes(facts.sizes)
        if _is_library_name(folder) and not _is_below(folder, named) and is_writable(folder)
    ]
    others = services - frozenset(candidates) - named
    if len(others) < min(2, len(services)):
        return frozenset()
    touched = _commits_of(facts, {*services, *candidates}, services)
    ties = [_measure(folder, touched, others) for folder in candidates]
    return frozenset(tie.place for tie in ties if tie.commits < _FEW_COMMITS or tie.rate >= _ISOLATED_SHARE)


def _is_library_name(folder: str) -> bool:
    parent, _, name = folder.rpartition("/")
    return name.casefold() in (_LIBRARY_NAMES if parent in _LIBRARY_GROUPS else _CONTRACT_NAMES if not parent else ())


def _shared_by_history(facts: TreeFacts, services: frozenset[str], named: frozenset[str]) -> dict[str, str]:
    """The places most tied to services, one by one: a tie to common code already found doesn't count again."""
    leftovers = find_leftovers(facts.sizes, {*services, *named})
    candidates = set(services) | {folder for folder in leftovers.folders if not is_everyones(folder)}
    candidates |= {path for path in leftovers.files if _is_shareable_file(path)}
    touched = _commits_of(facts, candidates, services)
    found: dict[str, str] = {}
    owned, may_lose = set(services), max(0, min(len(services) - 2, len(services) // 5 + 1))
    while candidates:
        ties = [_measure(place, touched, owned) for place in sorted(candidates)]
        common = [tie for tie in ties if tie.is_common and (tie.place not in owned or may_lose > 0)]
        if not common:
            break
        best = max(common, key=lambda tie: (tie.partners, tie.rate, tie.place))
        found[best.place] = best.text
        may_lose -= best.place in owned
        owned.discard(best.place)
        candidates.discard(best.place)
    return found


def _commits_of(
    facts: TreeFacts, places: Collection[str], services: Collection[str]
) -> dict[str, list[frozenset[str]]]:
    """Each place → its commits, each as all the places it touched."""
    commits: dict[str, list[frozenset[str]]] = {place: [] for place in places}
    for touched in places_touched(facts.history, places, services):
        for place in touched:
            commits[place].append(touched)
    return commits


def _measure(place: str, commits: Mapping[str, Sequence[frozenset[str]]], services: Collection[str]) -> _Ties:
    others = frozenset(services) - {place}
    ties = [touched & others for touched in commits[place]]
    partners = frozenset[str]().union(*ties)
    return _Ties(place, len(ties), sum(bool(tie) for tie in ties), len(partners), len(others))


def _is_shareable_file(path: str) -> bool:
    if "/" in path or path.startswith(".") or not is_writable(path) or is_lock_file(path):
        return False
    return not path.casefold().endswith(_PROSE) and path.partition(".")[0] not in _PROSE_NAMES


def _is_below(folder: str, places: Collection[str]) -> bool:
    return folder in places or any(parent in places for parent in parents(folder))
