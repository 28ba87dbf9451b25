"""The ownership map laid over the real tree: shares, overlaps, holes, and rules that match nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from agentgrid.boundaries.findings import Rule
from agentgrid.boundaries.policy.territory import COMMON, FROZEN, OWNED, SHARED_CONFLICT, UNOWNED, Territory
from agentgrid.git.history import GITLINK_MODE
from agentgrid.git.paths import json_path


@dataclass(frozen=True)
class Share:
    """What one agent owns, or what is common, frozen, unowned or claimed twice. `share`: 0..1 of
    all bytes that aren't frozen."""

    name: str
    files: int
    size_bytes: int
    share: float


@dataclass(frozen=True)
class Overlap:
    """A path that several agents claim."""

    path: bytes
    claimants: tuple[str, ...]


@dataclass(frozen=True)
class Folder:
    """One line of the tree: a path whose files all stand alike. `holder`: an agent's id, or a state."""

    path: bytes
    holder: str
    files: int
    size_bytes: int


@dataclass(frozen=True)
class OwnershipMap:
    """`agents`: one share each, in the policy's order; `rest`: common, frozen, unowned, shared-conflict."""

    agents: tuple[Share, ...]
    rest: tuple[Share, ...]
    overlaps: tuple[Overlap, ...]
    unowned: tuple[bytes, ...]
    idle_rules: tuple[Rule, ...]
    holders: dict[bytes, str] = field(repr=False)
    sizes: dict[bytes, int] = field(repr=False)

    def as_json(self) -> dict[str, object]:
        return {
            "agents": [_share_json(share) for share in self.agents],
            "rest": [_share_json(share) for share in self.rest],
            "overlaps": [{"path": json_path(each.path), "claimants": list(each.claimants)} for each in self.overlaps],
            "unowned": [json_path(path) for path in self.unowned],
            "idle_rules": [{"pattern": rule.pattern, "file": rule.file, "line": rule.line} for rule in self.idle_rules],
        }

    def folders(self) -> list[Folder]:
        """The tree, folded: a folder is one line when everything in it stands alike."""
        return _fold(self.holders, self.sizes)


def draw_map(territory: Territory, entries: Iterable[tuple[bytes, bytes, int]]) -> OwnershipMap:
    """Places every (path, mode, size in bytes) of a tree."""
    holders: dict[bytes, str] = {}
    sizes: dict[bytes, int] = {}
    overlaps: list[Overlap] = []
    matched: set[int] = set()
    for path, mode, size in entries:
        is_submodule = mode == GITLINK_MODE
        matched.update(territory.matching_rules(path, is_submodule))
        place = territory.place(path, is_submodule)
        holders[path] = place.owner if place.state == OWNED and place.owner else place.state
        sizes[path] = size
        if place.state == SHARED_CONFLICT:
            overlaps.append(Overlap(path, place.claimants))
    agents = list(territory.compiled["agents"])
    return OwnershipMap(
        _shares(agents, holders, sizes),
        _shares([COMMON, FROZEN, UNOWNED, SHARED_CONFLICT], holders, sizes),
        tuple(overlaps),
        tuple(path for path, holder in holders.items() if holder == UNOWNED),
        tuple(Rule(*territory.explain(rule)) for rule in territory.idle_rules(matched)),
        holders,
        sizes,
    )


def _shares(names: Iterable[str], holders: dict[bytes, str], sizes: dict[bytes, int]) -> tuple[Share, ...]:
    files = Counter(holders.values())
    weight: Counter[str] = Counter()
    for path, holder in holders.items():
        weight[holder] += sizes[path]
    total = (sum(sizes.values()) - weight[FROZEN]) or 1
    shares = {name: 0.0 if name == FROZEN else weight[name] / total for name in names}
    return tuple(Share(name, files[name], weight[name], share) for name, share in shares.items())


def _fold(holders: dict[bytes, str], sizes: dict[bytes, int]) -> list[Folder]:
    below: defaultdict[bytes, set[str]] = defaultdict(set)
    for path, holder in holders.items():
        parts = path.split(b"/")
        for depth in range(1, len(parts)):
            below[b"/".join(parts[:depth])].add(holder)
    lines: dict[bytes, Folder] = {}
    for path, holder in holders.items():
        parts = path.split(b"/")
        ancestors = [b"/".join(parts[:depth]) for depth in range(1, len(parts))]
        uniform = next((folder for folder in ancestors if len(below[folder]) == 1), None)
        shown = uniform + b"/" if uniform is not None else path
        known = lines.get(shown, Folder(shown, holder, 0, 0))
        lines[shown] = Folder(shown, holder, known.files + 1, known.size_bytes + sizes[path])
    return [lines[path] for path in sorted(lines)]


def _share_json(share: Share) -> dict[str, object]:
    return {"name": share.name, "files": share.files, "size_bytes": share.size_bytes, "share": round(share.share, 4)}
