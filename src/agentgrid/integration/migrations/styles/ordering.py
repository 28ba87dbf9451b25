"""The order in which migrations run that name what they follow, and the numbers that are missing. Pure."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

MOST_GAPS = 1000
"""No more gaps than these are told: a lineage of 1 and 9000000 isn't worth nine million."""


def order_by_parents(keys: Sequence[str], parents: Mapping[str, Iterable[str]]) -> tuple[tuple[str, ...], bool]:
    """(`keys` with each after its parents, else in the order in which they came; whether that is possible). Parents
    that are no key of `keys` don't count. In a cycle the rest comes as it came."""
    place = {key: position for position, key in enumerate(keys)}
    waits = {key: {each for each in parents.get(key, ()) if each in place} for key in keys}
    children: dict[str, list[str]] = {}
    for key, awaited in waits.items():
        for each in awaited:
            children.setdefault(each, []).append(key)
    free = [place[key] for key in keys if not waits[key]]
    heapq.heapify(free)
    ordered: list[str] = []
    while free:
        key = keys[heapq.heappop(free)]
        ordered.append(key)
        for child in children.get(key, ()):
            waits[child].discard(key)
            if not waits[child]:
                heapq.heappush(free, place[child])
    left = [key for key in keys if waits[key]]
    return (*ordered, *left), not left


def find_cycle(left: Iterable[str], parents: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """One cycle among `left`, from its smallest key on; empty when there is none."""
    keys = set(left)
    for start in sorted(keys):
        path = [start]
        while (after := min((each for each in parents.get(path[-1], ()) if each in keys), default=None)) is not None:
            if after in path:
                cycle = path[path.index(after) :]
                first = cycle.index(min(cycle))
                return (*cycle[first:], *cycle[:first])
            path.append(after)
    return ()


def find_gaps(given: Iterable[int | None]) -> tuple[int, ...]:
    """The numbers that are missing between the lowest and the highest; MOST_GAPS at most."""
    gaps: list[int] = []
    for lower, upper in pairwise(sorted({each for each in given if each is not None})):
        gaps += range(lower + 1, min(upper, lower + 2 + MOST_GAPS - len(gaps)))
    return tuple(gaps[:MOST_GAPS])
