"""Which places (folders or files) change in the same commits. Bulk commits (reformatting, renames) say nothing."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from agentgrid.onboarding.discovery.folders import innermost

BULK_FILES = 200
_BULK_SHARE_OF_SERVICES = 0.4
_FEW_SERVICES = 3
_TOO_RARE = 3


@dataclass(frozen=True)
class Coupling:
    """`commits`: place → commits that touch it. `together`: two places, sorted → commits that touch both."""

    commits: Mapping[str, int]
    together: Mapping[tuple[str, str], int]

    def affinity(self, one: str, other: str) -> float:
        """0 to 1: of the commits of the less changed place, how many touch the other too; 0 below 3 commits."""
        pair = (one, other) if one < other else (other, one)
        both = self.together.get(pair, 0)
        return both / min(self.commits[one], self.commits[other]) if both >= _TOO_RARE else 0.0


def measure_coupling(touched: Sequence[frozenset[str]]) -> Coupling:
    """Counts over commits that are given as the places each touched."""
    commits = Counter(place for places in touched for place in places)
    together = Counter(pair for places in touched for pair in combinations(sorted(places), 2))
    return Coupling(commits, together)


def places_touched(
    history: Sequence[frozenset[str]], places: Collection[str], services: Collection[str]
) -> list[frozenset[str]]:
    """For each commit that is no bulk commit: which of `places` it touched.

    A bulk commit changes more than 200 files, or more than 40 % of `services` (and more than 3 of them).
    """
    known, among = frozenset(places), frozenset(services)
    most = max(_FEW_SERVICES, _BULK_SHARE_OF_SERVICES * len(among))
    return [touched for touched in _all_touched(history, known) if touched and len(touched & among) <= most]


def _all_touched(history: Sequence[frozenset[str]], places: frozenset[str]) -> Iterator[frozenset[str]]:
    place_of: dict[str, str | None] = {}
    for paths in history:
        if len(paths) > BULK_FILES:
            continue
        for path in paths:
            if path not in place_of:
                place_of[path] = innermost(path, places)
        yield frozenset(place for path in paths if (place := place_of[path]) is not None)
