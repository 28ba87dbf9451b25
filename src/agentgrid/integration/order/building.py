"""Building a proposed train whole, before it is proposed: a set that is clean in pairs may still conflict together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentgrid.integration.conflicts.model import AgentWork


@dataclass(frozen=True)
class Coupled:
    """What merging one more gave: the new tip, or the `conflicts` that keep it out. `problem`: git could not tell."""

    tip: str = ""
    conflicts: tuple[bytes, ...] = ()
    problem: str | None = None


Couple = Callable[[str, str, str], Coupled]
"""(the train's tip, the commit to merge, the agent's id) → what came of it; in scratch objects."""

Collision = tuple[str, tuple[bytes, ...]]
"""An agent whose work doesn't merge with all before it, and the paths; without any where git could not tell."""


def build_train(base: str, works: Sequence[AgentWork], couple: Couple) -> tuple[Collision, ...]:
    """Merges the works' snapshots into `base` one after the other, in this order; who doesn't merge is left out and the
    rest goes on. A work without a snapshot is left out in silence: its pairs say that it is unknown."""
    tip = base
    found: list[Collision] = []
    for work in works:
        if work.snapshot is None:
            continue
        outcome = couple(tip, work.snapshot, work.agent)
        if outcome.tip:
            tip = outcome.tip
        else:
            found.append((work.agent, outcome.conflicts))
    return tuple(found)
