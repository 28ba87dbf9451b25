"""Building a proposed train whole, before it is proposed: a set that is clean in pairs may still conflict together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agentgrid.integration.conflicts.model import AgentWork, Pair
from agentgrid.integration.order.rework import explained_paths


@dataclass(frozen=True)
class Coupled:
    """What merging one more gave: the new tip, or the `conflicts` that keep it out. `problem`: git could not tell."""

    tip: str = ""
    conflicts: tuple[bytes, ...] = ()
    problem: str | None = None


Couple = Callable[[str, str, str], Coupled]
"""(the train's tip, the commit to merge, the agent's id) → what came of it; in scratch objects."""


@dataclass(frozen=True)
class Collision:
    """An agent whose work doesn't merge with all before it. `known`: the paths in which it conflicts with one of them
    alone, as pairs had shown."""

    agent: str
    paths: tuple[bytes, ...]
    known: frozenset[bytes]


def build_train(base: str, works: Sequence[AgentWork], couple: Couple, pairs: Iterable[Pair]) -> tuple[Collision, ...]:
    """Merges the works' snapshots into `base` one after the other, in this order; who doesn't merge is left out and the
    rest goes on. A work without a snapshot is left out in silence: its pairs say that it is unknown."""
    known = {frozenset({pair.a, pair.b}): pair for pair in pairs}
    tip, landed, found = base, [], []
    for work in works:
        if work.snapshot is None:
            continue
        outcome = couple(tip, work.snapshot, work.agent)
        if outcome.tip:
            tip = outcome.tip
            landed.append(work.agent)
        else:
            explained = explained_paths(work.agent, landed, known)
            found.append(Collision(work.agent, outcome.conflicts, frozenset(explained)))
    return tuple(found)


def find_together(collisions: Iterable[Collision]) -> tuple[tuple[str, tuple[bytes, ...]], ...]:
    """(agent, paths) that conflict with several others together and with none of them alone, so that no pair shows it.

    One that conflicts with somebody alone has to be worked over anyway, and git may name the same conflict by another
    path then (renames)."""
    return tuple((each.agent, each.paths) for each in collisions if not each.known)
