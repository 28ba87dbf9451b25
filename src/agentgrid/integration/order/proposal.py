"""The order that is proposed, with its costs, after its train was built whole in scratch objects."""

from collections.abc import Iterable, Sequence

from agentgrid.git.process import Git
from agentgrid.git.trial_merges import TrialMerge, try_merges
from agentgrid.git.work_commit import AUTHOR
from agentgrid.integration.conflicts.model import AgentWork, Pair, ProposedOrder
from agentgrid.integration.order.arrival import sort_by_arrival
from agentgrid.integration.order.building import Coupled, build_train, find_together
from agentgrid.integration.order.proposing import propose_order
from agentgrid.integration.order.rework import weigh_rework

_AT = {"GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000"}  # equal work, equal ids


def propose(
    git: Git,
    base: str,
    works: Sequence[AgentWork],
    pairs: Sequence[Pair],
    edges: Iterable[tuple[str, str]] = (),
) -> ProposedOrder:
    """The order to land `works` in. `git` writes to scratch objects and sees the snapshots. `edges`: (before, after),
    for reasons of their own. Raises InputError when those go round in a circle."""
    bringing = [work for work in works if work.changed or work.problem]
    arrived = sort_by_arrival(git, base, bringing)
    fifo = tuple(work.agent for work in arrived)
    proposal = propose_order(weigh_rework(fifo, pairs), edges)
    by_agent = {work.agent: work for work in arrived}
    built = build_train(base, [by_agent[agent] for agent in proposal.agents],
                        lambda tip, snapshot, agent: _couple(git, tip, snapshot, agent), pairs)  # fmt: skip
    return ProposedOrder(
        proposal.agents, proposal.cost, fifo, proposal.fifo_cost, proposal.is_exact, find_together(built)
    )


def _couple(git: Git, tip: str, snapshot: str, agent: str) -> Coupled:
    outcome = try_merges(git, [(tip, snapshot)], batched=False)[tip, snapshot]
    if outcome.problem is not None:
        return Coupled(problem=outcome.problem)
    if not outcome.is_clean:
        return Coupled(conflicts=_paths(outcome))
    env = {**AUTHOR, **_AT}
    made = git.run("commit-tree", outcome.tree, "-p", tip, "-p", snapshot, "-m", f"Land {agent}", env=env)
    return Coupled(made.text)


def _paths(outcome: TrialMerge) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(stage.path for stage in outcome.stages))
