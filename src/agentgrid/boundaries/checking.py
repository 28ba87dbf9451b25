"""Checks a change set: gathers its charged paths, asks the verdict for each, returns the findings."""

from collections.abc import Sequence
from dataclasses import replace

from agentgrid.boundaries.charged import ChangeSet, ChargedPath, charge_commit, charge_index, index_git
from agentgrid.boundaries.findings import CheckReport, Finding, base_finding, make_finding
from agentgrid.boundaries.grants.openings import Openings
from agentgrid.boundaries.leases.rules import (
    LeasePoint,
    evidence_findings,
    fence_findings,
    lease_findings,
    leased_paths,
)
from agentgrid.boundaries.messages.checking import message_findings
from agentgrid.boundaries.messages.trailers import trailer_findings
from agentgrid.boundaries.migrations.rules import AskQueue, QueueVerdict, judge_migrations, without_earlier
from agentgrid.boundaries.paths.collisions import collision_findings
from agentgrid.boundaries.policy.earlier import territory_at
from agentgrid.boundaries.policy.territory import Place, Territory
from agentgrid.boundaries.secrets.leaks import commit_leaks, is_asked, staged_leaks
from agentgrid.boundaries.verdict import broken_rule
from agentgrid.boundaries.ways_in import NO_WAYS_IN, WaysIn
from agentgrid.git.repository import Repository


def check_commit(
    repository: Repository,
    territory: Territory,
    *,
    agent: str | None,
    base: str,
    head: str,
    point: LeasePoint | None = None,
    ways_in: WaysIn = NO_WAYS_IN,
    is_dated: bool = True,
) -> CheckReport:
    """Checks what the commit `head` adds to the commit `base`, as `agent` (None: a person).

    `point`: what may be done about leases here, None where there is no state (CI). `ways_in`: what lets the
    agent in beside what it owns. `is_dated` False leaves out which commit last touched each path: that costs a walk of
    the history each.
    """
    changes = charge_commit(repository, base, head)
    undo = f"git restore --source={base[:12]} --"
    asking = _asking(repository, ways_in, base, [head])
    findings = judge_changes(repository, territory, agent, changes, undo=undo, openings=ways_in.openings, ask=asking)
    if is_dated:
        findings = tuple(_dated(repository, base, head, each) for each in findings)
    findings += collision_findings(repository.git, territory, changes, head=head) if agent else ()
    if agent is None:
        findings += trailer_findings(repository, territory, base=base, head=head)
    findings += message_findings(repository, territory, agent=agent, base=base, head=head)
    if is_asked(territory, point):
        findings += commit_leaks(repository, territory, base=base, head=head)
    leased, found = _common_findings(repository, territory, agent, changes, base, [head], findings, point)
    return CheckReport(
        agent, base, head, findings + found, checked_paths=len(changes.charged),
        leased=tuple(charged.path for charged in leased),
    )  # fmt: skip


def check_index(
    repository: Repository,
    territory: Territory,
    *,
    agent: str | None,
    base: str,
    index_file: str | None = None,
    merging: Sequence[str] = (),
    point: LeasePoint | None = None,
    ways_in: WaysIn = NO_WAYS_IN,
) -> CheckReport:
    """Checks what is staged, together with what the branch has committed already, as `agent`."""
    changes = charge_index(repository, base, index_file=index_file, merging=merging)
    # What the branch has committed already is not taken out by unstaging it.
    head = repository.resolve("HEAD")
    source = "" if head == changes.fork else f"--source={changes.fork[:12]} "
    undo = f"git restore {source}--staged --"
    heads = [oid for oid in (head, *merging) if oid]
    asking = _asking(repository, ways_in, base, heads)
    findings = judge_changes(repository, territory, agent, changes, undo=undo, openings=ways_in.openings, ask=asking)
    if agent is not None and repository.current_branch() == territory.compiled["base"]:
        on_base = base_finding(territory)
        findings = (*([on_base] if on_base else []), *findings)
    git = index_git(repository, index_file)
    findings += collision_findings(git, territory, changes, head=None) if agent else ()
    if is_asked(territory, point):
        findings += staged_leaks(repository, git, territory, base=base, heads=heads)
    _, found = _common_findings(repository, territory, agent, changes, base, heads, findings, point)
    return CheckReport(agent, base, None, findings + found, checked_paths=len(changes.charged))


