"""What `grant` would do: who may let whom in where, decided before anything is written."""

import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agentgrid.boundaries.findings import name_agent, rule_of
from agentgrid.boundaries.grants.grant import Grant, is_covered
from agentgrid.boundaries.grants.openings import CRITICAL, find_reviewers
from agentgrid.boundaries.leases.asked_paths import AskedPath
from agentgrid.boundaries.policy.territory import COMMON, FROZEN, OWNED, SHARED_CONFLICT, Place, Territory
from agentgrid.errors import InputError, NotOwner, NotPermitted, Refused
from agentgrid.git.paths import show_path
from agentgrid.git.process import Git


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """`actor`: the agent that asks for it, None for a person, who is `person` (`@login`). `lasts`: None until the work
    on `branch` (of the agent `to`) has landed."""

    actor: str | None
    person: str
    to: str
    asked: tuple[AskedPath, ...]
    lasts: timedelta | None
    branch: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GrantPlan:
    """`notes`: what else has to happen before everything that is said is open, or what needn't have been asked."""

    grant: Grant
    notes: tuple[str, ...] = field(default=())


def plan_grant(territory: Territory, git: Git, request: GrantRequest, *, base: str, now: datetime) -> GrantPlan:
    """The grant that is asked for. `base`: the base's commit, whose tree tells what a pattern says today.

    Raises InputError for an unknown agent or a branch that nobody knows, NotPermitted for an agent that would let
    itself in, NotOwner and Refused for a path that the asker can't open.
    """
    _require_parties(territory, request)
    notes: list[str] = []
    for asked in request.asked:
        places = _places(territory, git, base, asked)
        heard = [place for place in places if _is_heard(territory, request, place)]
        if not heard:
            raise _why_not(territory, request, asked, places)
        notes += _notes(territory, request, heard, asked)
    grant = Grant(
        secrets.token_hex(6),
        request.to,
        request.actor or request.person,
        tuple(dict.fromkeys(pattern for asked in request.asked for pattern in asked.patterns)),
        now.replace(microsecond=0),
        base,
        None if request.lasts is not None else request.branch,
        (now + request.lasts).replace(microsecond=0) if request.lasts is not None else None,
        request.reason,
    )
    return GrantPlan(grant, tuple(dict.fromkeys(notes)))


def _require_parties(territory: Territory, request: GrantRequest) -> None:
    agents = territory.compiled["agents"]
    if request.to not in agents:
        raise InputError(f"there is no agent {request.to!r} (agents: {', '.join(agents) or 'none'})",
                         hint="agentgrid agent list")  # fmt: skip
    if request.actor == request.to:
        raise NotPermitted(f"{request.to} doesn't let itself in", hint="the owner of the path does, or a person")
    if request.lasts is None and request.branch is None:
        raise InputError(f"{request.to} is on no branch: until what has landed?",
                         hint="name it (--branch NAME), or a time (--for 2h)")  # fmt: skip


def _places(territory: Territory, git: Git, base: str, asked: AskedPath) -> list[Place]:
    """Where the paths stand that are asked for: the one that is named, or those of the base's tree that match."""
    literal = asked.literal
    if literal is not None and not literal.is_directory:
        return [territory.place(each) for each in (literal.path, literal.target) if each is not None]
    listed = git.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", base).fields
    found = [territory.place(path) for path in listed if is_covered(asked.patterns, path)]
    return found or ([territory.place_folder(literal.path)] if literal is not None else [])


def _is_heard(territory: Territory, request: GrantRequest, place: Place) -> bool:
    """Whether a grant of the asker says anything about the path."""
    if place.is_derived or place.owner == request.to:
        return False
    if request.actor is None:
        return place.state == OWNED or (place.state == "unowned" and territory.compiled["unowned"] in {"deny", "warn"})
    if place.state != OWNED:
        return False
    reviewers = find_reviewers(request.to, territory.compiled["approvers"])
    return place.owner == request.actor or (place.tier == CRITICAL and request.actor in reviewers)


def _why_not(
    territory: Territory, request: GrantRequest, asked: AskedPath, places: Sequence[Place]
) -> InputError | Refused:
    if not places:
        return InputError(f"nothing on the base matches {asked.typed}", hint="name a path, or another pattern")
    place = places[0]
    shown = show_path(place.path)
    rule = rule_of(territory, place)
    if place.state == FROZEN:
        return Refused(f"{shown} is frozen for every agent by {rule}: nobody lets an agent in there",
                       hint="a person changes it, or what the policy freezes")  # fmt: skip
    if place.state == SHARED_CONFLICT:
        return Refused(f"{shown} is claimed by {' and '.join(place.claimants)}: the map has to be mended first",
                       hint="`agentgrid map` lists every path that two agents claim")  # fmt: skip
    if place.state == COMMON or place.is_derived:
        return Refused(f"{shown} is open to every agent already{', under a lease' if place.state == COMMON else ''}",
                       hint=f"agentgrid lock {shown}")  # fmt: skip
    if place.owner == request.to:
        return Refused(f"{shown} is {request.to}'s own already", hint=f"agentgrid owner {shown}")
    if place.owner is None:
        return Refused(f"{shown} belongs to nobody: {_who_opens_unowned(territory)}", hint=f"agentgrid owner {shown}")
    owner = name_agent(place.owner, territory.compiled["agents"])
    return NotOwner(f"{shown} belongs to {owner} by {rule}: {request.actor} can't let anybody in there",
                    hint=f"{place.owner} does, or a person")  # fmt: skip


def _who_opens_unowned(territory: Territory) -> str:
    if territory.compiled["unowned"] in {"deny", "warn"}:
        return "only a person lets an agent in there"
    return "the first agent to touch it may"


def _notes(territory: Territory, request: GrantRequest, heard: Sequence[Place], asked: AskedPath) -> list[str]:
    """Critical paths need a second voice."""
    if request.actor is None:
        return []
    critical = [place for place in heard if place.tier == CRITICAL]
    reviewers = find_reviewers(request.to, territory.compiled["approvers"])
    closed = [place for place in critical if not (place.owner == request.actor and place.owner in reviewers)]
    if not closed:
        return []
    shown = show_path(closed[0].path)
    others = [each for each in reviewers if each != request.actor]
    if closed[0].owner != request.actor:
        others = [closed[0].owner or ""]
    who = " or ".join([*others, "a person"])
    more = f" and {len(closed) - 1} more" if len(closed) > 1 else ""
    command = f"agentgrid grant {shlex.quote(asked.typed)} --to {request.to}"
    return [f"{shown}{more} is critical: it stays closed until {who} says so too: {command}"]
