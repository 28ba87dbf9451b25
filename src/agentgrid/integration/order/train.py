"""The order that is proposed, with its costs, after its train was built whole in the object database."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from agentgrid.git.process import Git
from agentgrid.git.trial_merges import try_merges
from agentgrid.git.work_commit import AUTHOR
from agentgrid.integration.conflicts.git_verdict import judge_trial
from agentgrid.integration.conflicts.model import AgentWork, Pair, ProposedOrder
from agentgrid.integration.order.building import Coupled, build_train
from agentgrid.integration.order.proposing import propose
from agentgrid.integration.order.rework import weigh_rework

_NEVER = 1 << 62  # without a commit of its own: after all that have one
_AT = {"GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000"}  # equal work, equal ids


@dataclass(frozen=True)
class Queue:
    """What is known of who may land when. `started_at`: agent → when its oldest commit was made, in seconds since 1970;
    `after`: agent → whom it must come after."""

    started_at: Mapping[str, int] = field(default_factory=dict)
    after: Mapping[str, AbstractSet[str]] = field(default_factory=dict)


def propose_order(
    git: Git, works: Sequence[AgentWork], pairs: Sequence[Pair], base_oid: str, queue: Queue
) -> ProposedOrder:
    """The order for all agents that have something to land. `git` has scratch objects and sees the snapshots.

    Raises InputError when `after` goes in a circle.
    """
    landing = {work.agent: work for work in works if work.changed or work.problem}
    arrived = sorted(landing, key=lambda agent: queue.started_at.get(agent, _NEVER))
    edges = [(before, agent) for agent, others in queue.after.items() for before in others]
    found = propose(weigh_rework(arrived, pairs), edges)
    built = build_train(base_oid, [landing[agent] for agent in found.agents],
                        lambda tip, snapshot, agent: _couple(git, (tip, snapshot), agent))  # fmt: skip
    return ProposedOrder(found.agents, found.cost, found.fifo, found.fifo_cost, found.is_exact, built)


def _couple(git: Git, sides: tuple[str, str], agent: str) -> Coupled:
    outcome = try_merges(git, [sides], batched=False)[sides]
    verdict = judge_trial(outcome, sides)
    if verdict.conflicts or verdict.problem:
        return Coupled(conflicts=tuple(path for path, _ in verdict.conflicts), problem=verdict.problem)
    parents = [part for side in sides for part in ("-p", side)]
    made = git.run("commit-tree", outcome.tree, *parents, "-m", f"Land {agent}", env={**AUTHOR, **_AT})
    return Coupled(made.text)
