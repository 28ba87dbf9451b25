"""One name of a path as a set of names: what two patterns have in common, and whether one takes in the other.

A name is bytes, or a tuple of units with a wildcard among them. A unit is the set of bytes that one byte may be; None
is a `*`. The same two walks serve whole paths (`areas`), with names for units and `**` for `*`.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from agentgrid.boundaries.patterns.parsing import Segment

Unit = frozenset[int]
Name = bytes | tuple[Unit | None, ...]
Place = tuple[int, int]
T = TypeVar("T")

ANY_BYTE = frozenset(range(1, 256)) - frozenset(b"/")
ANY_NAME: Name = (None,)
_MOST_PIECES = 400
_MOST_PLACES = 200_000
_CACHED = 1 << 14


class TooIntricateError(ValueError):
    """What two patterns have in common would take hundreds of patterns to say."""


def to_name(segment: Segment) -> Name:
    """A segment of `Pattern.segments` that isn't `**`."""
    assert segment is not None
    return segment if isinstance(segment, bytes) else _normal(_units(segment))


@lru_cache(_CACHED)
def meet_names(one: Name, other: Name) -> tuple[Name, ...]:
    """Sets of names that together are exactly what both match; empty when there is no such name."""
    if one == other:
        return (one,)
    if isinstance(one, bytes) and isinstance(other, bytes):
        return ()
    found = meet_sequences(_units(one), _units(other), _meet_units)
    return tuple(dict.fromkeys(name for name in map(_normal, found) if name not in {b"", b".", b".."}))


@lru_cache(_CACHED)
def name_covers(whole: Name, part: Name) -> bool:
    """Whether `whole` matches every name that `part` does. True is sure; False may be said too often."""
    if whole in (part, ANY_NAME):
        return True
    return sequence_covers(_units(whole), _units(part), lambda a, b: a >= b)


def meet_sequences(
    one: tuple[T | None, ...], other: tuple[T | None, ...], meet: Callable[[T, T], tuple[T, ...]]
) -> list[tuple[T | None, ...]]:
    """Sequences that together say what both do; None stands for any number of units, `meet` gives what two units have
    in common. Raises TooIntricateError."""
    if len(one) * len(other) > _MOST_PLACES:
        raise TooIntricateError
    tails: dict[Place, list[tuple[T | None, ...]]] = {}
    for i, j in sorted(_reached_places(one, other, meet), key=sum, reverse=True):
        found: list[tuple[T | None, ...]] = []
        if i == len(one) or j == len(other):
            found += [()] if all(unit is None for unit in one[i:] or other[j:]) else []
        else:
            for units, following in _moves(one, other, meet, (i, j)):
                found += [(*units, *tail) for tail in tails[following]]
        tails[i, j] = list(dict.fromkeys(found))
        if len(tails[i, j]) > _MOST_PIECES:
            raise TooIntricateError
    return tails[0, 0]


def _reached_places(
    one: tuple[T | None, ...], other: tuple[T | None, ...], meet: Callable[[T, T], tuple[T, ...]]
) -> set[Place]:
    reached: set[Place] = {(0, 0)}
    waiting: list[Place] = [(0, 0)]
    while waiting:
        i, j = waiting.pop()
        if i == len(one) or j == len(other):
            continue
        fresh = {place for _, place in _moves(one, other, meet, (i, j))} - reached
        reached |= fresh
        waiting += fresh
    return reached


def _moves(
    one: tuple[T | None, ...], other: tuple[T | None, ...], meet: Callable[[T, T], tuple[T, ...]], place: Place
) -> list[tuple[tuple[T | None, ...], Place]]:
    """(what stands here, the place in both where it goes on)."""
    i, j = place
    a, b = one[i], other[j]
    if a is None and b is None:
        return [((None,), (i + 1, j)), ((None,), (i, j + 1))]
    if a is None:
        return [((), (i + 1, j)), ((b,), (i, j + 1))]
    if b is None:
        return [((), (i, j + 1)), ((a,), (i + 1, j))]
    return [((unit,), (i + 1, j + 1)) for unit in meet(a, b)]


def sequence_covers(whole: Sequence[T | None], part: Sequence[T | None], unit_covers: Callable[[T, T], bool]) -> bool:
    """Whether `whole` says all that `part` does, unit by unit: a None of `part` only fits into one of `whole`."""
    places = _after_gaps(whole, {0})
    for unit in part:
        moved = set[int]()
        for place in places:
            wanted = whole[place] if place < len(whole) else ...
            if wanted is None:
                moved.add(place)
            elif unit is not None and wanted is not ... and unit_covers(wanted, unit):
                moved.add(place + 1)
        places = _after_gaps(whole, moved)
    return len(whole) in places


def _meet_units(one: Unit, other: Unit) -> tuple[Unit, ...]:
    return (one & other,) if one & other else ()


def _after_gaps(whole: Sequence[object], places: set[int]) -> set[int]:
    reached = set(places)
    for place in places:
        while place < len(whole) and whole[place] is None:
            place += 1  # noqa: PLW2901
            reached.add(place)
    return reached


def _units(name: Name | tuple[bytes | int | frozenset[int], ...]) -> tuple[Unit | None, ...]:
    """Byte by byte; takes the tokens of a parsed segment too, where 0 is `*` and 1 is `?`."""
    units: list[Unit | None] = []
    for token in (name,) if isinstance(name, bytes) else name:
        if isinstance(token, bytes):
            units += [frozenset((byte,)) for byte in token]
        elif isinstance(token, frozenset):
            units.append(token & ANY_BYTE)
        else:
            units.append(None if token in {None, 0} else ANY_BYTE)
    return tuple(units)


def _normal(units: Sequence[Unit | None]) -> Name:
    """A literal as bytes; stars that stand together are one, and come last among `?`."""
    kept: list[Unit | None] = []
    for unit in units:
        if kept and kept[-1] is None:
            if unit is None:
                continue
            if unit == ANY_BYTE:
                kept.insert(-1, unit)
                continue
        kept.append(unit)
    if all(unit is not None and len(unit) == 1 for unit in kept):
        return bytes(byte for unit in kept if unit is not None for byte in unit)
    return tuple(kept)
