"""A path that is in one area and in none of others: shows that a line of a chart decides something, or that it doesn't.

Wildcards take whatever they are given. So it is enough to try names made of a letter that no pattern spells out, in
every length and depth that can make a difference: if one of these paths isn't hidden, it is the answer, and if all are,
no path would do.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from agentgrid.boundaries.codeowners.areas import GAP, Area, area_covers, do_areas_meet
from agentgrid.boundaries.codeowners.names import ANY_BYTE, Name, TooIntricateError

_MOST_TRIED = 20_000


def find_witness(area: Area, hiding: Iterable[Area]) -> bytes | None:
    """The path, or None where there is none. Raises TooIntricateError where that can't be told."""
    others = [other for other in hiding if do_areas_meet(other, area)]
    letter = _unused_letter([area, *others])
    longest = 1 + max((_count_any_bytes(name) for each in (area, *others) for name in each), default=0)
    deepest = 1 + max((len(other) for other in others), default=0)
    for tried, names in enumerate(_instances(area, letter, longest, deepest)):
        if tried == _MOST_TRIED:
            raise TooIntricateError
        if not any(area_covers(other, names) for other in others):
            return b"/".join(names)
    return None


def _instances(area: Area, letter: bytes, longest: int, deepest: int) -> Iterator[tuple[bytes, ...]]:
    choices: list[list[tuple[bytes, ...]]] = []
    for item in area:
        if item is GAP:
            choices.append([
                filling
                for depth in range(deepest + 1)
                for filling in product([letter * length for length in range(1, longest + 1)], repeat=depth)
            ])  # fmt: skip
        else:
            choices.append([(name,) for name in _name_instances(item, letter, longest)])
        if len(choices[-1]) > _MOST_TRIED:
            raise TooIntricateError
    return (tuple(name for part in parts for name in part) for parts in product(*choices))


def _name_instances(name: Name, letter: bytes, longest: int) -> Sequence[bytes]:
    if isinstance(name, bytes):
        return [name]
    parts: list[list[bytes]] = []
    for unit in name:
        if unit is None:
            parts.append([letter * length for length in range(longest + 1)])
        else:
            parts.append([letter if unit == ANY_BYTE else bytes(unit)])
    return [made for made in map(b"".join, product(*parts)) if made not in {b"", b".", b".."}]


def _unused_letter(areas: Iterable[Area]) -> bytes:
    """Raises TooIntricateError where there is a character range: what is in it isn't spelled out."""
    used = set[int]()
    for area in areas:
        for name in area:
            for unit in (name,) if isinstance(name, bytes) else name or ():
                if unit is None or unit == ANY_BYTE:
                    continue
                if not isinstance(unit, bytes) and len(unit) > 1:
                    raise TooIntricateError
                used.update(unit)
    free = next((byte for byte in b"xyzabcdefghijklmnopqrstuvw0123456789_-" if byte not in used), None)
    if free is None:
        raise TooIntricateError
    return bytes((free,))


def _count_any_bytes(name: Name | None) -> int:
    return 0 if name is None or isinstance(name, bytes) else sum(unit == ANY_BYTE for unit in name)
