"""Which order costs least: what must stand before something else first, then least rework, then who came first.

Agents that conflict with nobody are free of each other; each group of those that do is put in order by itself: exactly
where it is small (dynamic programming over its subsets), else greedily and then by moving single agents while that
helps. Equal costs keep the order in which the agents came, so the same work always gets the same answer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from agentgrid.errors import InputError
from agentgrid.integration.order.rework import Rework

LARGEST_EXACT = 12
_MOST_ROUNDS = 20

Edges = frozenset[tuple[int, int]]
"""(before, after), as numbers of agents."""


@dataclass(frozen=True)
class Proposal:
    """`agents` in the order to land. `fifo`: first come, first served, as far as the edges let it. `is_exact`: no order
    costs less; else none was found."""

    agents: tuple[str, ...]
    cost: int
    fifo: tuple[str, ...]
    fifo_cost: int
    is_exact: bool


def propose(rework: Rework, edges: Iterable[tuple[str, str]] = ()) -> Proposal:
    """The order for `rework`'s agents. `edges`: (before, after) that must hold, such as dependencies of tasks; those
    that name somebody else don't count. Raises InputError when they go round in a circle."""
    numbers = {agent: number for number, agent in enumerate(rework.agents)}
    hard = frozenset((numbers[a], numbers[b]) for a, b in edges if a in numbers and b in numbers and a != b)
    fifo = _first_come(rework, hard)
    parts, is_exact = [], True
    for group in _groups(rework, hard):
        inner = frozenset(edge for edge in hard if edge[0] in group)
        if len(group) <= LARGEST_EXACT:
            parts.append(_order_exactly(rework, group, inner))
        else:
            is_exact = False
            parts.append(_improve(rework, _order_greedily(rework, group, inner), inner))
    sequence = _interleave(parts)
    cost, fifo_cost = rework.cost(sequence), rework.cost(fifo)
    if fifo_cost <= cost:
        sequence, cost = fifo, fifo_cost
    named = (tuple(rework.agents[each] for each in order) for order in (sequence, fifo))
    return Proposal(next(named), cost, next(named), fifo_cost, is_exact)


def _first_come(rework: Rework, edges: Edges) -> list[int]:
    left = list(range(len(rework.agents)))
    order: list[int] = []
    while left:
        free = next((each for each in left if not any(b == each and a in left for a, b in edges)), None)
        if free is None:
            names = ", ".join(rework.agents[each] for each in left)
            raise InputError(f"no order to land in: {names} wait for each other in a circle",
                             hint="take one of the dependencies away")  # fmt: skip
        order.append(free)
        left.remove(free)
    return order


def _groups(rework: Rework, edges: Edges) -> Iterator[list[int]]:
    """Agents bound to one another by conflicts or edges, at whatever remove; lowest number first."""
    bound: dict[int, set[int]] = {each: set(rework.neighbours(each)) for each in range(len(rework.agents))}
    for before, after in edges:
        bound[before].add(after)
        bound[after].add(before)
    seen: set[int] = set()
    for first in bound:
        if first in seen:
            continue
        group, waiting = set(), [first]
        while waiting:
            each = waiting.pop()
            if each not in group:
                group.add(each)
                waiting += bound[each]
        seen |= group
        yield sorted(group)


def _order_exactly(rework: Rework, group: Sequence[int], edges: Edges) -> list[int]:
    """Of all orders with the least cost, the one that keeps nearest to the order of coming."""
    size = len(group)
    places = {agent: place for place, agent in enumerate(group)}
    needs = [sum(1 << places[a] for a, b in edges if b == agent) for agent in group]
    full = (1 << size) - 1
    rest = [0] * (full + 1)  # by the set of those that landed: what the others cost at best; -1 when they can't land
    for landed in range(full - 1, -1, -1):
        before = [group[place] for place in range(size) if landed >> place & 1]
        options = [rework.step(group[place], before) + rest[landed | 1 << place]
                   for place in _free(landed, needs) if rest[landed | 1 << place] >= 0]  # fmt: skip
        rest[landed] = min(options, default=-1)
    sequence: list[int] = []
    landed = 0
    while landed != full:
        place = next(place for place in _free(landed, needs) if rest[landed | 1 << place] >= 0
                     and rework.step(group[place], sequence) + rest[landed | 1 << place] == rest[landed])  # fmt: skip
        sequence.append(group[place])
        landed |= 1 << place
    return sequence


def _free(landed: int, needs: Sequence[int]) -> Iterator[int]:
    return (place for place, need in enumerate(needs) if not landed >> place & 1 and need & ~landed == 0)


def _order_greedily(rework: Rework, group: Sequence[int], edges: Edges) -> list[int]:
    """Always whoever makes the least new rework for itself and for those that stay."""
    sequence: list[int] = []
    masks = {each: rework.start[each] for each in group}  # what each has to work over by now
    while masks:
        free = [each for each in masks if not any(b == each and a in masks for a, b in edges)]
        costs = {each: masks[each].bit_count() + _burden(rework, each, masks) for each in free}
        chosen = min(free, key=lambda each: (costs[each], each))
        sequence.append(chosen)
        del masks[chosen]
        for other in masks:
            masks[other] |= rework.masks[other][chosen]
    return sequence


def _burden(rework: Rework, agent: int, masks: Mapping[int, int]) -> int:
    """What landing `agent` now adds to what the others have to work over."""
    return sum(
        (mask | rework.masks[other][agent]).bit_count() - mask.bit_count()
        for other, mask in masks.items()
        if other != agent
    )


def _improve(rework: Rework, sequence: list[int], edges: Edges) -> list[int]:
    """Moves one agent at a time to where that costs least, as long as it helps."""
    best, cost = sequence, rework.cost(sequence)
    for _ in range(_MOST_ROUNDS):
        start = cost
        for agent in sorted(sequence):
            rest = [each for each in best if each != agent]
            costs = _costs_of_places(rework, rest, agent)
            place = min(_allowed_places(rest, agent, edges), key=lambda place, costs=costs: costs[place])  # type: ignore[misc]
            if costs[place] < cost:
                best, cost = [*rest[:place], agent, *rest[place:]], costs[place]
        if cost == start:
            break
    return best


def _costs_of_places(rework: Rework, rest: Sequence[int], agent: int) -> list[int]:
    """What the whole order costs with `agent` at each place of `rest`."""
    own = [rework.start[agent]]
    alone, added = 0, []
    for number, each in enumerate(rest):
        own.append(own[-1] | rework.masks[agent][each])
        mask = rework.start[each]
        for other in rest[:number]:
            mask |= rework.masks[each][other]
        alone += mask.bit_count()
        added.append((mask | rework.masks[each][agent]).bit_count() - mask.bit_count())
    return [alone + own[place].bit_count() + sum(added[place:]) for place in range(len(rest) + 1)]


def _allowed_places(rest: Sequence[int], agent: int, edges: Edges) -> range:
    first = max((rest.index(a) + 1 for a, b in edges if b == agent), default=0)
    last = min((rest.index(b) for a, b in edges if a == agent), default=len(rest))
    return range(first, last + 1)


def _interleave(parts: Sequence[Sequence[int]]) -> list[int]:
    """Groups don't disturb each other: of those that stand first in theirs, always who came first."""
    heads = [(part[0], number, 0) for number, part in enumerate(parts)]
    heapify(heads)
    sequence = []
    while heads:
        agent, number, place = heappop(heads)
        sequence.append(agent)
        if place + 1 < len(parts[number]):
            heappush(heads, (parts[number][place + 1], number, place + 1))
    return sequence
