"""In which order to land: what must come first comes first, then the least work over conflicting paths. Pure.

Whoever lands after another works over the paths in which the two conflict, once for all that landed before: so the
order matters, though every pair is between the same two.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from agentgrid.errors import InputError

MOST_EXACT = 9
"""Up to so many branches every order is weighed; beyond, a greedy one is improved step by step."""

Paths = frozenset[bytes]


@dataclass(frozen=True)
class Contest:
    """`agents`: first come first. `between`: (agent, agent) in either order → the paths in conflict. `with_base`: agent
    → those in conflict with the base. `after`: agent → whom it must come after."""

    agents: tuple[str, ...]
    between: Mapping[tuple[str, str], Paths]
    with_base: Mapping[str, Paths]
    after: Mapping[str, AbstractSet[str]]

    def cost_of(self, agent: str, landed: Sequence[str] | AbstractSet[str]) -> int:
        """How many paths `agent` has to work over once `landed` are in the base."""
        paths = set(self.with_base.get(agent, ()))
        for other in landed:
            paths |= self._paths(agent, other)
        return len(paths)

    def cost(self, order: Sequence[str]) -> int:
        """How many paths all have to work over together."""
        return sum(self.cost_of(agent, order[:place]) for place, agent in enumerate(order))

    def is_open(self, agent: str, landed: Sequence[str] | AbstractSet[str]) -> bool:
        """Whether all that `agent` must come after are among `landed`, or are no part of this."""
        return all(other in landed or other not in self.agents for other in self.after.get(agent, ()))

    def allows(self, order: Sequence[str]) -> bool:
        return all(self.is_open(agent, order[:place]) for place, agent in enumerate(order))

    def _paths(self, one: str, other: str) -> Paths:
        return self.between.get((one, other)) or self.between.get((other, one)) or frozenset()


@dataclass(frozen=True)
class Decision:
    """`order` and first come first served (`fifo`, as far as what must come first lets it), each with its cost."""

    order: tuple[str, ...]
    cost: int
    fifo: tuple[str, ...]
    fifo_cost: int
    is_exact: bool


def decide_order(contest: Contest) -> Decision:
    """The cheapest order; of equal ones the one nearest to first come first served. Raises InputError when agents wait
    for each other in a circle."""
    fifo = _first_come(contest)
    is_exact = len(fifo) <= MOST_EXACT
    order = _exact(contest, fifo) if is_exact else _improve(contest, _greedy(contest, fifo))
    cost, fifo_cost = contest.cost(order), contest.cost(fifo)
    if cost == fifo_cost:
        order = fifo
    return Decision(order, cost, fifo, fifo_cost, is_exact)


def _first_come(contest: Contest) -> tuple[str, ...]:
    order: list[str] = []
    waiting = list(contest.agents)
    while waiting:
        free = next((agent for agent in waiting if contest.is_open(agent, order)), None)
        if free is None:
            raise InputError(f"{', '.join(waiting)} wait for each other: none of them can land first",
                             hint="take one of the dependencies away")  # fmt: skip
        order.append(free)
        waiting.remove(free)
    return tuple(order)


def _exact(contest: Contest, fifo: Sequence[str]) -> tuple[str, ...]:
    """Best order of every set of agents, from the best of the sets that are smaller by one."""
    best: dict[frozenset[str], tuple[int, tuple[int, ...]]] = {frozenset(): (0, ())}
    for _ in fifo:
        grown: dict[frozenset[str], tuple[int, tuple[int, ...]]] = {}
        for landed, (cost, places) in best.items():
            for place, agent in enumerate(fifo):
                if agent in landed or not contest.is_open(agent, landed):
                    continue
                candidate = (cost + contest.cost_of(agent, landed), (*places, place))
                key = landed | {agent}
                if key not in grown or candidate < grown[key]:
                    grown[key] = candidate
        best = grown
    return tuple(fifo[place] for place in next(iter(best.values()))[1])


def _greedy(contest: Contest, fifo: Sequence[str]) -> list[str]:
    """Next is who has least to work over now, and of those who makes least work for the ones that remain."""
    order: list[str] = []
    waiting = list(fifo)
    while waiting:
        free = [agent for agent in waiting if contest.is_open(agent, order)]
        chosen = min(free, key=lambda agent: (contest.cost_of(agent, order), _burden(contest, agent, waiting)))
        order.append(chosen)
        waiting.remove(chosen)
    return order


def _burden(contest: Contest, agent: str, waiting: Sequence[str]) -> int:
    return sum(contest.cost_of(other, (agent,)) for other in waiting if other != agent)


def _improve(contest: Contest, order: list[str]) -> tuple[str, ...]:
    """Moves one agent at a time to where it makes the whole cheaper, until nothing does."""
    cost = contest.cost(order)
    for _ in range(len(order)):
        better = _best_move(contest, order, cost)
        if better is None:
            break
        order, cost = better, contest.cost(better)
    return tuple(order)


def _best_move(contest: Contest, order: Sequence[str], cost: int) -> list[str] | None:
    """The cheapest order that differs in one agent's place; None when none is cheaper than `cost`."""
    found: list[str] | None = None
    busy = [agent for agent in order if contest.cost_of(agent, [other for other in order if other != agent])]
    for agent in busy:
        rest = [other for other in order if other != agent]
        for place in range(len(order)):
            candidate = [*rest[:place], agent, *rest[place:]]
            if contest.allows(candidate) and (weight := contest.cost(candidate)) < cost:
                found, cost = candidate, weight
    return found
