"""Landing where the server merges (`land.via: pr` or `queue`): the same line-up, order and rules as here, then the pull
requests one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from agentgrid.errors import UsageError
from agentgrid.git.base_ref import resolve_base
from agentgrid.git.repository import Repository
from agentgrid.integration.landing.lineup import Order, line_up
from agentgrid.integration.landing.model import Candidate, Ejected, LandPlan
from agentgrid.integration.landing.rules import find_objection
from agentgrid.integration.landing.site import LandOptions, View
from agentgrid.integration.pull_requests.landing import EjectedRequest, PrLanding
from agentgrid.workspace.topics import fetch_base

Merge = Callable[[Sequence[Candidate]], PrLanding]
"""Has the server merge these, in this order."""


def land_on_server(
    repository: Repository, look: Callable[[], View], options: LandOptions, merge: Merge, order: Order | None
) -> PrLanding:
    """Lands the branches through their pull requests. Who breaks a rule here is ejected before the server is asked.

    Raises UsageError for `push`, which the server does by itself.
    """
    if options.push:
        raise UsageError("--push: in this grid the server merges, and nothing is pushed to the base",
                         hint="agentgrid pr pushes branches; agentgrid land merges their pull requests")  # fmt: skip
    branch = look().in_force.base.branch
    if options.fetch:
        fetch_base(repository, branch)
    view = look()
    tip = resolve_base(repository, branch).oid
    lineup = line_up(repository, view.in_force, options.agents, tip, view.owner_of, order=order)
    able, ejected = [], list(lineup.ejected)
    for candidate in lineup.candidates:
        objection = find_objection(view.rules, candidate, tip)
        if objection is None:
            able.append(candidate)
        else:
            ejected.append(objection)
    done = merge(able)
    return replace(
        done,
        ejected=(*map(_as_request, ejected), *done.ejected),
        untouched=(*(each.agent for each in lineup.untouched), *done.untouched),
        warnings=(*done.warnings, *lineup.notes),
    )


def plan_on_server(plan: LandPlan, via: str) -> LandPlan:
    """The plan of a train, as the server would carry it out."""
    way = "merged by the server, through their pull requests" if via == "pr" else "put into the server's merge queue"
    return replace(
        plan, checks=(), destination=(f"{way}, in this order",) if plan.steps else (), blocked=(), warnings=()
    )


def _as_request(each: Ejected) -> EjectedRequest:
    return EjectedRequest(each.agent, each.stage, each.reason + (f"; {each.hint}" if each.hint else ""))
