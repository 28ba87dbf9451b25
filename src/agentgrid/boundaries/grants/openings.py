"""Whose voices open a path to an agent that doesn't own it. Pure.

A person's is enough. Of agents the owner's opens what it supports; what is critical also takes the voice of a reviewer
of the one that is let in: an agent whose `permissions: {approve}` names it, or the owner itself where that is one.
Frozen paths and those that two agents claim are opened by nobody; common code is open to everyone, under a lease.
"""

from collections.abc import Callable, Mapping, Sequence

from agentgrid.boundaries.grants.grant import Grant
from agentgrid.boundaries.policy.territory import OWNED, UNOWNED, Place

CRITICAL = "critical"


class Openings:
    """What `agent` may change beside its own. `approvers`: agent → whose work it may approve (`*`: everybody's).
    `gather`: gives the grants that count now; asked once, and only when something would be refused without them."""

    def __init__(
        self, agent: str, approvers: Mapping[str, Sequence[str]], gather: Callable[[], Sequence[Grant]]
    ) -> None:
        self._agent = agent
        self._reviewers = find_reviewers(agent, approvers)
        self._gather = gather
        self._grants: Sequence[Grant] | None = None

    def find(self, place: Place, *, is_folder: bool = False) -> tuple[Grant, ...]:
        """The grants that together open the path; empty when it stays closed."""
        if self._grants is None:
            self._grants = self._gather()
        covering = [each for each in self._grants if each.covers(place.path, is_folder=is_folder)]
        return decide_opening(place, covering, self._reviewers)


def decide_opening(place: Place, covering: Sequence[Grant], reviewers: Sequence[str]) -> tuple[Grant, ...]:
    """Those of `covering` (grants that say the path) that open it, none when they aren't enough."""
    if place.state not in {OWNED, UNOWNED}:
        return ()
    for each in covering:
        if each.is_persons:
            return (each,)
    if place.state == UNOWNED:
        return ()
    voices = {each.by: each for each in covering}
    owners = voices.get(place.owner or "")
    if owners is None:
        return ()
    if place.tier != CRITICAL or place.owner in reviewers:
        return (owners,)
    second = next((voices[each] for each in reviewers if each in voices), None)
    return (owners, second) if second else ()


def find_reviewers(agent: str, approvers: Mapping[str, Sequence[str]]) -> list[str]:
    """The agents that may approve the work of `agent`; never itself. Source: the permissions of seed 000, where one
    agent is the required approver of the other's work."""
    return [each for each, whose in approvers.items() if each != agent and ("*" in whose or agent in whose)]
