"""`can-edit` on common code: the lease that counts, and the fence, beside the ownership."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Footing:
    """What the agent's work stands on: the commits `heads` (none when unknown), against the commit `base`."""

    git: Git
    base: str
    heads: Sequence[str]


def judge_leases(
    territory: Territory,
    agent: str,
    verdicts: Sequence[EditVerdict],
    ends: Mapping[bytes, Sequence[bytes]],
    footing: Footing,
    point: LeasePoint,
    book: LeaseBook,
) -> list[EditVerdict]:
    """The verdicts with what leases say. `ends`: path → the paths that editing it may change: itself, and where it
    leads through links. Where `point` takes leases, it takes them only when no verdict is a refusal."""
    leased = {end: each for each in verdicts for end in ends[each.path] if _needs_lease(territory, each, end)}
    charged = [ChargedPath(path) for path in leased]
    common = [ChargedPath(path) for path in leased if territory.place(path).state == COMMON]
    found: list[Finding] = []
    if footing.heads:
        found += fence_findings(footing.git, territory, common, base=footing.base, heads=footing.heads)
    is_refused = any(each.severity == "error" for each in found) or not all(each.is_allowed for each in verdicts)
    found += lease_findings(territory, agent, charged, point, may_take=not is_refused)
    reasons: dict[bytes, list[Finding]] = {}
    for finding in found:
        reasons.setdefault(leased[finding.path].path, []).append(finding)
    views = _views(book, list(leased))
    named = {path: point.ledger.standing(path, agent).lease for path in leased}
    return [
        _with_lease(each, views, named.get(each.path), reasons.get(each.path, [])) if ends[each.path] else each
        for each in verdicts
    ]


def _views(book: LeaseBook, paths: Sequence[bytes]) -> dict[int, LeaseView]:
    """Token → how a live lease on one of the paths stands."""
    if not paths:
        return {}
    return {view.lease.token: view for view in list_leases(book, asked=[exact_pattern(path) for path in paths])}


def _needs_lease(territory: Territory, verdict: EditVerdict, end: bytes) -> bool:
    place = territory.place(end)
    is_file = end != verdict.path or place.state == verdict.ownership.state  # a folder isn't leased
    return is_file and needs_lease(place, territory.compiled["unowned"])


def _with_lease(
    verdict: EditVerdict, views: Mapping[int, LeaseView], lease: Lease | None, reasons: list[Finding]
) -> EditVerdict:
    is_allowed = verdict.is_allowed and not any(each.severity == "error" for each in reasons)
    view = views.get(lease.token) if lease else None
    return replace(verdict, is_allowed=is_allowed, reasons=(*verdict.reasons, *reasons), lease=view)
