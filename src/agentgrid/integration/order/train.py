"""The proposed order, and the proof of it: all of it merged one after the other, in the object database."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha256

from agentgrid.git.process import Git
from agentgrid.git.trial_merges import try_merges
from agentgrid.git.work_commit import AUTHOR
from agentgrid.integration.conflicts.git_verdict import GitVerdict, judge_trial
from agentgrid.integration.conflicts.memory import Memory
from agentgrid.integration.conflicts.model import BASE, AgentWork, Pair, ProposedOrder
from agentgrid.integration.order.deciding import Contest, decide_order

Trouble = tuple[str, tuple[bytes, ...]]
"""An agent, and the paths in which its work doesn't merge."""


@dataclass(frozen=True)
class Queue:
    """What is known of who may land when. `started_at`: agent → when its oldest commit was made, in seconds since 1970;
    `after`: agent → whom it must come after."""

    started_at: Mapping[str, int] = field(default_factory=dict)
    after: Mapping[str, AbstractSet[str]] = field(default_factory=dict)


def propose_order(
    git: Git, works: Sequence[AgentWork], pairs: Sequence[Pair], base_oid: str, queue: Queue, memory: Memory
) -> ProposedOrder:
    """The order for all agents that have something to land. `git` has scratch objects and sees the snapshots.

    Raises InputError when `after` goes in a circle.
    """
    landing = [work for work in works if work.snapshot and work.problem is None and work.changed]
    first_come = sorted(landing, key=lambda work: queue.started_at.get(work.agent, _NEVER))
    decision = decide_order(_contest(first_come, pairs, queue))
    snapshots = {work.agent: work.snapshot for work in landing if work.snapshot}
    together = _recall_train(git, base_oid, [(agent, snapshots[agent]) for agent in decision.order], memory)
    return ProposedOrder(decision.order, decision.cost, decision.fifo, decision.fifo_cost, decision.is_exact, together)


def build_train(git: Git, base_oid: str, wagons: Sequence[tuple[str, str]]) -> tuple[Trouble, ...]:
    """Merges (agent, commit) one after the other on top of the base; who doesn't merge is told and left out."""
    top, troubles = base_oid, list[Trouble]()
    for agent, commit in wagons:
        sides = (top, commit)
        outcome = try_merges(git, [sides], batched=False)[sides]
        verdict = judge_trial(outcome, sides)
        if verdict.conflicts or verdict.problem:
            troubles.append((agent, tuple(path for path, _ in verdict.conflicts)))
            continue
        top = git.run("commit-tree", outcome.tree, "-p", top, "-p", commit, "-m", agent, env=AUTHOR).text
    return tuple(troubles)


def _recall_train(git: Git, base_oid: str, wagons: Sequence[tuple[str, str]], memory: Memory) -> tuple[Trouble, ...]:
    """As `build_train`, once for the same commits in the same order."""
    commits = " ".join([base_oid, *(commit for _, commit in wagons)])
    key = (sha256(commits.encode()).hexdigest(), "train")
    known = memory.verdict(key)
    if known is None or not all(place.isdecimal() and int(place) < len(wagons) for _, place in known.conflicts):
        troubles = build_train(git, base_oid, wagons)
        if all(paths for _, paths in troubles):  # else git could not tell, and may be able to next time
            places = {agent: str(place) for place, (agent, _) in enumerate(wagons)}
            told = tuple((path, places[agent]) for agent, paths in troubles for path in paths)
            memory.keep_verdict(key, GitVerdict(told))
        return troubles
    paths_of: dict[str, list[bytes]] = {}
    for path, place in known.conflicts:
        paths_of.setdefault(wagons[int(place)][0], []).append(path)
    return tuple((agent, tuple(paths)) for agent, paths in paths_of.items())


_NEVER = 1 << 62  # without a commit of its own: after all that have one


def _contest(works: Sequence[AgentWork], pairs: Sequence[Pair], queue: Queue) -> Contest:
    between: dict[tuple[str, str], frozenset[bytes]] = {}
    with_base: dict[str, frozenset[bytes]] = {}
    for pair in pairs:
        paths = frozenset(meeting.path for meeting in pair.files if meeting.level == "conflict")
        if paths and pair.b == BASE:
            with_base[pair.a] = paths
        elif paths:
            between[pair.a, pair.b] = paths
    return Contest(tuple(work.agent for work in works), between, with_base, queue.after)
