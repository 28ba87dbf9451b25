"""Whose approval a change set needs, and what is still missing. Pure.

The map names them: the steward of common code, the owner of a path that a grant or a lowered rule opened, a person for
what is frozen. `land: {approvals: N}` wants N voices on top; who has one says `permissions: {approve}`. A person's
voice is enough for each path that the map names; an agent never approves its own work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agentgrid.boundaries.grants.openings import find_reviewers
from agentgrid.boundaries.leases.lease import PERSON_MARK
from agentgrid.boundaries.policy.territory import COMMON, FROZEN, OWNED, Place, Territory
from agentgrid.boundaries.reviews.review import APPROVED, REJECTED, Review
from agentgrid.git.paths import show_path


@dataclass(frozen=True, slots=True)
class Demand:
    """Someone whom the map asks. `who`: an agent's id, None for a person. `role`: steward, owner or frozen. `paths`:
    why, in the order of the change set."""

    who: str | None
    role: str
    paths: tuple[bytes, ...]

    @property
    def why(self) -> str:
        """`steward of services/common/cache.py and 2 more`."""
        more = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        named = f"{show_path(self.paths[0])}{more}"
        return f"{named} is frozen" if self.role == "frozen" else f"{self.role} of {named}"


@dataclass(frozen=True, slots=True)
class ReviewNeeds:
    """What the work of `agent` needs. `approvals`: how many. `reviewers`: the agents that may approve it by their
    permissions. `is_map_binding`: whether what the map asks for has to be there."""

    agent: str
    approvals: int
    reviewers: tuple[str, ...]
    demands: tuple[Demand, ...] = field(default=())
    is_map_binding: bool = False

    @property
    def is_asked(self) -> bool:
        """Whether anything has to be there before the work lands."""
        return self.approvals > 0 or (self.is_map_binding and bool(self.demands))

    @property
    def demanded(self) -> tuple[str, ...]:
        """The agents that the map names."""
        return tuple(dict.fromkeys(each.who for each in self.demands if each.who is not None))

    def may_judge(self, who: str) -> bool:
        """Whether a voice of `who` (an agent, or a person as `@name`) counts."""
        return who != self.agent and (who.startswith(PERSON_MARK) or who in {*self.reviewers, *self.demanded})


def find_needs(territory: Territory, agent: str, places: Iterable[Place]) -> ReviewNeeds:
    """`places`: where the charged paths of the agent's work stand."""
    compiled = territory.compiled
    approvals, is_binding = compiled["reviews"]
    found: dict[tuple[str | None, str], list[bytes]] = {}
    for place in places:
        demand = _demand_of(place, agent)
        if demand is not None:
            found.setdefault(demand, []).append(place.path)
    demands = tuple(Demand(who, role, tuple(paths)) for (who, role), paths in found.items())
    reviewers = tuple(find_reviewers(agent, compiled["approvers"]))
    return ReviewNeeds(agent, approvals, reviewers, demands, is_binding)


def _demand_of(place: Place, agent: str) -> tuple[str | None, str] | None:
    if place.state == FROZEN:
        return None, "frozen"
    if place.is_derived or place.owner in {None, agent}:
        return None
    if place.state == COMMON:
        return place.owner, "steward"
    return (place.owner, "owner") if place.state == OWNED else None


def heard_voices(needs: ReviewNeeds, reviews: Iterable[Review]) -> dict[str, Review]:
    """The last word of each voice that counts, of `reviews` that are about the work as it is."""
    heard: dict[str, Review] = {}
    for each in sorted(reviews, key=lambda review: (review.at, review.id)):
        if each.kind in {APPROVED, REJECTED} and needs.may_judge(each.by):
            heard[each.by] = each
    return heard


def missing_approvals(needs: ReviewNeeds, reviews: Sequence[Review]) -> tuple[str, ...]:
    """What is missing before the work may land, in words; empty when nothing is. A rejection stands in the way also
    where no approval is asked for."""
    heard = heard_voices(needs, reviews)
    missing = [f"{each.by} rejected it: {each.comment}" for each in heard.values() if each.kind == REJECTED]
    approved = {who for who, each in heard.items() if each.kind == APPROVED}
    has_person = any(who.startswith(PERSON_MARK) for who in approved)
    if needs.is_map_binding and not has_person:
        missing += [
            f"no approval by {each.who or 'a person'} ({each.why})"
            for each in needs.demands
            if each.who not in approved
        ]
    if len(approved) < needs.approvals:
        able = [who for who in (*needs.reviewers, *needs.demanded) if who not in approved]
        who = " or ".join([*dict.fromkeys(able), "a person"])
        missing.append(f"{len(approved)} of {needs.approvals} approvals; {who} may give one")
    return tuple(missing)
