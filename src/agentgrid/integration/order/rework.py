"""What an order of landing costs: the paths that somebody has to work over because others landed before.

Who lands works over each of its paths that conflicts with anything landed before it, once, however many conflict
there. So a branch that conflicts with three others in one file costs 1 when it lands last, and 3 when it lands first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentgrid.integration.conflicts.model import BASE, Pair

_UNTOLD = b""  # stands for whatever conflicts in a pair of which nobody knows


@dataclass(frozen=True)
class Rework:
    """`agents`: in the order in which they came. `masks[j][i]`: as bits, the paths that agent `j` has to work over when
    agent `i` landed before it. `start[j]`: those it has to work over in any case, for the base."""

    agents: tuple[str, ...]
    masks: tuple[tuple[int, ...], ...]
    start: tuple[int, ...]

    def cost(self, sequence: Iterable[int]) -> int:
        """Of landing the agents with these numbers in this order: paths to be worked over in all."""
        total = 0
        landed: list[int] = []
        for agent in sequence:
            total += self.step(agent, landed)
            landed.append(agent)
        return total

    def step(self, agent: int, landed: Iterable[int]) -> int:
        """Paths that `agent` has to work over when `landed` stand before it."""
        mask, row = self.start[agent], self.masks[agent]
        for other in landed:
            mask |= row[other]
        return mask.bit_count()

    def neighbours(self, agent: int) -> list[int]:
        """The agents that `agent` conflicts with."""
        return [other for other, mask in enumerate(self.masks[agent]) if mask]


def weigh_rework(agents: Sequence[str], pairs: Iterable[Pair]) -> Rework:
    """`agents` in the order in which they came. Pairs with others are left out; one that is unknown counts as one path
    in conflict."""
    numbers = {agent: number for number, agent in enumerate(agents)}
    bits: dict[bytes, int] = {}
    masks = [[0] * len(agents) for _ in agents]
    start = [0] * len(agents)
    for pair in pairs:
        mask = _mask(pair, bits)
        if pair.b == BASE and pair.a in numbers:
            start[numbers[pair.a]] |= mask
        elif pair.a in numbers and pair.b in numbers:
            masks[numbers[pair.a]][numbers[pair.b]] |= mask
            masks[numbers[pair.b]][numbers[pair.a]] |= mask
    return Rework(tuple(agents), tuple(map(tuple, masks)), tuple(start))


def _mask(pair: Pair, bits: dict[bytes, int]) -> int:
    if pair.level == "unknown":
        paths = [_UNTOLD]
    else:
        paths = [meeting.path for meeting in pair.files if meeting.level == "conflict"]
        if not paths and pair.level == "conflict":
            paths = [_UNTOLD]
    mask = 0
    for path in paths:
        mask |= bits.setdefault(path, 1 << len(bits))
    return mask
