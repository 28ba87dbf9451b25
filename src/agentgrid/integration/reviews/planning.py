"""What asking for a review, or giving a verdict, would record: decided before anything is written. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agentgrid.boundaries.leases.lease import PERSON_MARK
from agentgrid.boundaries.reviews.needs import ReviewNeeds
from agentgrid.boundaries.reviews.review import REJECTED, REQUESTED, Review, Subject
from agentgrid.errors import InputError, NotPermitted, Refused, UsageError

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Asker:
    """`agent`: None for a person, who is `person` (`@login`)."""

    agent: str | None
    person: str

    @property
    def voice(self) -> str:
        return self.agent or self.person


def plan_request(
    needs: ReviewNeeds,
    subject: Subject,
    asker: Asker,
    *,
    to: Sequence[str],
    agents: Mapping[str, str],
    comment: str,
    id_: str,
    now: datetime,
) -> Review:
    """The request. `to`: who is asked; nobody named: whom the map names, else who may approve by its permissions.

    Raises NotPermitted for an agent that asks about another's work, InputError and Refused for somebody who can't be
    asked.
    """
    if asker.agent is not None and asker.agent != subject.agent:
        raise NotPermitted(f"{asker.agent} doesn't ask for reviews of {subject.agent}'s work",
                           hint=f"{subject.agent} does, or a person")  # fmt: skip
    for each in to:
        _require_reviewer(needs, each, agents)
    asked = tuple(dict.fromkeys(to)) or needs.demanded or needs.reviewers
    return Review(id_, REQUESTED, asker.voice, subject, now, _require_short(comment), asked)


def plan_verdict(
    needs: ReviewNeeds,
    subject: Subject,
    asker: Asker,
    kind: str,
    *,
    seen: str | None,
    comment: str,
    id_: str,
    now: datetime,
) -> Review:
    """The verdict. `seen`: the commit that was looked at, None for the one that is there now.

    Raises NotPermitted for an agent's own work and for who may not approve it, Refused for a commit that is no longer
    the work, UsageError for a rejection that doesn't say why.
    """
    voice, agent = asker.voice, subject.agent
    if asker.agent == agent:
        raise NotPermitted(f"{agent} doesn't judge its own work", hint=f"ask for it: agentgrid review request {agent}")
    if not needs.may_judge(voice):
        able = ", ".join([*dict.fromkeys((*needs.reviewers, *needs.demanded)), "a person"])
        raise NotPermitted(f"{voice} may not approve the work of {agent} (may: {able})",
                           hint="`permissions: {approve: […]}` in config/agents says who approves whose")  # fmt: skip
    if seen is not None and seen != subject.commit:
        raise Refused(f"{agent}'s work has moved on to {subject.commit[:10]}, {seen[:10]} is not what would land",
                      hint=f"look again: agentgrid review show {agent}")  # fmt: skip
    if kind == REJECTED and not comment.strip():
        raise UsageError("a rejection says why", hint=f"agentgrid review reject {agent} --reason TEXT")
    return Review(id_, kind, voice, subject, now, _require_short(comment))


def _require_reviewer(needs: ReviewNeeds, who: str, agents: Mapping[str, str]) -> None:
    if who == needs.agent:
        raise NotPermitted(f"{who} doesn't judge its own work", hint="another agent does, or a person: --to @NAME")
    if not who.startswith(PERSON_MARK) and who not in agents:
        known = ", ".join(agents) or "none"
        raise InputError(f"there is no agent {who!r} (agents: {known}; a person is @NAME)", hint="agentgrid agent list")
    if not needs.may_judge(who):
        able = ", ".join([*dict.fromkeys((*needs.reviewers, *needs.demanded)), "a person"])
        raise Refused(f"{who} may not approve the work of {needs.agent} (may: {able})",
                      hint="agentgrid agent list --permissions")  # fmt: skip


def _require_short(comment: str) -> str:
    if len(comment) > _LONGEST:
        raise InputError(f"{len(comment)} characters are too many for a comment (at most {_LONGEST})")
    return comment.strip()
