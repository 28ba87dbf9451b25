"""The train is built whole: what only several together break is found, and who doesn't merge stops nobody else."""

from agentgrid.integration.conflicts.model import BASE, AgentWork, Meeting, Pair
from agentgrid.integration.order.building import Collision, Coupled, build_train, find_together


def work(agent: str, snapshot: str | None = "") -> AgentWork:
    return AgentWork(agent, f"topic__{agent}", "head", agent if snapshot == "" else snapshot)


def couple(tip: str, snapshot: str, _agent: str) -> Coupled:
    """`x` may stand with one other, never with two."""
    return Coupled(conflicts=(b"app.py",)) if snapshot == "x" and tip.count("+") >= 2 else Coupled(f"{tip}+{snapshot}")


def test_three_that_are_clean_in_pairs_and_not_together_are_found() -> None:
    found = build_train("base", [work("a"), work("b"), work("x")], couple, [])
    assert found == (Collision("x", (b"app.py",), frozenset()),)
    assert find_together(found) == (("x", (b"app.py",)),)


def test_what_a_pair_shows_is_not_told_as_a_conflict_of_several() -> None:
    pair = Pair("a", "x", "conflict", (Meeting(b"app.py", "conflict"), Meeting(b"other.py", "same-file")))
    found = build_train("base", [work("a"), work("b"), work("x")], couple, [pair])
    assert found == (Collision("x", (b"app.py",), frozenset({b"app.py"})),)
    assert find_together(found) == ()


def test_what_conflicts_with_the_base_is_no_conflict_of_several() -> None:
    pair = Pair("x", BASE, "conflict", (Meeting(b"app.py", "conflict"),))
    assert find_together(build_train("base", [work("a"), work("b"), work("x")], couple, [pair])) == ()


def test_who_does_not_merge_is_left_out_and_the_rest_goes_on() -> None:
    tips = []

    def watched(tip: str, snapshot: str, agent: str) -> Coupled:
        tips.append(tip)
        return couple(tip, snapshot, agent)

    build_train("base", [work("a"), work("b"), work("x"), work("c"), work("d", None)], watched, [])
    assert tips == ["base", "base+a", "base+a+b", "base+a+b"]
