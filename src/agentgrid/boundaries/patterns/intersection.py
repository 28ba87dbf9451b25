"""Whether two patterns can ever match one path: exact, on the patterns alone. Builtins and light modules only.

A pattern matches a path when it matches it or a directory above it, so all below a match is matched too. Four things
follow, and make the product of the two automata one walk along both patterns:
- Where one pattern ends, the other may go on as it likes: the longer path is below both matches.
- A `**` takes whatever names the other pattern still wants, and the rest of its own pattern follows below these. So
  patterns whose segments meet, one by one, up to the first `**` or the end of either, meet.
- A pattern that is one path (`shapes`) meets what matches that path.
- A pattern for directories only (`src/`) matches everything below the same paths: it meets what it would meet as `src`.
"""

import marshal

from agentgrid.boundaries.patterns.matching import segment_matches
from agentgrid.boundaries.patterns.shapes import END, Segment, Shape, covers, exact_path

# One byte of a name: what it may be. None is a `*`.
Unit = frozenset[int] | None

_MARSHAL_VERSION = 4
_DOT = frozenset(b".")
_NAME_BYTES = frozenset(range(1, 256)) - frozenset(b"/")


def do_patterns_meet(a: Shape, b: Shape) -> bool:
    """Whether some path is matched by both. `a`, `b`: `Pattern.segments`, whether for directories only or not."""
    for single, pattern in ((a, b), (b, a)):
        path = exact_path(single)
        if path is not None:
            return is_satisfiable(single) and covers(pattern, path, True, False)
    for one, other in zip(a, b):  # noqa: B905 - the shorter one ends the walk
        if one is None or other is None:
            break
        if one != other and not do_names_meet(one, other):
            return False
    return is_satisfiable(a) and is_satisfiable(b)


def is_satisfiable(shape: Shape) -> bool:
    """Whether the pattern matches any path at all; `[/]`, an escaped `..` and the like never do."""
    names = shape[:-1] if shape[-1] == END else shape
    return all(segment is None or do_names_meet(segment, segment) for segment in names)


def meet_any(a: list[Shape], b: list[Shape]) -> tuple[int, int] | None:
    """The first pattern of `a` that meets any of `b`, and that one, as their positions; None when no two meet."""
    for position, one in enumerate(a):
        for other_position, other in enumerate(b):
            if do_patterns_meet(one, other):
                return position, other_position
    return None


def dump_shape(shape: Shape) -> bytes:
    """`Pattern.segments` as bytes for the store; `load_shape` reads them in any Python that we support."""
    return marshal.dumps(shape, _MARSHAL_VERSION)


def load_shape(data: bytes) -> Shape:
    return marshal.loads(data)  # type: ignore[no-any-return]  # noqa: S302 - our own column


def do_names_meet(one: Segment, other: Segment) -> bool:
    """Whether two segments (not `**`) can match one and the same name: of bytes 1 to 255, no `/`, not `.` or `..`."""
    if isinstance(one, bytes):
        if isinstance(other, bytes):
            return one == other and _is_name(one)
        one, other = other, one
    if not one or not other or _do_ends_differ(one, other):
        return False
    if isinstance(other, bytes):
        return segment_matches(one, other) and _is_name(other)
    return _do_units_meet(_units(one), _units(other))


def _do_ends_differ(one: tuple[bytes | int | frozenset[int], ...], other: Segment) -> bool:
    """Cheap, and true of nearly all that don't meet: what the names begin or end with is spelled out, and differs."""
    other = (other,) if isinstance(other, bytes) else other or ()
    begin, other_begin = one[0], other[0]
    if isinstance(begin, bytes) and isinstance(other_begin, bytes):
        length = min(len(begin), len(other_begin))
        if begin[:length] != other_begin[:length]:
            return True
    end, other_end = one[-1], other[-1]
    return (
        isinstance(end, bytes)
        and isinstance(other_end, bytes)
        and not (end.endswith(other_end) or other_end.endswith(end))
    )


def _is_name(name: bytes) -> bool:
    return name not in {b"", b".", b".."} and b"\0" not in name and b"/" not in name


def _units(tokens: tuple[bytes | int | frozenset[int], ...]) -> list[Unit]:
    units: list[Unit] = []
    for token in tokens:
        if isinstance(token, bytes):
            units += [frozenset((byte,)) & _NAME_BYTES for byte in token]
        elif isinstance(token, frozenset):
            units.append(token & _NAME_BYTES)
        else:
            units.append(None if token == 0 else _NAME_BYTES)
    return units


def _do_units_meet(one: list[Unit], other: list[Unit]) -> bool:
    if any(unit is not None and not unit for unit in (*one, *other)):
        return False
    if None in one and None in other:
        # Both stretch: beginning and end must agree, and each star takes what stands in the middle of the other.
        return _do_heads_meet(one, other) and _do_heads_meet(one[::-1], other[::-1])
    fixed, free = (one, other) if None in other else (other, one)
    if len(fixed) > 2:
        return _fits(free, fixed)
    # A name of one or two bytes must have one that isn't a dot.
    return any(
        _fits(free, [*fixed[:place], unit - _DOT, *fixed[place + 1 :]])
        for place, unit in enumerate(fixed)
        if unit is not None and unit - _DOT
    )


def _do_heads_meet(one: list[Unit], other: list[Unit]) -> bool:
    for here, there in zip(one, other):  # noqa: B905 - up to the first star of either
        if here is None or there is None:
            return True
        if here.isdisjoint(there):
            return False
    return True


def _fits(units: list[Unit], fixed: list[Unit]) -> bool:
    """Whether `units` match a name of as many bytes as `fixed` has; `matching.segment_matches` for sets of names."""
    unit, position, star, star_position = 0, 0, -1, 0
    while position < len(fixed) or unit < len(units):
        if unit < len(units):
            wanted = units[unit]
            if wanted is None:
                star, star_position = unit, position
                unit += 1
                continue
            if position < len(fixed) and not wanted.isdisjoint(fixed[position] or ()):
                unit += 1
                position += 1
                continue
        if star < 0 or star_position >= len(fixed):
            return False
        star_position += 1
        unit, position = star + 1, star_position
    return True