def _common_findings(
    repository: Repository,
    territory: Territory,
    agent: str | None,
    changes: ChangeSet,
    base: str,
    heads: Sequence[str],
    findings: Sequence[Finding],
    point: LeasePoint | None,
) -> tuple[Sequence[ChargedPath], tuple[Finding, ...]]:
    """(charged paths that need a lease, what is wrong about them); leases are taken only when nothing is wrong."""
    if agent is None:
        return (), ()
    leased, common = leased_paths(territory, changes)
    found = fence_findings(repository.git, territory, common, base=base, heads=heads)
    if point is not None:
        may_take = not any(each.severity == "error" for each in (*findings, *found))
        found += lease_findings(territory, agent, leased, point, may_take=may_take)
    elif not territory.compiled["locks"]["auto"]:
        found += evidence_findings(repository, territory, agent, leased, base=base, heads=heads)
    return leased, tuple(found)


def judge_changes(
    repository: Repository,
    territory: Territory,
    agent: str | None,
    changes: ChangeSet,
    *,
    undo: str,
    openings: Openings | None = None,
    ask: AskQueue | None = None,
) -> tuple[Finding, ...]:
    """The verdict on each charged path; a path that the policy allowed at the fork point is allowed, and one that a
    grant or the migration queue opens. `undo`: the command that takes a path out of the change set. `ask`: what the
    queue knows, None asks nothing about migrations."""
    compiled = territory.compiled
    broken: list[tuple[ChargedPath, str]] = []
    for charged in changes.charged:
        rule = broken_rule(_place(territory, charged), agent, compiled["unowned"])
        if rule is not None:
            broken.append((charged, rule))
    queued = QueueVerdict()
    if agent is not None and ask is not None:
        queued = judge_migrations(repository.git, territory, agent, changes, ask=ask, undo=undo)
    is_asked_earlier = bool(broken or queued.findings)
    earlier = territory_at(repository, changes.fork, compiled["key"]) if is_asked_earlier else None
    queued = without_earlier(queued, earlier)
    findings: list[Finding] = list(queued.findings)
    for charged, rule in broken:
        if earlier is not None and _was_allowed(earlier, charged, agent):
            continue
        place = _place(territory, charged)
        if queued.settles(place) or (openings is not None and openings.find(place, is_folder=charged.is_folder)):
            continue
        finding = make_finding(territory, place, rule, agent=agent, via=charged.via, undo=undo)
        if finding is not None:
            findings.append(finding)
    return tuple(findings)


def _asking(repository: Repository, ways_in: WaysIn, base: str, heads: Sequence[str]) -> AskQueue:
    return lambda paths: ways_in.registry.read(repository, base, heads, paths)


def _was_allowed(earlier: Territory, charged: ChargedPath, agent: str | None) -> bool:
    if agent is not None and agent not in earlier.compiled["agents"]:
        return False
    return broken_rule(_place(earlier, charged), agent, earlier.compiled["unowned"]) is None


def _place(territory: Territory, charged: ChargedPath) -> Place:
    if charged.is_folder:
        return territory.place_folder(charged.path)
    return territory.place(charged.path, charged.is_submodule)


def _dated(repository: Repository, base: str, head: str, finding: Finding) -> Finding:
    return replace(finding, commit=_last_commit(repository, base, head, finding))


def _last_commit(repository: Repository, base: str, head: str, finding: Finding) -> str | None:
    if not finding.path:
        return None
    found = repository.git.run("--literal-pathspecs", "log", "-1", "--format=%H", f"{base}..{head}", "--", finding.path)
    return found.text or None
