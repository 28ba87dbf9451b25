"""Judges what an agent's git command does to refs, here or on a server: the ruling first, then the commits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from agentgrid.boundaries.checking import check_commit
from agentgrid.boundaries.findings import CheckReport, Words, named_finding
from agentgrid.boundaries.grants.book import GrantBook, Stand
from agentgrid.boundaries.leases.rules import LeasePoint
from agentgrid.boundaries.migrations.registry import Registry
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.refs.update_facts import UpdateFacts
from agentgrid.boundaries.refs.updates import HEADS, RefFacts, RefUpdate, Ruling, decide_update
from agentgrid.boundaries.ways_in import WaysIn
from agentgrid.config.policy import Policy
from agentgrid.git.repository import Repository
from agentgrid.workspace.naming import agent_of_branch


@dataclass(frozen=True, slots=True)
class PushedRef:
    """One line of pre-push: the commit (None: a deletion) that is to become `ref` on the server, and what it is there
    now as far as this repository knows."""

    ref: str
    new: str | None
    current: str | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """An update that may go on. `is_new`: the branch is made by it. `leased`: charged paths that need a lease."""

    update: RefUpdate
    is_new: bool
    leased: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class UpdateReport:
    """`checks`: one report for each ref that breaks a rule or has a warning. `accepted`: the others that were
    judged."""

    checks: tuple[tuple[str, CheckReport], ...]
    accepted: tuple[Accepted, ...]

    @property
    def is_refused(self) -> bool:
        return any(report.errors for _, report in self.checks)


class RefJudge:
    """One agent's verdicts on refs. `base`: the base's commit id. `point`: what may be done about leases, None where
    there is no state; `registry` likewise: what the migration queue knows."""

    def __init__(
        self,
        repository: Repository,
        territory: Territory,
        policy: Policy,
        agent: str,
        base: str,
        point: LeasePoint | None,
        grants: GrantBook,
        registry: Registry | None = None,
    ) -> None:
        self._repository = repository
        self._territory = territory
        self._policy = policy
        self._agent = agent
        self._base = base
        self._point = point
        self._grants = grants
        self._registry = registry or Registry(None)

    def judge_updates(self, updates: Sequence[RefUpdate], facts: UpdateFacts) -> UpdateReport:
        """What a ref transaction in the agent's worktree is about to do."""
        checks, accepted = [], []
        for update in updates:
            known = facts.of(update)
            ruling = decide_update(update, self._agent, known)
            report = self._report(ruling, update, partial(facts.adds_nothing, update, known.current))
            if report.findings:
                checks.append((update.ref, report))
            if ruling.kind == "judge" and not report.errors:
                accepted.append(Accepted(update, known.current is None, report.leased))
        return UpdateReport(tuple(checks), tuple(accepted))

    def judge_push(self, pushed: Sequence[PushedRef]) -> UpdateReport:
        """What a push is about to do on the server."""
        checks = []
        for ref in pushed:
            ruling = self._rule_push(ref)
            report = self._report(ruling, RefUpdate(ref.ref, ref.new), lambda: False)
            if report.findings:
                checks.append((ref.ref, report))
        return UpdateReport(tuple(checks), ())

    def _rule_push(self, pushed: PushedRef) -> Ruling:
        if not pushed.ref.startswith(HEADS):  # a tag, a ref for a review server: its commits count all the same
            return Ruling("judge" if pushed.new and self._repository.resolve(pushed.new) else "pass")
        update = RefUpdate(pushed.ref, pushed.new)
        # Where names are all that is known, as in CI: a branch that no template makes would be taken for a person's.
        facts = RefFacts(
            pushed.current,
            self._territory.compiled["base"],
            agent_of_branch(self._policy, update.branch),
            deny_unmatched=True,
        )
        return decide_update(update, self._agent, facts)

    def _report(self, ruling: Ruling, update: RefUpdate, adds_nothing: Callable[[], bool]) -> CheckReport:
        new = update.new
        empty = CheckReport(self._agent, self._base, None, ())
        if ruling.kind == "refuse":
            finding = named_finding(self._territory, ruling.rule, Words(ruling.message, ruling.hint))
            return replace(empty, findings=(finding,) if finding else ())
        if ruling.kind == "pass" or new is None or adds_nothing():
            return empty
        openings = self._grants.openings(
            self._agent, base=self._base, stand=lambda: Stand([new], [update.branch])
        )  # fmt: skip
        return check_commit(
            self._repository, self._territory, agent=self._agent, base=self._base, head=new, point=self._point,
            ways_in=WaysIn(openings, self._registry), is_dated=False,
        )  # fmt: skip
