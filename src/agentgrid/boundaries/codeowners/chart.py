"""A chart: lines of (area, value) of which the last that a path is in decides, as in a CODEOWNERS file.

What a chart says within an area can be taken out of it as lines of their own, and put down elsewhere: so carve-outs,
precedence and several lists become one list, exactly.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from agentgrid.boundaries.codeowners.areas import Area, area_covers, cut_areas, do_areas_meet
from agentgrid.boundaries.codeowners.names import TooIntricateError
from agentgrid.boundaries.codeowners.witness import find_witness

V = TypeVar("V")
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Line(Generic[V]):
    """`origin`: numbers of what it comes from (rules, lines of a file), the latest last."""

    area: Area
    value: V
    origin: tuple[int, ...] = ()


class Chart(Generic[V]):
    """`default` holds where no line does."""

    def __init__(self, default: V, lines: "list[Line[V]] | None" = None) -> None:
        self.default = default
        self.lines: list[Line[V]] = []
        self._heads: dict[bytes | None, list[int]] = {}
        for line in lines or []:
            self.add(line)

    def copy(self) -> "Chart[V]":
        return Chart(self.default, self.lines)

    def add(self, line: Line[V]) -> None:
        head = line.area[0]
        self._heads.setdefault(head if isinstance(head, bytes) else None, []).append(len(self.lines))
        self.lines.append(line)

    def within(self, area: Area) -> list[Line[V]]:
        """What it says of the paths of `area`, of all of them and no others. Raises TooIntricateError."""
        inside: list[Line[V]] = []
        for line in self.near(area):
            if area_covers(line.area, area):
                inside.append(Line(area, line.value, line.origin))
                break
            inside += [Line(piece, line.value, line.origin) for piece in reversed(cut_areas(line.area, area))]
        else:
            inside.append(Line(area, self.default))
        return inside[::-1]

    def at(self, path: bytes) -> V:
        """What it says of one path."""
        names: Area = tuple(path.split(b"/"))
        return next((line.value for line in self.near(names) if area_covers(line.area, names)), self.default)

    def says(self, area: Area, value: V) -> bool:
        """Whether it is `value` for every path of `area`. True is sure; False may be said too often."""
        for line in self.near(area):
            is_same = line.value == value
            if area_covers(line.area, area):
                return is_same
            if not is_same and do_areas_meet(line.area, area):
                return False
        return self.default == value

    def find_decided(self, number: int) -> bytes | None:
        """A path that line `number` decides; None where there is none. Raises TooIntricateError."""
        return find_witness(self.lines[number].area, [line.area for line in self.lines[number + 1 :]])

    def simplified(self) -> "Chart[V]":
        """The same chart without lines that later ones hide, or that say what holds anyway."""
        seen: Chart[V] = Chart(self.default)
        for line in reversed(self.lines):
            if not any(area_covers(later.area, line.area) for later in seen.near(line.area)):
                seen.add(line)
        spare: Chart[V] = Chart(self.default)
        for line in reversed(seen.lines):
            if not spare.says(line.area, line.value):
                spare.add(line)
        return spare

    def near(self, area: Area) -> Iterator[Line[V]]:
        """Lines that may meet `area`, the last first."""
        head = area[0]
        if isinstance(head, bytes):
            numbers = sorted(self._heads.get(head, []) + self._heads.get(None, []), reverse=True)
        else:
            numbers = list(range(len(self.lines) - 1, -1, -1))
        return (self.lines[number] for number in numbers)


def do_charts_agree(one: Chart[V], other: Chart[W], is_same: Callable[[V, W], bool]) -> bool:
    """Whether what the two say of each path `is_same`. True is sure; False may be said where it can't be told."""
    pairs = Chart((one.default, other.default))
    for line in other.lines:
        pairs.add(Line(line.area, (one.default, line.value)))
    try:
        for outer in one.lines:
            for inner in other.within(outer.area):
                pairs.add(Line(inner.area, (outer.value, inner.value)))
        pairs = pairs.simplified()
        return is_same(*pairs.default) and all(
            is_same(*line.value) or pairs.find_decided(number) is None for number, line in enumerate(pairs.lines)
        )
    except TooIntricateError:
        return False
