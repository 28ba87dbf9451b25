"""A repository under agentgrid: finds it, and wires the rooms to git and to the policy in force.

from agentgrid import Grid
verdicts = Grid.open(Path(".")).can_edit(["services/api/app.py"], agent="a2")
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid import __version__
from agentgrid.boundaries.policy.in_force_file import load_in_force
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.errors import InputError
from agentgrid.git.repository import Repository
from agentgrid.workspace.acting import worktree_agent

if TYPE_CHECKING:
    from agentgrid.boundaries.codeowners.exporting import OwnersExport
    from agentgrid.boundaries.findings import CheckReport
    from agentgrid.boundaries.grants.book import GrantBook
    from agentgrid.boundaries.leases.book import LeaseBook
    from agentgrid.boundaries.leases.views import LeaseView
    from agentgrid.boundaries.ownership import EditVerdict, Ownership
    from agentgrid.boundaries.ownership_map import OwnershipMap
    from agentgrid.boundaries.points import Points
    from agentgrid.boundaries.refs.branches import BranchBook
    from agentgrid.boundaries.reviews.book import ReviewBook
    from agentgrid.config.in_force import InForce
    from agentgrid.git.ci_run import CiRun
    from agentgrid.grid_desks import GridDesks
    from agentgrid.grid_integration import GridIntegration
    from agentgrid.insight.status import GridStatus
    from agentgrid.integration.common_code.model import CommonReport
    from agentgrid.onboarding.discovery.risk import Risk
    from agentgrid.store.sqlite import SqliteStore


class Grid:
    """One grid, seen from one directory. Answers are frozen values; nothing here prints or exits."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.mended: list[str] = []  # what had moved, and was put in order when this was opened

    @classmethod
    def open(cls, start: Path) -> "Grid":
        """The grid that `start` is in. Raises InputError outside a repository; whether it is a grid is found out when
        somebody asks for its policy."""
        from agentgrid.workspace.installation import mend_moved

        grid = cls(Repository.discover(start))
        grid.mended = mend_moved(grid.repository)
        return grid

    @cached_property
    def in_force(self) -> "InForce":
        """The policy in force and why. Raises InputError when this is no grid, ConfigError when it is broken."""
        from agentgrid.config.in_force import find_in_force

        return self._worked_out[0] if self._published is None else find_in_force(self.repository)

    @property
    def territory(self) -> Territory:
        """The compiled map of the policy in force."""
        return self._compiled[1]

    @property
    def base_oid(self) -> str:
        return self._compiled[0]

    @cached_property
    def _published(self) -> tuple[str, Territory] | None:
        """What was compiled before, where that is up to date: no YAML, no schema, no git."""
        found = load_in_force(str(self.repository.common_dir), __version__)
        return (found[0], Territory(found[1])) if found else None

    @cached_property
    def _compiled(self) -> tuple[str, Territory]:
        return self._published or self._worked_out[1]

    @cached_property
    def _worked_out(self) -> "tuple[InForce, tuple[str, Territory]]":
        from agentgrid.boundaries.policy.publishing import publish

        in_force, compiled = publish(self.repository)
        return in_force, (in_force.base.oid, Territory(compiled))

    @cached_property
    def store(self) -> "SqliteStore":
        """The state of the grid; made by the first write."""
        from agentgrid.store.opening import open_store

        return open_store(self.repository.common_dir)

    @cached_property
    def leases(self) -> "LeaseBook":
        """Leases on common code."""
        from agentgrid.boundaries.leases.book import LeaseBook

        return LeaseBook(self.repository, self.store, self.territory.compiled, lambda: self.in_force)

    @cached_property
    def grants(self) -> "GrantBook":
        """Where agents are let in beside what they own."""
        from agentgrid.boundaries.grants.book import GrantBook

        return GrantBook(self.repository, self.store, self.territory.compiled)

    @cached_property
    def reviews(self) -> "ReviewBook":
        """What was said about agents' work."""
        from agentgrid.boundaries.reviews.book import ReviewBook

        return ReviewBook(self.repository, self.store, self.territory)

    @cached_property
    def branches(self) -> "BranchBook":
        """Which agent made which branch."""
        from agentgrid.boundaries.refs.branches import BranchBook

        return BranchBook(self.store)

    @cached_property
    def desks(self) -> "GridDesks":
        """What agents have at their desks: environments, budgets, set-up, and running commands there."""
        from agentgrid.grid_desks import GridDesks

        return GridDesks(self)

    @cached_property
    def integration(self) -> "GridIntegration":
        """Where agents' work comes together: conflicts, landing, reviews, pull requests."""
        from agentgrid.grid_integration import GridIntegration

        return GridIntegration(self)

    def reopened(self) -> "Grid":
        """The same grid as it is now: the base, and the policy with it, may have moved."""
        return Grid(self.repository)

    def acting_agent(self, named: str | None = None) -> str | None:
        """Who acts here: the agent that is named, else the worktree's; None is a person.

        Raises InputError when the policy in force has no such agent.
        """
        agent = named if named is not None else self._agent_here
        if agent is not None and agent not in self.territory.compiled["agents"]:
            known = ", ".join(self.territory.compiled["agents"]) or "none"
            raise InputError(
                f"the policy in force has no agent {agent!r} (agents: {known})",
                hint="commit config/agents to the base, or put it in force here: agentgrid policy apply",
            )
        return agent

    @cached_property
    def _agent_here(self) -> str | None:
        """The worktree's agent, unless a person passes (`as-me`)."""
        agent = worktree_agent(self.repository, agent_of=self._branch_agent)
        if agent is None or "AGENTGRID_AS_ME" not in os.environ:
            return agent
        from agentgrid.workspace.passes import passes_as_person

        return None if passes_as_person(self.store) else agent

    def _branch_agent(self, branch: str) -> str | None:
        return self.branches.owner(self.in_force.policy, branch)

    def attend(self) -> list[str]:
        """For every command and hook of an agent: renews its leases when that is due; what it has to be told. Raises
        StoreError when the state can't be read; that it can't be written is only told."""
        agent = self.acting_agent()
        if agent is None:
            return []
        from agentgrid.workspace.passes import IGNORED

        told = [IGNORED] if "AGENTGRID_AS_ME" in os.environ else []
        if not self.store.exists:
            return told
        from agentgrid.boundaries.leases.notices import read_notices, take_notices
        from agentgrid.boundaries.leases.renewal import has_due, renew_due
        from agentgrid.errors import StoreError

        unseen, is_due = read_notices(self.store, agent), has_due(self.store, agent)
        try:
            if is_due:
                renew_due(self.store, agent)
            return [*told, *(take_notices(self.store, agent) if unseen else [])]
        except StoreError as error:
            return [*told, *unseen, f"{agent}'s leases could not be renewed: {error.message}"]

    def renew(self) -> None:
        """Renews the leases of whoever acts here when that is due; what can't be written now is left to the next
        command, which tells it. Raises StoreError when the state can't be read."""
        agent = self.acting_agent()
        if agent is None or not self.store.exists:
            return
        from agentgrid.boundaries.leases.renewal import has_due, renew_due
        from agentgrid.errors import StoreError

        if has_due(self.store, agent):
            with suppress(StoreError):
                renew_due(self.store, agent)

    def owners(self, paths: Sequence[str]) -> "list[Ownership]":
        """Whose these paths are (as typed, relative to where the caller stands)."""
        from agentgrid.boundaries.ownership import find_owner
        from agentgrid.git.paths import locate_path

        return [find_owner(self.territory, locate_path(self.repository, path)) for path in paths]

    def can_edit(self, paths: Sequence[str], *, agent: str | None = None) -> "list[EditVerdict]":
        """The verdict on changing these paths, for `agent` or whoever acts here, what other agents have there, and open
        migration requests."""
        from agentgrid.boundaries.ownership import judge_edits
        from agentgrid.git.paths import locate_path

        located = [locate_path(self.repository, path) for path in paths]
        who = self.acting_agent(agent)
        verdicts = self.points(who).judge_edits(located) if who else judge_edits(self.territory, None, located)
        return self.integration.with_requests(self.integration.warn_of_others(verdicts, located, who), located)

    def check_staged(
        self,
        *,
        agent: str | None = None,
        index_file: str | None = None,
        merging: Sequence[str] = (),
        take: bool = False,
    ) -> "CheckReport":
        """Checks the index as the commit it is about to become. `take`: takes free leases, as pre-commit does."""
        from agentgrid.boundaries.checking import check_index

        who = self.acting_agent(agent)
        if who is not None:
            return self.points(who).check_staged(index_file=index_file, merging=merging, take=take)
        return check_index(self.repository, self.territory, agent=None, base=self.base_oid, index_file=index_file)

    def list_leases(self) -> "list[LeaseView]":
        """Every live lease, oldest first."""
        from agentgrid.boundaries.leases.views import list_leases

        return list_leases(self.leases) if self.store.exists else []

    def points(self, agent: str, *, base: str | None = None) -> "Points":
        """What the enforcement points say to `agent` here; `base`: another commit than the base's, to land on."""
        from agentgrid.boundaries.points import Books, Points
        from agentgrid.workspace.identity import read_identity

        identity = read_identity(self.repository.git_dir)
        return Points(
            self.repository,
            self.territory,
            lambda: self.in_force,
            Books(self.leases, self.branches, self.grants),
            agent=agent,
            incarnation=identity[1] if identity and identity[0] == agent else "",
            base=base or self.base_oid,
        )

    def check(self, *, agent: str | None = None, base: str | None = None, head: str = "HEAD") -> "CheckReport":
        """Checks what the commit `head` adds to the base; `base` names another one, whose policy then counts (CI).

        The agent is the one named, else the worktree's when `head` is its HEAD, else read from the branch's name.
        """
        from agentgrid.boundaries.ci_base import refuse_shallow
        from agentgrid.git.branch_names import names_behind

        refuse_shallow(self.repository)
        if base is not None:
            self._use_base(base)
        who = agent if agent is not None else self._agent_behind(head)
        oid = self.repository.require(head)
        acting = self.acting_agent(who)
        if acting is not None and base is None and self.store.exists:
            return self._as_whole(self.points(acting).check_head(oid), self.reviews)
        name = next(iter(names_behind(self.repository, head)), None)
        return self._check_branch(name if base is not None or acting is not None else None, acting, oid)

    def check_run(
        self, run: "CiRun", *, agent: str | None = None, base: str | None = None, head: str | None = None
    ) -> "CheckReport":
        """Checks what a CI server asks for, by the policy of the base there. `agent`, `base` and `head` are taken
        instead of what the run says."""
        from agentgrid.boundaries.ci_base import find_run_policy, refuse_shallow, require_head
        from agentgrid.boundaries.merge_groups import check_group
        from agentgrid.git.branch_names import names_behind
        from agentgrid.integration.migrations.guarding import with_duplicates
        from agentgrid.workspace.naming import agent_of_branch

        refuse_shallow(self.repository)
        if base is not None:
            self._use_base(base)
        else:
            self._use(find_run_policy(self.repository, run))
        agent_of = partial(agent_of_branch, self.in_force.policy)
        oid = require_head(self.repository, run) if head is None else self.repository.require(head)
        if run.queued_on is not None and agent is None and base is None and head is None:
            start = self.repository.require(run.queued_on)
            report = check_group(self.repository, self.territory, agent_of, base=start, head=oid)
            return with_duplicates(report, self.repository, self.territory, is_group=True)
        name = next(iter(names_behind(self.repository, head) if head is not None else ()), run.branch)
        who = agent or (agent_of(name) if name else None)
        return self._check_branch(name, self.acting_agent(who) if who else None, oid)

    def check_common(
        self, *, agent: str | None = None, base: str | None = None, head: str | None = None
    ) -> "CommonReport":
        """What the commit `head` breaks of common code's public API, and who uses it. `head`: by default the work of
        `agent`, else HEAD. `base` as for `check`."""
        from agentgrid.boundaries.ci_base import refuse_shallow

        refuse_shallow(self.repository)
        if base is not None:
            self._use_base(base)
        who = self.acting_agent(agent if agent is not None else self._agent_behind(head or "HEAD"))
        if head is None and agent is not None and agent != self._agent_here:
            head = self.integration.head_of_work(agent)
        return self.integration.check_common(who, self.repository.require(head or "HEAD"))

    def _check_branch(self, name: str | None, agent: str | None, oid: str) -> "CheckReport":
        """Checks a commit with nothing of this machine: its branch's name, as far as it has one, and signed grants."""
        from agentgrid.boundaries.checking import check_commit
        from agentgrid.boundaries.grants.book import GrantBook, Stand
        from agentgrid.boundaries.refs.unmatched import check_persons_branch
        from agentgrid.boundaries.reviews.book import ReviewBook
        from agentgrid.boundaries.ways_in import WaysIn
        from agentgrid.git.branch_names import names_pointing_at

        base = self.base_oid
        if agent is None:
            return check_persons_branch(self.repository, self.territory, name, base=base, head=oid)
        book = GrantBook(self.repository, None, self.territory.compiled)
        openings = book.openings(
            agent,
            base=base,
            stand=lambda: Stand([oid], [name] if name is not None else names_pointing_at(self.repository, oid)),
        )
        ways_in = WaysIn(openings)
        report = check_commit(self.repository, self.territory, agent=agent, base=base, head=oid, ways_in=ways_in)
        return self._as_whole(report, ReviewBook(self.repository, None, self.territory))

    def _as_whole(self, report: "CheckReport", reviews: "ReviewBook") -> "CheckReport":
        """The report with the rules that only a whole branch is asked about."""
        from agentgrid.boundaries.reviews.rules import with_reviews
        from agentgrid.integration.migrations.guarding import with_duplicates

        report = with_reviews(self.integration.with_common_code(report), self.territory, reviews)
        return with_duplicates(report, self.repository, self.territory)

    def map(self, revision: str | None = None) -> "OwnershipMap":
        """The ownership map over the tree of `revision` (the base's by default)."""
        from agentgrid.boundaries.ownership_map import draw_map
        from agentgrid.git.history import list_tree

        tree = self.repository.require(revision) if revision else self.base_oid
        return draw_map(self.territory, list_tree(self.repository.git, tree))

    def risks(self, drawn: "OwnershipMap") -> "dict[str, Risk]":
        """Each agent's conflict risk under the map, from names and from the base's history."""
        from agentgrid.onboarding.discovery.tree_facts import gather_tree_facts
        from agentgrid.onboarding.initialise import judge_risks

        return judge_risks(self.in_force.policy, drawn, gather_tree_facts(self.repository, self.base_oid))

    def export_codeowners(self) -> "OwnersExport":
        """The CODEOWNERS file that decides as the map does. Raises ConfigError with all that such a file can't say."""
        from agentgrid.boundaries.codeowners.exporting import export_owners
        from agentgrid.git.history import GITLINK_MODE, list_tree

        links = [path for path, mode, _ in list_tree(self.repository.git, self.base_oid) if mode == GITLINK_MODE]
        return export_owners(self.in_force.policy, self.territory, links)

    def status(self, *, with_conflicts: bool = False) -> "GridStatus":
        """One line an agent, gathered in parallel. `with_conflicts`: with how many others each one's work conflicts,
        which takes longer than all the rest."""
        from agentgrid.insight.status import gather_status

        return gather_status(
            self.repository,
            self.in_force,
            self.territory,
            self.list_leases,
            list_budgets=self.desks.running_budgets,
            count_conflicts=self.integration.count_conflicts if with_conflicts else None,
            read_integration=self.integration.facts,
            told=self.mended,
        )

    def _use_base(self, ref: str) -> None:
        from agentgrid.config.in_force import find_in_force

        self._use(find_in_force(self.repository, base=ref))

    def _use(self, in_force: "InForce") -> None:
        """Takes the policy of a base that is named; nothing of this machine counts."""
        from agentgrid.boundaries.policy.compiled import compile_policy

        self.__dict__["in_force"] = in_force
        self.__dict__["_compiled"] = (in_force.base.oid, Territory(compile_policy(in_force.policy)))

    def _agent_behind(self, head: str) -> str | None:
        from agentgrid.git.branch_names import names_behind
        from agentgrid.workspace.naming import agent_of_branch

        if head == "HEAD" and worktree_agent(self.repository):
            return worktree_agent(self.repository)
        for name in names_behind(self.repository, head):
            agent = agent_of_branch(self.in_force.policy, name)
            if agent is not None:
                return agent
        return None
