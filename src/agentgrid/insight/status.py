"""One line an agent: where its branch stands, what is uncommitted, what breaks a rule. Gathered in parallel."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentgrid.boundaries.leases.views import LeaseView
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.config.in_force import InForce
from agentgrid.config.schema import AgentConfig
from agentgrid.errors import GitError, OutsideError, StoreError
from agentgrid.git.process import Git
from agentgrid.git.reflogs import has_worked, last_commit_at
from agentgrid.git.repository import Repository
from agentgrid.git.settings import list_settings
from agentgrid.git.status import WorktreeStatus, read_status
from agentgrid.insight.branch_facts import BranchFacts, FactsMemory
from agentgrid.workspace.clients.installing import ClientFault, find_client_faults
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.hookdir import HookFault, find_hook_faults
from agentgrid.workspace.naming import agent_of_branch

if TYPE_CHECKING:
    from agentgrid.boundaries.reviews.book import Standing
    from agentgrid.insight.integration_facts import Integration
    from agentgrid.integration.pull_requests.pull_request import PullRequest
    from agentgrid.workspace.budgets.report import AgentBudget


@dataclass(frozen=True)
class AgentStatus:
    """`state`: ready, missing, detached, foreign-branch, locked or landed. Counts are None where there is no worktree
    to count in. `leases`: those it holds, None when the state can't be read. `notes`: what a person should mend.
    `budget`: only while commands run for it under one. `conflicts`: with how many others, the base among them; None
    when nobody asked. `review`: only where one is asked for or was given. `pull_request`: as it was when it was last
    looked at from here. `migrations`: ids of its open requests."""

    id: str
    name: str
    state: str
    branch: str | None = None
    worktree: Path | None = None
    head: str | None = None
    facts: BranchFacts | None = None
    files: WorktreeStatus | None = None
    last_commit_at: datetime | None = None
    notes: tuple[str, ...] = ()
    leases: tuple[LeaseView, ...] | None = ()
    budget: "AgentBudget | None" = None
    conflicts: int | None = None
    review: "Standing | None" = None
    pull_request: "PullRequest | None" = None
    migrations: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        files, facts = self.files, self.facts
        dirty = files and {
            "staged": files.staged, "unstaged": files.unstaged + files.unmerged, "untracked": files.untracked,
        }  # fmt: skip
        return {
            "id": self.id,
            "name": self.name,
            "branch": self.branch,
            "worktree": str(self.worktree) if self.worktree else None,
            "state": self.state,
            "head": self.head,
            "ahead": facts.ahead if facts else None,
            "behind": facts.behind if facts else None,
            "dirty": dirty,
            "locks": None if self.leases is None else [view.as_json() for view in self.leases],
            "findings": facts.findings if facts else None,
            **({"conflicts": self.conflicts} if self.conflicts is not None else {}),
            **({"review": _review_as_json(self.review)} if self.review else {}),
            **({"pr": self.pull_request.as_json()} if self.pull_request else {}),
            **({"migrations": list(self.migrations)} if self.migrations else {}),
            **({"budget": self.budget.as_json()} if self.budget else {}),
            "last_commit_at": _rfc3339(self.last_commit_at),
        }


@dataclass(frozen=True)
class GridStatus:
    """The whole grid. `policy_source`: base, applied or main-worktree; `policy_oid`: the commit it comes from."""

    base_branch: str
    base_ref: str
    base_oid: str
    policy_source: str
    policy_oid: str | None
    agents: tuple[AgentStatus, ...]
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "base": {"branch": self.base_branch, "ref": self.base_ref, "oid": self.base_oid},
            "policy": {"source": self.policy_source, "oid": self.policy_oid},
            "agents": [agent.as_json() for agent in self.agents],
            "warnings": list(self.warnings),
        }


def gather_status(
    repository: Repository,
    in_force: InForce,
    territory: Territory,
    list_leases: Callable[[], list[LeaseView]],
    *,
    list_budgets: Callable[[], Mapping[str, "AgentBudget"]] = dict,
    count_conflicts: Callable[[], Mapping[str, int]] | None = None,
    read_integration: "Callable[[Sequence[AgentStatus]], Mapping[str, Integration]]" = lambda _: {},
    told: Sequence[str] = (),
) -> GridStatus:
    """Asks git about every agent's worktree, as many at a time as there are cores. `list_leases`: all live ones.
    `list_budgets`: agent → its budget, for those whose commands run. `count_conflicts`: agent → with how many others
    its work conflicts; it takes longer than all the rest. `read_integration`: agent → its review and pull request, for
    those that have one.
    `told`: warnings to begin with."""
    desks = find_desks(repository)
    settings = list_settings(repository.common_dir)
    agents = list(in_force.policy.agents.values())
    with FactsMemory.open(repository, territory, in_force.base.oid) as memory, _pool() as pool:
        jobs = [
            pool.submit(_status_of, repository, in_force, memory, settings, agent, desks.get(agent.id))
            for agent in agents
        ]
        found = [job.result() for job in jobs]
    held, unreadable = _leases_by_holder(list_leases)
    budgets = list_budgets()
    conflicts = count_conflicts() if count_conflicts is not None else {}
    coming = read_integration(found) if held is not None else {}
    found = [
        replace(
            agent,
            leases=held.get(agent.id, ()) if held is not None else None,
            budget=budgets.get(agent.id),
            conflicts=conflicts.get(agent.id, 0 if count_conflicts is not None else None),
            **_of(coming.get(agent.id)),
        )
        for agent in found
    ]
    notes = [f"{agent.id}: {note}" for agent in found for note in agent.notes]
    strangers = [f"{desk.worktree.path}: {agent} is no agent of the policy in force; agentgrid policy show"
                 for agent, desk in desks.items() if agent not in in_force.policy.agents]  # fmt: skip
    return GridStatus(
        in_force.base.branch,
        in_force.base.ref,
        in_force.base.oid,
        in_force.source,
        in_force.oid,
        tuple(found),
        (*told, *in_force.notices, *unreadable, *notes, *strangers),
    )


def _of(coming: "Integration | None") -> dict[str, Any]:
    if coming is None:
        return {}
    return {"review": coming.review, "pull_request": coming.pull_request, "migrations": coming.migrations}


def _leases_by_holder(
    list_leases: Callable[[], list[LeaseView]],
) -> tuple[dict[str, tuple[LeaseView, ...]] | None, list[str]]:
    """Holder → its leases, None when the state can't be read; and the warning then."""
    try:
        views = list_leases()
    except StoreError as error:
        return None, [f"{error.message}; agentgrid state show"]
    held: dict[str, tuple[LeaseView, ...]] = {}
    for view in views:
        held[view.lease.holder] = (*held.get(view.lease.holder, ()), view)
    return held, []


