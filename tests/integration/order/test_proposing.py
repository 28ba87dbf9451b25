"""The proposed order: never dearer than any other, bound by what must stand first, the same every time."""

from collections.abc import Iterable
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgrid.errors import InputError
from agentgrid.integration.conflicts.model import BASE, Meeting, Pair
from agentgrid.integration.order import proposing
from agentgrid.integration.order.proposing import propose
from agentgrid.integration.order.rework import Rework, weigh_rework

PATHS = [b"a.py", b"b.py", b"c.py"]


def conflict(a: str, b: str, *paths: bytes) -> Pair:
    return Pair(a, b, "conflict", tuple(Meeting(path, "conflict") for path in paths))


def rework_of(agents: int, pairs: Iterable[Pair]) -> Rework:
    return weigh_rework([f"a{number}" for number in range(1, agents + 1)], pairs)


@st.composite
def cases(draw: st.DrawFn, most: int = 6) -> tuple[Rework, list[tuple[str, str]]]:
    """Agents, their conflicts, and edges that don't go round (always from the earlier to the later in one order)."""
    count = draw(st.integers(1, most))
    names = [f"a{number}" for number in range(1, count + 1)]
    everyone = [(a, b) for number, a in enumerate(names) for b in [*names[number + 1 :], BASE]]
    pairs = [conflict(a, b, *draw(st.lists(st.sampled_from(PATHS), max_size=3, unique=True))) for a, b in everyone]
    shuffled = draw(st.permutations(names))
    possible = [(a, b) for number, a in enumerate(shuffled) for b in shuffled[number + 1 :]]
    edges = draw(st.lists(st.sampled_from(possible), max_size=4, unique=True)) if possible else []
    return weigh_rework(names, [pair for pair in pairs if pair.files]), edges


def holds(order: tuple[str, ...], edges: Iterable[tuple[str, str]]) -> bool:
    return all(order.index(a) < order.index(b) for a, b in edges)


@given(cases())
@settings(max_examples=150, deadline=None)
def test_no_other_order_costs_less(case: tuple[Rework, list[tuple[str, str]]]) -> None:
    rework, edges = case
    numbers = {agent: number for number, agent in enumerate(rework.agents)}
    orders = [order for order in permutations(rework.agents) if holds(order, edges)]
    cheapest = min(rework.cost(numbers[agent] for agent in order) for order in orders)

    proposal = propose(rework, edges)

    assert proposal.is_exact
    assert proposal.cost == cheapest == rework.cost(numbers[agent] for agent in proposal.agents)
    assert holds(proposal.agents, edges)
    assert sorted(proposal.agents) == sorted(rework.agents)


@given(cases(most=9))
@settings(max_examples=60, deadline=None)
def test_a_large_group_is_a_permutation_that_is_no_dearer_than_first_come(
    case: tuple[Rework, list[tuple[str, str]]],
) -> None:
    rework, edges = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proposing, "LARGEST_EXACT", 1)
        proposal = propose(rework, edges)
        again = propose(rework, edges)
    exact = propose(rework, edges)

    assert proposal == again
    assert holds(proposal.agents, edges)
    assert sorted(proposal.agents) == sorted(rework.agents)
    assert proposal.cost >= exact.cost
    numbers = {agent: number for number, agent in enumerate(rework.agents)}
    assert proposal.cost == rework.cost(numbers[agent] for agent in proposal.agents)


def test_who_conflicts_with_many_lands_last() -> None:
    rework = rework_of(4, [conflict("a1", other, b"app.py") for other in ("a2", "a3", "a4")])

    proposal = propose(rework)

    assert proposal.agents == ("a2", "a3", "a4", "a1")
    assert (proposal.cost, proposal.fifo_cost) == (1, 3)


def test_without_conflicts_first_come_is_first_served() -> None:
    assert propose(rework_of(5, [])).agents == ("a1", "a2", "a3", "a4", "a5")


def test_equal_costs_keep_the_order_of_coming() -> None:
    rework = rework_of(3, [conflict("a1", "a2", b"x"), conflict("a2", "a3", b"x"), conflict("a1", "a3", b"x")])
    assert propose(rework).agents == ("a1", "a2", "a3")


def test_what_must_stand_first_does_also_where_it_costs_more() -> None:
    rework = rework_of(4, [conflict("a1", other, b"app.py") for other in ("a2", "a3", "a4")])
    proposal = propose(rework, [("a1", "a2"), ("a1", "nobody"), ("a1", "a1")])
    assert proposal.agents == ("a3", "a4", "a1", "a2")
    assert proposal.cost == 2


def test_a_circle_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="a2, a3 wait for each other"):
        propose(rework_of(3, []), [("a2", "a3"), ("a3", "a2")])


def test_a_path_that_conflicts_with_the_base_anyway_is_not_paid_twice() -> None:
    rework = rework_of(2, [conflict("a1", BASE, b"x"), conflict("a1", "a2", b"x")])
    assert propose(rework).agents == ("a2", "a1")
    assert propose(rework).cost == 1


def test_an_unknown_pair_counts_as_a_conflict() -> None:
    rework = rework_of(3, [Pair("a1", "a2", "unknown", problem="?"), Pair("a1", "a3", "unknown", problem="?")])
    assert propose(rework).agents == ("a2", "a3", "a1")


def test_a_hundred_that_all_conflict_are_put_in_order() -> None:
    agents = 100
    pairs = [
        conflict(f"a{a}", f"a{b}", b"f%d" % (a * b % 17), b"f%d" % (a + b))
        for a in range(1, agents + 1)
        for b in range(a + 1, agents + 1)
    ]
    proposal = propose(rework_of(agents, pairs))
    assert not proposal.is_exact
    assert proposal.cost <= proposal.fifo_cost
    assert len(set(proposal.agents)) == agents
