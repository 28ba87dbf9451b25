"""What `status` tells of an agent's way into the base: its review and its pull request, without any network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentgrid.boundaries.reviews.book import ReviewBook, Standing
from agentgrid.integration.pull_requests.pull_request import PullRequest
from agentgrid.integration.pull_requests.records import read_recorded
from agentgrid.store.session import Store

if TYPE_CHECKING:
    from agentgrid.insight.status import AgentStatus


@dataclass(frozen=True, slots=True)
class Integration:
    """What is None there is nothing to tell of."""

    review: Standing | None
    pull_request: PullRequest | None


def read_integration(
    compiled: Mapping[str, Any], book: ReviewBook, store: Store, base: str, agents: "Sequence[AgentStatus]"
) -> dict[str, Integration]:
    """Agent → what there is to tell. Reviews are looked at only where some are asked for, or there are any."""
    approvals, is_binding = compiled["reviews"]
    reviewed = {review.subject.agent for review, _ in book.list_recorded()}
    with store.read() as session:
        recorded = read_recorded(session)
    found: dict[str, Integration] = {}
    for agent in agents:
        standing = None
        is_open = agent.head is not None and agent.facts is not None and not agent.facts.is_merged
        if is_open and agent.head and (approvals or is_binding or agent.id in reviewed):
            standing = book.standing(agent.id, base=base, head=agent.head)
            if standing is not None and not standing.word and not standing.dropped:
                standing = None
        pull_request = recorded.get(agent.branch) if agent.branch else None
        if standing is not None or pull_request is not None:
            found[agent.id] = Integration(standing, pull_request)
    return found
