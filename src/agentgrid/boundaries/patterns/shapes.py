"""The patterns of leases as plain values, and which path one covers. On the hook path: builtins only.

A lease pattern is a gitignore pattern, with one difference: without any wildcard and without a final slash it is that
very path, not also what would be below it. So a lease on a file doesn't meet every `src/**/test_*.py` around it.
"""

from agentgrid.boundaries.patterns.matching import segment_matches

# As `patterns` parses them: a name, tokens that match one name (0 is `*`, 1 is `?`), or None for `**`.
Segment = bytes | tuple[bytes | int | frozenset[int], ...] | None
Shape = tuple[Segment, ...]
END = b""  # the last segment of a shape that is one path; no name is empty


def lease_shape(segments: Shape, *, directories_only: bool) -> Shape:
    """The shape of a lease pattern from `Pattern.segments`."""
    is_path = not directories_only and all(isinstance(segment, bytes) for segment in segments)
    return (*segments, END) if is_path else segments


def exact_path(shape: Shape) -> bytes | None:
    """The one path that the shape is; None when it is a pattern."""
    return b"/".join(shape[:-1]) if shape[-1] == END else None  # type: ignore[arg-type]


def covers(shape: Shape, path: bytes, is_directory: bool, folders_only: bool) -> bool:  # noqa: FBT001
    """Whether a pattern matches the path or a folder above it, as `matching` says for many at once. `is_directory`: a
    submodule link; `folders_only`: the pattern ends in a slash."""
    if shape[-1] == END:
        return exact_path(shape) == path
    names = path.split(b"/")
    places = _after_stars(shape, {0})
    for number, name in enumerate(names, 1):
        places = _after_stars(shape, {each for place in places for each in _step(shape, place, name)})
        if len(shape) in places and (number < len(names) or is_directory or not folders_only):
            return True
    return False


def _step(shape: Shape, place: int, name: bytes) -> tuple[int, ...]:
    if place == len(shape):
        return ()
    segment = shape[place]
    if segment is None:
        return (place,)
    is_match = segment == name if isinstance(segment, bytes) else segment_matches(segment, name)
    return (place + 1,) if is_match else ()


def _after_stars(shape: Shape, places: set[int]) -> set[int]:
    """With the places behind each `**`, which may stand for no folder at all."""
    reached = set(places)
    for place in sorted(places):
        while place < len(shape) and shape[place] is None:
            place += 1  # noqa: PLW2901
            reached.add(place)
    return reached
