"""What `status` tells of an agent's way into the base: its review, its pull request, its open migration requests,
without any network."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentgrid.boundaries.migrations.queries import open_ids
from agentgrid.boundaries.reviews.book import ReviewBook, Standing
from agentgrid.integration.pull_requests.pull_request import PullRequest
from agentgrid.integration.pull_requests.records import read_recorded
from agentgrid.store.session import Store

if TYPE_CHECKING:
    from agentgrid.insight.status import AgentStatus


@dataclass(frozen=True, slots=True)
class Integration:
    """What is None, or empty, there is nothing to tell of. `migrations`: ids."""

    review: Standing | None
    pull_request: PullRequest | None
    migrations: tuple[str, ...] = ()


def read_integration(
    compiled: Mapping[str, Any], book: ReviewBook, store: Store, base: str, agents: "Sequence[AgentStatus]"
) -> dict[str, Integration]:
    """Agent → what there is to tell. Reviews are looked at only where some are asked for, or there are any."""
    with store.read() as session:
        recorded = read_recorded(session)
        asked = open_ids(session)
    standings = _read_standings(compiled, book.read_once(), base, agents)
    found: dict[str, Integration] = {}
    for agent in agents:
        pull_request = recorded.get(agent.branch) if agent.branch else None
        standing = standings.get(agent.id)
        if standing is not None or pull_request is not None or agent.id in asked:
            found[agent.id] = Integration(standing, pull_request, asked.get(agent.id, ()))
    return found


def _read_standings(
    compiled: Mapping[str, Any], book: ReviewBook, base: str, agents: "Sequence[AgentStatus]"
) -> dict[str, Standing]:
    """Agent → how its open work stands; as many at a time as there are cores."""
    approvals, is_binding = compiled["reviews"]
    reviewed = book.reviewed_agents()
    heads = {
        agent.id: agent.head
        for agent in agents
        if agent.head and agent.facts is not None and not agent.facts.is_merged
        and (approvals or is_binding or agent.id in reviewed)
    }  # fmt: skip
    if not heads:
        return {}
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        jobs = {agent: pool.submit(book.standing, agent, base=base, head=head) for agent, head in heads.items()}
        found = {agent: job.result() for agent, job in jobs.items()}
    return {agent: each for agent, each in found.items() if each is not None and (each.word or each.dropped)}
