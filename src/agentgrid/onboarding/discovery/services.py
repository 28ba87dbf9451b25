"""Which services a tree has: members of workspaces, compose build contexts, and the usual folders.

No two services claim one path: a service around another one leaves the inner one's folder out.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from agentgrid.onboarding.discovery.folders import folder_sizes, innermost, is_hidden, is_vendored, parents, subfolders
from agentgrid.onboarding.discovery.pattern_text import folder_pattern, is_writable, to_service_name
from agentgrid.onboarding.discovery.tree_facts import TreeFacts
from agentgrid.onboarding.discovery.workspaces import find_members

GROUPS = ("services", "apps", "packages", "libs", "crates", "cmd")
SHARED_NAMES = frozenset({"common", "commons", "shared"})


@dataclass(frozen=True)
class Service:
    """`patterns`: its folder, less the services inside. `size_bytes` counts what they match.

    `found_by`: the file or folder that told of it, for people. `folder`: from the root, no final slash.
    """

    name: str
    patterns: tuple[str, ...]
    size_bytes: int
    found_by: str
    folder: str


def discover_services(facts: TreeFacts) -> list[Service]:
    """The services of a tree, sorted by folder; folders called common or shared are none (see shared_code)."""
    sizes = folder_sizes(facts.sizes)
    told = {**_usual_folders(sizes), **find_members(facts)}
    found = {folder: by for folder, by in told.items() if folder in sizes and is_service_folder(folder)}
    own = _own_sizes(facts, found)
    # A build context such as the whole of `services/` only holds services; what is left of it is nobody's.
    kept = {
        folder: by
        for folder, by in found.items()
        if not _inner(folder, found) or own.get(folder, 0) * 2 > sizes[folder]
    }
    return build_services(facts, kept)


def build_services(facts: TreeFacts, found: Mapping[str, str], apart: Collection[str] = ()) -> list[Service]:
    """A service for each folder of `found` (folder → what told of it) that has files of its own, sorted by folder.

    `apart`: folders or files inside that don't count as the service's, because they are common code.
    """
    own = _own_sizes(facts, {*found, *apart})
    folders = sorted(folder for folder in found if folder in own)
    names = name_folders(folders)
    return [
        Service(
            name=names[folder],
            patterns=(folder_pattern(folder), *(f"!{folder_pattern(inner)}" for inner in _inner(folder, folders))),
            size_bytes=own[folder],
            found_by=found[folder],
            folder=folder,
        )
        for folder in folders
    ]


def is_service_folder(folder: str) -> bool:
    """Whether a folder may be a service at all: sayable in YAML, not hidden, vendored or shared by its name."""
    named_shared = not SHARED_NAMES.isdisjoint(folder.casefold().split("/"))
    writable = bool(folder) and is_writable(folder)
    return writable and not (is_hidden(folder) or is_vendored(folder) or named_shared)


def name_folders(folders: Collection[str]) -> dict[str, str]:
    """Unique names, of which no two differ by case alone: the last part, with parents where that is not enough.

    Services become environment variables (`PORT_<SERVICE>`), hence the case.
    """
    parts = {folder: folder.split("/") for folder in sorted(folders)}
    depth = dict.fromkeys(parts, 1)
    while True:
        names = {folder: to_service_name("-".join(parts[folder][-depth[folder] :])) for folder in parts}
        count = Counter(name.casefold() for name in names.values())
        clashing = [f for f, name in names.items() if count[name.casefold()] > 1 and depth[f] < len(parts[f])]
        if not clashing:
            return _number(names)
        for folder in clashing:
            depth[folder] += 1


def _number(names: Mapping[str, str]) -> dict[str, str]:
    taken: set[str] = set()
    result: dict[str, str] = {}
    for folder, name in names.items():
        number, free = 1, name
        while free.casefold() in taken:
            number += 1
            free = f"{name}-{number}"
        taken.add(free.casefold())
        result[folder] = free
    return result


def _usual_folders(folders: Collection[str]) -> dict[str, str]:
    found = {folder: f"{group}/" for group in GROUPS for folder in subfolders(folders, group)}
    in_src = [folder for folder in subfolders(folders, "src") if not folder.endswith(".egg-info")]
    if len(in_src) > 1:
        found.update(dict.fromkeys(in_src, "src/"))
    return found


def _inner(folder: str, folders: Collection[str]) -> list[str]:
    """The services directly inside a service: none between the two."""
    below = sorted(one for one in folders if one.startswith(f"{folder}/"))
    return [one for one in below if not any(parent in below for parent in parents(one))]


def _own_sizes(facts: TreeFacts, places: Collection[str]) -> dict[str, int]:
    own: dict[str, int] = {}
    for path, size in facts.sizes.items():
        place = innermost(path, places)
        if place is not None:
            own[place] = own.get(place, 0) + size
    return own