def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 2)


def _status_of(
    repository: Repository,
    in_force: InForce,
    memory: FactsMemory,
    settings: Sequence[str],
    agent: AgentConfig,
    desk: Desk | None,
) -> AgentStatus:
    if desk is None:
        return AgentStatus(agent.id, agent.title, "missing")
    worktree = desk.worktree
    if not worktree.exists:
        note = f"{worktree.path} is gone; agentgrid agent repair"
        return AgentStatus(agent.id, agent.title, "missing", desk.branch, worktree.path, notes=(note,))
    try:
        files = read_status(Git(worktree.path))
    except (GitError, OutsideError) as error:
        return AgentStatus(agent.id, agent.title, "missing", desk.branch, worktree.path, notes=(error.message,))
    facts = memory.facts(agent.id, files.oid) if files.oid else None
    return AgentStatus(
        agent.id,
        agent.title,
        _state(repository, in_force, desk, files, facts),
        files.branch,
        worktree.path,
        files.oid,
        facts,
        files,
        last_commit_at(worktree.admin_dir, repository.common_dir, files.branch),
        _notes(repository, desk, settings),
    )


def _state(
    repository: Repository, in_force: InForce, desk: Desk, files: WorktreeStatus, facts: BranchFacts | None
) -> str:
    if desk.worktree.locked is not None:
        return "locked"
    if files.branch is None:
        return "detached"
    owner = agent_of_branch(in_force.policy, files.branch)
    if files.branch == in_force.base.branch or owner not in {None, desk.agent}:
        return "foreign-branch"
    if facts and facts.is_merged and files.is_clean and has_worked(repository.common_dir, files.branch):
        return "landed"
    return "ready"


def _notes(repository: Repository, desk: Desk, settings: Sequence[str]) -> tuple[str, ...]:
    if desk.is_pending:
        return ("its files are not all there yet; agentgrid agent repair",)
    faults: list[HookFault | ClientFault] = []
    faults += find_hook_faults(repository, desk.agent, desk.worktree.admin_dir, settings=settings)
    clients = find_client_faults(repository, desk.agent, desk.worktree.path)
    faults += [fault for fault in clients if not fault.is_by_hand]
    if not faults:
        return ()
    more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
    return (f"the guard is not in order ({faults[0].message}{more}); agentgrid agent repair",)


def _review_as_json(standing: "Standing") -> dict[str, object]:
    return {"state": standing.word or None, "missing": list(standing.missing)}


def _rfc3339(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
