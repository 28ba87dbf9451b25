"""Dealing out things of different sizes: even shares, but what changes together stays together when it can."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

Affinity = Callable[[str, str], float]
_SLACK = 1.2
_SMALLER = 0.6
_CLOSE = 0.3


def deal_out(sizes: Mapping[str, int], bins: int, affinity: Affinity) -> dict[str, int]:
    """Each thing → the number of its bin, 0 to bins - 1; empty when there are no bins.

    Things with an affinity of 0.3 or more form groups, closest first. Groups go largest first onto the lightest bin.
    Groups are made smaller, at last of one thing each, until no bin holds more than 1.2 times the fair share (or
    than it must). No bin stays empty while there are things enough.
    """
    if not bins:
        return {}
    fair = sum(sizes.values()) / bins
    plain = _deal([[thing] for thing in sizes], sizes, bins)
    allowed = max(_SLACK * fair, _heaviest(plain, sizes))
    for most in (allowed, _SMALLER * fair):
        dealt = _deal(_group(sizes, bins, affinity, most), sizes, bins)
        if _heaviest(dealt, sizes) <= allowed:
            return dealt
    return plain


def _group(sizes: Mapping[str, int], bins: int, affinity: Affinity, most: float) -> list[list[str]]:
    """Groups of at most `most` together, at least as many as bins: the closest pair is joined first."""
    group_of = {thing: [thing] for thing in sorted(sizes)}
    left = len(group_of)
    ties = [(affinity(one, two), one, two) for one, two in combinations(sorted(sizes), 2)]
    for close, one, two in sorted(ties, key=lambda tie: (-tie[0], tie[1:])):
        first, second = group_of[one], group_of[two]
        if close < _CLOSE or left <= bins:
            break
        if first is not second and sum(sizes[thing] for thing in first + second) <= most:
            first += second
            group_of.update(dict.fromkeys(second, first))
            left -= 1
    return list({id(group): group for group in group_of.values()}.values())


def _deal(groups: Sequence[Sequence[str]], sizes: Mapping[str, int], bins: int) -> dict[str, int]:
    loads, members, chosen = [0] * bins, [0] * bins, dict[str, int]()
    weights = {tuple(sorted(group)): sum(sizes[thing] for thing in group) for group in groups}
    order = sorted(weights, key=lambda one: (-weights[one], one))
    for position, group in enumerate(order):
        empty = [number for number in range(bins) if not members[number]]
        must_fill = len(order) - position <= len(empty)
        number = min(empty if must_fill else range(bins), key=lambda one: (loads[one], members[one], one))
        loads[number] += weights[group]
        members[number] += len(group)
        chosen.update(dict.fromkeys(group, number))
    return chosen


def _heaviest(dealt: Mapping[str, int], sizes: Mapping[str, int]) -> int:
    loads: dict[int, int] = {}
    for thing, number in dealt.items():
        loads[number] = loads.get(number, 0) + sizes[thing]
    return max(loads.values(), default=0)
