"""The order that is proposed, with its costs, after its train was built whole in the object database."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha256

from agentgrid.git.process import Git
from agentgrid.git.trial_merges import try_merges
from agentgrid.git.work_commit import AT_NO_TIME, commit_tree
from agentgrid.integration.conflicts.git_verdict import GitVerdict, judge_trial
from agentgrid.integration.conflicts.memory import Memory
from agentgrid.integration.conflicts.model import AgentWork, Pair, ProposedOrder
from agentgrid.integration.order.building import Collision, Coupled, build_train
from agentgrid.integration.order.proposing import propose
from agentgrid.integration.order.rework import weigh_rework

_NEVER = 1 << 62  # without a commit of its own: after all that have one


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
    landing = {work.agent: work for work in works if work.changed or work.problem}
    arrived = sorted(landing, key=lambda agent: queue.started_at.get(agent, _NEVER))
    edges = [(before, agent) for agent, others in queue.after.items() for before in others]
    found = propose(weigh_rework(arrived, pairs), edges)
    built = _recall_train(git, base_oid, [landing[agent] for agent in found.agents], memory)
    return ProposedOrder(found.agents, found.cost, found.fifo, found.fifo_cost, found.is_exact, built)


def _recall_train(git: Git, base_oid: str, works: Sequence[AgentWork], memory: Memory) -> tuple[Collision, ...]:
    """Builds the train, once for the same commits in the same order."""
    commits = " ".join([base_oid, *(work.snapshot or "-" for work in works)])
    key = (sha256(commits.encode()).hexdigest(), "train")
    known = memory.verdict(key)
    if known is not None and all(place.isdecimal() and int(place) < len(works) for _, place in known.conflicts):
        paths_of: dict[str, list[bytes]] = {}
        for path, place in known.conflicts:
            paths_of.setdefault(works[int(place)].agent, []).append(path)
        return tuple((agent, tuple(paths)) for agent, paths in paths_of.items())
    built = build_train(base_oid, works, lambda tip, snapshot, agent: _couple(git, (tip, snapshot), agent))
    if all(paths for _, paths in built):  # else git could not tell, and may be able to next time
        places = {work.agent: str(place) for place, work in enumerate(works)}
        memory.keep_verdict(key, GitVerdict(tuple((path, places[agent]) for agent, paths in built for path in paths)))
    return built


def _couple(git: Git, sides: tuple[str, str], agent: str) -> Coupled:
    outcome = try_merges(git, [sides], batched=False)[sides]
    verdict = judge_trial(outcome, sides)
    if verdict.conflicts or verdict.problem:
        return Coupled(conflicts=tuple(path for path, _ in verdict.conflicts), problem=verdict.problem)
    return Coupled(commit_tree(git, outcome.tree, [*sides], f"Land {agent}", env=AT_NO_TIME))
