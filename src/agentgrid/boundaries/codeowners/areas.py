"""An area: the set of paths that one pattern matches, whole, from the root to its last name.

A gitignore pattern also matches what is below a match, so its area ends in a gap (any number of further names). What
CODEOWNERS means by `docs/*` doesn't: that area ends at its last name. Areas can be cut with one another: exactly,
as a union of areas.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import cast

from agentgrid.boundaries.codeowners.names import (
    ANY_NAME,
    Name,
    TooIntricateError,
    meet_names,
    meet_sequences,
    name_covers,
    sequence_covers,
    to_name,
)
from agentgrid.boundaries.patterns.parsing import GLOBSTAR, Pattern

GAP = None
Area = tuple[Name | None, ...]
EVERYTHING: Area = (ANY_NAME, GAP)

_CACHED = 1 << 16


def area_of(pattern: Pattern, *, is_one_level: bool = False) -> Area:
    """What `pattern` matches, its sign aside. `is_one_level`: nothing below the last name."""
    names: list[Name | None] = [GAP if each is GLOBSTAR else to_name(each) for each in pattern.segments]
    if pattern.directories_only:
        return _normal([*names, ANY_NAME, GAP])
    return _normal(names if is_one_level else [*names, GAP])


def is_closed(area: Area) -> bool:
    """Whether all below a path of the area is in it too."""
    return area[-1] is GAP


def closed(area: Area) -> Area:
    """The area with all that is below it."""
    return area if is_closed(area) else _normal((*area, GAP))


def strictly_below(area: Area) -> Area:
    """All that is below paths of an area that ends at a name."""
    return _normal((*area, ANY_NAME, GAP))


def do_areas_meet(one: Area, other: Area) -> bool:
    """Whether some path is in both. True where that can't be told."""
    if _do_heads_differ(one, other):
        return False
    try:
        return bool(cut_areas(one, other))
    except TooIntricateError:
        return True


@lru_cache(_CACHED)
def cut_areas(one: Area, other: Area) -> tuple[Area, ...]:
    """Areas that together are exactly what is in both. Raises TooIntricateError."""
    if _do_heads_differ(one, other):
        return ()
    if area_covers(one, other):
        return (other,)
    if area_covers(other, one):
        return (one,)
    pieces = cast("list[Area]", meet_sequences(one, other, meet_names))  # mypy takes the two kinds of names for one
    return _fewest([_normal(area) for area in pieces])


@lru_cache(_CACHED)
def area_covers(whole: Area, part: Area) -> bool:
    """Whether every path of `part` is in `whole`. True is sure; False may be said too often."""
    if whole in (part, EVERYTHING):
        return True
    # Cheap, and enough for most: a name that is spelled out covers nothing but itself.
    if not _literals(whole) <= _literals(part) or _do_heads_differ(whole, part):
        return False
    return sequence_covers(_with_gaps(whole), part, name_covers)


@lru_cache(_CACHED)
def _literals(area: Area) -> frozenset[bytes]:
    return frozenset(name for name in area if isinstance(name, bytes))


def _do_heads_differ(one: Area, other: Area) -> bool:
    """Cheap, and true of most areas that don't meet: names before the first gap are spelled out, and differ."""
    for a, b in zip(one, other, strict=False):
        if a is GAP or b is GAP:
            return False
        if a != b and isinstance(a, bytes) and isinstance(b, bytes):
            return True
    return False


def _fewest(areas: list[Area]) -> tuple[Area, ...]:
    """Without those that others cover; `docs/x` and `docs/*/**/x` are `docs/**/x`."""
    kept: list[Area] = []
    waiting = list(reversed(areas))
    while waiting:
        area = waiting.pop()
        if any(area_covers(other, area) for other in kept):
            continue
        shorter = next((each for each in _shorter(area) if each[0] in kept), None)
        if shorter is not None:
            waiting.append(shorter[1])
        kept = [other for other in kept if not area_covers(area, other)] + [area]
    return tuple(kept)


def _shorter(area: Area) -> Iterator[tuple[Area, Area]]:
    """(the area without one `*` and the gap behind it, both together)."""
    for place in range(len(area) - 2):
        if area[place] == ANY_NAME and area[place + 1] is GAP:
            before, behind = area[:place], area[place + 2 :]
            yield _normal((*before, *behind)), _normal((*before, GAP, *behind))


def _normal(items: Iterable[Name | None]) -> Area:
    """One way to write each: gaps that stand together are one, and come behind the names `*` beside them."""
    kept: list[Name | None] = []
    for item in items:
        if kept and kept[-1] is GAP:
            if item is GAP:
                continue
            if item == ANY_NAME:
                kept.insert(-1, item)
                continue
        kept.append(item)
    return tuple(kept)


@lru_cache(_CACHED)
def _with_gaps(area: Area) -> tuple[Name | None, ...]:
    """The same area with a gap on both sides of each `*` that stands before a gap: there a gap may begin anywhere."""
    spread: list[Name | None] = []
    for item in reversed(area):
        spread.append(item)
        if item == ANY_NAME and len(spread) > 1 and spread[-2] is GAP:
            spread.append(GAP)
    return tuple(reversed(spread))
