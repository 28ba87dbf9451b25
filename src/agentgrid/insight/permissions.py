"""Who may do what, as one table: who lands, whose work each one approves, what it is code owner of.

Source: the roles and permissions of seed 000. The base itself moves only when work lands, for every agent alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.boundaries.grants.openings import find_reviewers
from agentgrid.config.policy import Policy


@dataclass(frozen=True, slots=True)
class AgentPermissions:
    """`approves`: ids of the agents whose work it may approve. `reviewers`: who may approve its own. `critical`,
    `support`, `steward`: as its profile says. `signs`: whether `signers` has a key of its own for it."""

    agent: str
    title: str
    role: str | None
    lands: bool
    approves: tuple[str, ...]
    reviewers: tuple[str, ...]
    critical: tuple[str, ...]
    support: tuple[str, ...]
    steward: tuple[str, ...]
    signs: bool

    def as_json(self) -> dict[str, object]:
        return {
            "agent": self.agent,
            "title": self.title,
            "role": self.role,
            "land": self.lands,
            "approves": list(self.approves),
            "reviewers": list(self.reviewers),
            "code_owner": {"critical": list(self.critical), "support": list(self.support)},
            "steward": list(self.steward),
            "signs": self.signs,
        }


def list_permissions(policy: Policy) -> list[AgentPermissions]:
    """One row an agent, in the policy's order."""
    approvers = {agent.id: agent.permissions.approve for agent in policy.agents.values()}
    return [
        AgentPermissions(
            agent.id,
            agent.title,
            agent.role,
            agent.permissions.land,
            tuple(other for other in policy.agents if agent.id in find_reviewers(other, approvers)),
            tuple(find_reviewers(agent.id, approvers)),
            agent.owns.critical,
            agent.owns.support,
            agent.owns.common,
            agent.id in policy.grid.signers,
        )
        for agent in policy.agents.values()
    ]


def list_people(policy: Policy) -> Sequence[str]:
    """Persons whose signatures count, by the names that the policy gives them."""
    return [name for name in policy.grid.signers if name not in policy.agents]
