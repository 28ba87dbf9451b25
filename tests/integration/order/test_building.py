"""The train is built whole: what only several together break is found, and who doesn't merge stops nobody else."""

from agentgrid.integration.conflicts.model import AgentWork
from agentgrid.integration.order.building import Coupled, build_train


def work(agent: str, snapshot: str | None = "") -> AgentWork:
    return AgentWork(agent, f"topic__{agent}", "head", agent if snapshot == "" else snapshot)


def couple(tip: str, snapshot: str, _agent: str) -> Coupled:
    """`x` may stand with one other, never with two."""
    return Coupled(conflicts=(b"app.py",)) if snapshot == "x" and tip.count("+") >= 2 else Coupled(f"{tip}+{snapshot}")


def test_what_merges_with_each_and_not_with_all_is_found() -> None:
    assert build_train("base", [work("a"), work("x")], couple) == ()
    assert build_train("base", [work("a"), work("b"), work("x")], couple) == (("x", (b"app.py",)),)


def test_what_git_can_not_tell_is_found_too() -> None:
    assert build_train("base", [work("a")], lambda *_: Coupled(problem="?")) == (("a", ()),)


def test_who_does_not_merge_is_left_out_and_the_rest_goes_on() -> None:
    tips = []

    def watched(tip: str, snapshot: str, agent: str) -> Coupled:
        tips.append(tip)
        return couple(tip, snapshot, agent)

    build_train("base", [work("a"), work("b"), work("x"), work("c"), work("d", None)], watched)
    assert tips == ["base", "base+a", "base+a+b", "base+a+b"]
