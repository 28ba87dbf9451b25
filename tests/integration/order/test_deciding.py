"""The order is the cheapest that what must come first allows; the same for the same facts."""

import random
from itertools import permutations

import pytest

from agentgrid.errors import InputError
from agentgrid.integration.order import deciding
from agentgrid.integration.order.deciding import Contest, decide_order


def contest(seed: int, count: int, *, edges: int = 0) -> Contest:
    chance = random.Random(seed)
    agents = tuple(f"a{number}" for number in range(count))
    between = {
        (one, other): frozenset(b"%d" % chance.randrange(8) for _ in range(chance.randint(1, 4)))
        for place, one in enumerate(agents) for other in agents[place + 1 :] if chance.random() < 0.6
    }  # fmt: skip
    after: dict[str, set[str]] = {}
    for _ in range(edges):
        first, second = sorted(chance.sample(range(count), 2))
        after.setdefault(agents[first], set()).add(agents[second])
    return Contest(agents, between, {agents[0]: frozenset({b"base"})}, after)


@pytest.mark.parametrize("seed", range(12))
def test_no_order_of_a_few_is_cheaper(seed: int) -> None:
    facts = contest(seed, 6, edges=seed % 3)
    allowed = [order for order in permutations(facts.agents) if facts.allows(order)]

    decision = decide_order(facts)

    assert decision.is_exact
    assert facts.allows(decision.order)
    assert decision.cost == facts.cost(decision.order) == min(facts.cost(order) for order in allowed)
    assert decision.fifo_cost >= decision.cost


@pytest.mark.parametrize("seed", range(4))
def test_many_are_ordered_no_worse_than_first_come_first_served(seed: int) -> None:
    facts = contest(seed, 14, edges=3)

    decision = decide_order(facts)

    assert not decision.is_exact
    assert sorted(decision.order) == sorted(facts.agents)
    assert facts.allows(decision.order)
    assert decision.cost <= decision.fifo_cost
    assert decide_order(facts) == decision


@pytest.mark.parametrize("seed", range(6))
def test_the_greedy_way_comes_near_the_best(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = contest(seed, 7)
    best = decide_order(facts).cost
    monkeypatch.setattr(deciding, "MOST_EXACT", 0)

    assert decide_order(facts).cost <= best * 1.25


def test_whose_paths_are_the_same_for_all_others_lands_last() -> None:
    """a0 conflicts with three others in one path: it works it over once, they would three times."""
    between = {("a0", other): frozenset({b"x"}) for other in ("a1", "a2", "a3")}
    decision = decide_order(Contest(("a0", "a1", "a2", "a3"), between, {}, {}))

    assert (decision.order, decision.cost) == (("a1", "a2", "a3", "a0"), 1)
    assert (decision.fifo, decision.fifo_cost) == (("a0", "a1", "a2", "a3"), 3)


def test_of_equal_orders_first_come_first_served_is_taken() -> None:
    assert decide_order(Contest(("b", "a", "c"), {}, {}, {})).order == ("b", "a", "c")
    assert decide_order(Contest(("b", "a", "c"), {}, {}, {"b": {"c", "gone"}})).order == ("a", "c", "b")


def test_a_circle_is_refused() -> None:
    with pytest.raises(InputError, match="a, b wait for each other"):
        decide_order(Contest(("a", "b"), {}, {}, {"a": {"b"}, "b": {"a"}}))
