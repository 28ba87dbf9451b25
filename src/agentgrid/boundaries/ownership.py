"""`owner` and `can-edit`: the verdict on paths that somebody asks about before changing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentgrid.boundaries.findings import Finding, Rule, make_finding, rule_of
from agentgrid.boundaries.grants.openings import Openings
from agentgrid.boundaries.others_work import OthersWork
from agentgrid.boundaries.policy.territory import Place, Territory
from agentgrid.boundaries.verdict import broken_rule
from agentgrid.git.paths import RepoPath, json_path

if TYPE_CHECKING:
    from agentgrid.boundaries.leases.views import LeaseView
    from agentgrid.boundaries.migrations.request import MigrationRequest


@dataclass(frozen=True)
class Ownership:
    """Where a path stands. `owner` of a common path is its steward."""

    path: bytes
    state: str
    owner: str | None
    tier: str | None
    rule: Rule | None
    is_derived: bool
    claimants: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        rule = self.rule and {"pattern": self.rule.pattern, "file": self.rule.file, "line": self.rule.line}
        return {
            "path": json_path(self.path),
            "state": self.state,
            "owner": self.owner,
            "tier": self.tier,
            "rule": rule,
            "derived": self.is_derived,
        }


@dataclass(frozen=True)
class EditVerdict:
    """The answer of `can-edit` for one path. `reasons`: why not, or warnings when it is allowed all the same. `lease`:
    the live one that covers the path, whoever holds it. `grants`: ids of those that let the agent in. `conflicts`: what
    other agents have done to it that hasn't landed; `migrations`: open requests about the file, or about the lineage
    whose directory it lies in. They refuse nothing."""

    path: bytes
    is_allowed: bool
    reasons: tuple[Finding, ...]
    ownership: Ownership
    lease: "LeaseView | None" = None
    grants: tuple[str, ...] = ()
    conflicts: tuple[OthersWork, ...] = ()
    migrations: "tuple[MigrationRequest, ...]" = ()

    def as_json(self) -> dict[str, object]:
        reasons = [{"rule": each.rule, "message": each.message, "hint": each.hint} for each in self.reasons]
        return {
            "path": json_path(self.path),
            "allowed": self.is_allowed,
            "reasons": reasons,
            "owner": self.ownership.owner,
            "state": self.ownership.state,
            "lease": self.lease.as_json() if self.lease else None,
            "grants": list(self.grants),
            "conflicts": [each.as_json() for each in self.conflicts],
            "migrations": [
                {
                    "id": each.id,
                    "title": each.title,
                    "agent": each.agent,
                    "status": each.status,
                    "lineage": each.lineage,
                }
                for each in self.migrations
            ],
        }


def find_owner(territory: Territory, path: RepoPath) -> Ownership:
    """Whose `path` is, and by which rule. A folder is asked about as a new file in it."""
    place = _place(territory, path.path, is_directory=path.is_directory)
    return Ownership(
        path.path, place.state, place.owner, place.tier, rule_of(territory, place), place.is_derived, place.claimants
    )


def judge_edits(
    territory: Territory, agent: str | None, paths: Sequence[RepoPath], openings: Openings | None = None
) -> list[EditVerdict]:
    """May `agent` (None: a person) change these paths? A path that leads through a link is judged at both ends.
    `openings`: where grants let the agent in."""
    return [_judge(territory, agent, path, openings) for path in paths]


def _judge(territory: Territory, agent: str | None, path: RepoPath, openings: Openings | None) -> EditVerdict:
    reasons: list[Finding] = []
    grants: list[str] = []
    for each, via in [(path.path, None), *([(path.target, path.path)] if path.target else [])]:
        place = _place(territory, each, is_directory=path.is_directory)
        broken = broken_rule(place, agent, territory.compiled["unowned"])
        opened = openings.find(place, is_folder=path.is_directory) if broken and openings else ()
        grants += [grant.id for grant in opened]
        finding = make_finding(territory, place, broken, agent=agent, via=via) if broken and not opened else None
        if finding is not None:
            reasons.append(finding)
    is_allowed = not any(finding.severity == "error" for finding in reasons)
    owned = find_owner(territory, path)
    return EditVerdict(path.path, is_allowed, tuple(reasons), owned, grants=tuple(dict.fromkeys(grants)))


def _place(territory: Territory, path: bytes, *, is_directory: bool) -> Place:
    return territory.place_folder(path) if is_directory else territory.place(path)
