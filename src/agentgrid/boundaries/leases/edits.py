"""`can-edit` on common code: the lease that counts, and the fence, beside the ownership."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agentgrid.boundaries.charged import ChargedPath
from agentgrid.boundaries.findings import Finding
from agentgrid.boundaries.leases.asked_paths import exact_pattern
from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.lease import Lease
from agentgrid.boundaries.leases.rules import LeasePoint, fence_findings, lease_findings
from agentgrid.boundaries.leases.views import LeaseView, list_leases
from agentgrid.boundaries.ownership import EditVerdict
from agentgrid.boundaries.policy.territory import COMMON, Territory
from agentgrid.boundaries.verdict import needs_lease
from agentgrid.git.process import Git


def judge_leases(
    git: Git,
    territory: Territory,
    agent: str,
    verdicts: Sequence[EditVerdict],
    point: LeasePoint,
    book: LeaseBook,
    *,
    base: str,
    head: str | None,
) -> list[EditVerdict]:
    """The verdicts with what leases say. `head`: the commit that the agent's work stands on, None when unknown."""
    leased = [each for each in verdicts if _needs_lease(territory, each)]
    charged = [ChargedPath(each.path) for each in leased]
    common = [ChargedPath(each.path) for each in leased if each.ownership.state == COMMON]
    found = lease_findings(territory, agent, charged, point, may_take=False)
    if head is not None:
        found += fence_findings(git, territory, common, base=base, heads=[head])
    reasons: dict[bytes, list[Finding]] = {}
    for finding in found:
        reasons.setdefault(finding.path, []).append(finding)
    views = _views(book, [each.path for each in leased])
    named = {each.path: point.ledger.standing(each.path, agent).lease for each in leased}
    return [
        _with_lease(each, views, named[each.path], reasons.get(each.path, [])) if each.path in named else each
        for each in verdicts
    ]


def _views(book: LeaseBook, paths: Sequence[bytes]) -> dict[int, LeaseView]:
    """Token → how a live lease on one of the paths stands."""
    if not paths:
        return {}
    return {view.lease.token: view for view in list_leases(book, asked=[exact_pattern(path) for path in paths])}


def _needs_lease(territory: Territory, verdict: EditVerdict) -> bool:
    place = territory.place(verdict.path)
    return place.state == verdict.ownership.state and needs_lease(place, territory.compiled["unowned"])


def _with_lease(
    verdict: EditVerdict, views: Mapping[int, LeaseView], lease: Lease | None, reasons: list[Finding]
) -> EditVerdict:
    is_allowed = verdict.is_allowed and not any(each.severity == "error" for each in reasons)
    view = views.get(lease.token) if lease else None
    return replace(verdict, is_allowed=is_allowed, reasons=(*verdict.reasons, *reasons), lease=view)
