"""What the enforcement points do, one method each: the same verdict, and what each may do about leases."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.checking import check_commit, check_index
from agentgrid.boundaries.editing import EditJudge, Editor
from agentgrid.boundaries.findings import CheckReport
from agentgrid.boundaries.grants.book import GrantBook, Known, Stand
from agentgrid.boundaries.leases.asked_paths import exact_pattern
from agentgrid.boundaries.leases.asking import Holder, Refusal, Refusals, Request
from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.ledger import Ledger
from agentgrid.boundaries.leases.refusals import describe
from agentgrid.boundaries.leases.rules import LeasePoint, Mode
from agentgrid.boundaries.migrations.registry import Registry
from agentgrid.boundaries.ownership import EditVerdict
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.refs.branches import BranchBook
from agentgrid.boundaries.refs.judging import PushedRef, RefJudge, UpdateReport
from agentgrid.boundaries.refs.update_facts import UpdateFacts
from agentgrid.boundaries.refs.updates import RefUpdate
from agentgrid.boundaries.ways_in import WaysIn
from agentgrid.config.in_force import InForce
from agentgrid.errors import StoreError
from agentgrid.git.history import changed_paths
from agentgrid.git.operations import merge_heads
from agentgrid.git.paths import RepoPath
from agentgrid.git.repository import Repository
from agentgrid.machine.clock import Instant
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.naming import agent_of_branch


@dataclass(frozen=True, slots=True)
class Books:
    """What a grid knows of leases, of who made which branch, and of grants."""

    leases: LeaseBook
    branches: BranchBook
    grants: GrantBook


class Points:
    """The points at which `agent` acts in the worktree of `repository`. `base`: the base's commit id. `incarnation`:
    of its worktree, empty where it only is asked about. `in_force`: gives the policy when it is needed whole."""

    def __init__(
        self,
        repository: Repository,
        territory: Territory,
        in_force: Callable[[], InForce],
        books: Books,
        *,
        agent: str,
        incarnation: str,
        base: str,
    ) -> None:
        self._repository = repository
        self._territory = territory
        self._in_force = in_force
        self._book = books.leases
        self._branches = books.branches
        self._grants = books.grants
        self._registry = Registry(books.leases.store)
        self._agent = agent
        self._incarnation = incarnation
        self._base = base

    def check_staged(self, *, index_file: str | None, merging: Sequence[str], take: bool) -> CheckReport:
        """The index as the commit it is about to become; `take`: takes free leases, as pre-commit does."""
        heads = list(dict.fromkeys([*merging, *merge_heads(self._repository.git_dir)]))
        return check_index(
            self._repository,
            self._territory,
            agent=self._agent,
            base=self._base,
            index_file=index_file,
            merging=heads,
            point=self.lease_point("take" if take else "look"),
            ways_in=self._ways_in(lambda: [each for each in (self._repository.resolve("HEAD"), *heads) if each]),
        )

    def check_head(self, head: str) -> CheckReport:
        """What the commit `head` adds to the base; nothing is taken."""
        return check_commit(
            self._repository, self._territory, agent=self._agent, base=self._base, head=head,
            point=self.lease_point("look"), ways_in=self._ways_in(lambda: [head]),
        )  # fmt: skip

    def judge_edits(self, paths: Sequence[RepoPath], *, take: bool = False) -> list[EditVerdict]:
        """May the agent change these paths: everything that a commit of them would be told. `take`: takes the free
        leases that they need when all of them may be changed, as the edit hook does."""
        head = self._head_of_agent()
        editor = Editor(self._agent, head, bool(self._incarnation))
        point = self.lease_point("take" if take else "look")
        ways_in = self._ways_in(lambda: [head] if head else [])
        judge = EditJudge(
            self._repository, self._territory, editor, self._book, point, base=self._base, ways_in=ways_in
        )
        return judge.judge(paths)

    def known_grants(self) -> list[Known]:
        """Every grant to the agent that is known here."""
        return self._grants.list_known(self._agent, base=self._base, branches=frozenset())

    def _ways_in(self, heads: Callable[[], Sequence[str]]) -> WaysIn:
        """What lets the agent in, for work on top of `heads` on the branch that it is on."""

        def stand() -> Stand:
            branch = self._branch_of_agent()
            return Stand(heads(), [branch] if branch else [])

        return WaysIn(self._grants.openings(self._agent, base=self._base, stand=stand), self._registry)

    def _branch_of_agent(self) -> str | None:
        if self._incarnation:
            return self._repository.current_branch()
        desk = find_desks(self._repository).get(self._agent)
        return desk.branch if desk else None

    def _head_of_agent(self) -> str | None:
        if self._incarnation:
            return self._repository.resolve("HEAD")
        desk = find_desks(self._repository).get(self._agent)
        return desk.worktree.head if desk else None

    def judge_updates(self, updates: Sequence[RefUpdate]) -> UpdateReport:
        """What git is about to do to refs here. Takes free leases; records new branches and work under leases."""
        seeing = self._repository.with_new_objects()
        facts = UpdateFacts(seeing, self._in_force().policy, self._territory.compiled["base"], self._branches)
        report = self._judge(seeing, "accept").judge_updates([_led(seeing, update) for update in updates], facts)
        if not report.is_refused:
            self._note_accepted(report)
        return report

    def judge_push(self, pushed: Sequence[PushedRef]) -> UpdateReport:
        """What is about to leave this repository."""
        return self._judge(self._repository.with_new_objects(), "look").judge_push(pushed)

    def end_leases_at_commit(self) -> None:
        """Gives back the leases that HEAD's commit was made under, where they last until a commit."""
        self._book.end_at_commit(self._agent, changed_paths(self._repository, "HEAD"))

    def lease_point(self, mode: Mode) -> LeasePoint:
        """What may be done about leases here."""
        return LeasePoint(Ledger.read(self._book.store), mode, self._ask)

    def _ask(self, paths: Sequence[bytes], take: bool) -> dict[bytes, tuple[str, str]]:  # noqa: FBT001
        """Path → (who has a lease that is in the way, in words; its holder). Takes what is free, when it is told to."""
        refused: Sequence[tuple[bytes, Refusal]]
        if take:
            refused = self._book.acquire_automatically(self._agent, self._incarnation, paths).refused
        else:
            holder = Holder(self._agent, self._incarnation, os.uname().nodename)
            asked = {exact_pattern(path).text: path for path in paths}
            patterns = tuple(exact_pattern(path) for path in paths)
            found = self._book.foresee(Request(holder, patterns, self._book.terms, is_automatic=True))
            refused = [(asked[each.asked.text], each) for each in found.found] if isinstance(found, Refusals) else []
        now = self._book.store.now()
        return {path: (_say(each, now), each.holder) for path, each in refused}

    def _judge(self, repository: Repository, mode: Mode) -> RefJudge:
        policy = self._in_force().policy
        point = self.lease_point(mode)
        return RefJudge(repository, self._territory, policy, self._agent, self._base, point, self._grants,
                        self._registry)  # fmt: skip

    def _note_accepted(self, report: UpdateReport) -> None:
        """A branch that is new is recorded as its maker's, also one whose name a template makes: the fast way reads
        only the record."""
        for accepted in report.accepted:
            name, new = accepted.update.branch, accepted.update.new
            is_own = accepted.is_new or self._branches.owner(self._in_force().policy, name) == self._agent
            if is_own and self._branches.recorded(name) != self._agent:
                self._record_branch(name)
            if accepted.leased and new is not None:
                self._book.note_work(self._agent, accepted.leased, new)

    def _record_branch(self, name: str) -> None:
        try:
            self._branches.record(name, self._agent, self._incarnation)
        except StoreError:
            if agent_of_branch(self._in_force().policy, name) != self._agent:
                raise  # nothing else says whose it is


def _led(repository: Repository, update: RefUpdate) -> RefUpdate:
    """The update with the commit that it leads to, where the branch becomes a symbolic ref."""
    if update.new is None or not update.new.startswith("refs/"):
        return update
    return replace(update, new=repository.resolve(update.new))


def _say(refusal: Refusal, now: Instant) -> str:
    """Who has it, since and until when, in one line without the path."""
    first, *commits = describe(refusal, now).splitlines()
    named = f" {', '.join(each.strip() for each in commits)}" if commits else ""
    return first.partition(" ")[2] + named
