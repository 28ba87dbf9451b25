"""`sync`: fetches the base, plans for each agent, then brings it in, several worktrees at a time."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from agentgrid.boundaries.derived import DerivedFiles
from agentgrid.boundaries.policy.publishing import publish
from agentgrid.boundaries.refs.branches import BranchBook
from agentgrid.config.in_force import InForce, find_in_force
from agentgrid.errors import AgentGridError, InputError, OutsideError, UsageError
from agentgrid.git.base_ref import short_ref
from agentgrid.git.repository import Repository
from agentgrid.store.opening import open_store
from agentgrid.workspace.acting import require_own, worktree_agent
from agentgrid.workspace.desks import Desk, find_desks, require_desk
from agentgrid.workspace.furnishing import furnish_desk
from agentgrid.workspace.sub_worktrees import find_sub_worktrees
from agentgrid.workspace.sync.bringing_in import Synced, bring_in
from agentgrid.workspace.sync.decision import Decision, decide_sync
from agentgrid.workspace.sync.derived import paths_of
from agentgrid.workspace.sync.facts import Source, SyncFacts, gather_facts
from agentgrid.workspace.sync.journal import hold_desk, settle_killed
from agentgrid.workspace.topics import fetch_base

MayRun = Callable[[str], bool]
Report = Callable[[str, str], None]


@dataclass(frozen=True)
class SyncOptions:
    """`agents`: none means the one whose worktree this is, or all. `source_agent`: whose branch to bring in instead
    of the base."""

    agents: tuple[str, ...] = ()
    rebase: bool = False
    source_agent: str | None = None
    fetch: bool = True


@dataclass(frozen=True)
class SyncPlan:
    """One worktree's part: what was found, what would be done."""

    desk: Desk
    facts: SyncFacts
    decision: Decision

    @property
    def commands(self) -> tuple[str, ...]:
        """Commands of the repository that it would run."""
        is_meant = self.decision.kind in {"merge", "rebase"} and self.facts.divergence
        return tuple(self.facts.divergence.regenerate or ()) if is_meant and self.facts.divergence else ()


@dataclass(frozen=True)
class SyncRound:
    """A sync of several worktrees, planned. `warnings`: what everybody should know."""

    in_force: InForce
    source: Source
    options: SyncOptions
    plans: tuple[SyncPlan, ...]
    warnings: tuple[str, ...]

    @property
    def commands(self) -> tuple[str, ...]:
        """Every command of the repository that the plans would run, each once."""
        return tuple(dict.fromkeys(command for plan in self.plans for command in plan.commands))


def plan_sync(repository: Repository, options: SyncOptions, *, is_dry: bool = False) -> SyncRound:
    """Fetches (unless dry, or when it isn't wanted), and plans. Raises InputError for an agent without a worktree,
    NotPermitted in another agent's one."""
    desks = _choose_desks(repository, options)
    wants_fetch = options.fetch and not is_dry and options.source_agent is None
    warning = fetch_base(repository, find_in_force(repository).base.branch) if wants_fetch else None
    in_force = find_in_force(repository) if is_dry else publish(repository)[0]
    source = _find_source(repository, in_force, options)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        plans = pool.map(lambda desk: _foresee(repository, in_force, source, options, desk), desks)
        found = tuple(plans)
    told = (warning, in_force.base.warning if options.source_agent is None else None)
    return SyncRound(in_force, source, options, found, tuple(each for each in told if each))


def apply_sync(repository: Repository, planned: SyncRound, *, may_run: MayRun, report: Report) -> list[Synced]:
    """Brings the source into each planned worktree, in the order of the plans. What stops one stops no other.

    `may_run` is asked for each command of the repository that generates files, before anything is changed.
    """
    allowed = {command for command in planned.commands if may_run(command)}

    def sync(plan: SyncPlan) -> Synced:
        done = _sync_one(repository, planned, plan.desk, allowed)
        report(done.agent, done.state)
        return done

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(sync, planned.plans))


def _sync_one(repository: Repository, planned: SyncRound, desk: Desk, allowed: set[str]) -> Synced:
    """Under the desk's lock: plans again, and does it."""
    failed = Synced(desk.agent, desk.worktree.path, desk.branch, "refused")
    try:
        with hold_desk(repository, desk):
            settled = tuple(settle_killed(repository, desk))
            plan = _plan(repository, planned.in_force, planned.source, planned.options, desk)
            done = _carry_out(repository, planned, plan, allowed)
            present = find_desks(repository).get(desk.agent)
            if done.is_done and present and present.worktree.admin_dir == desk.worktree.admin_dir:
                _refresh(repository, planned.in_force, present)
        return replace(done, warnings=(*settled, *done.warnings))
    except OutsideError as error:
        return replace(failed, state="failed", message=error.message, hint=error.hint or "")
    except AgentGridError as error:
        return replace(failed, message=error.message, hint=error.hint or "")


def _refresh(repository: Repository, in_force: InForce, desk: Desk) -> None:
    """The focus file says what the policy says now."""
    if desk.agent in in_force.policy.agents:
        furnish_desk(repository, in_force.policy, desk)


def _carry_out(repository: Repository, planned: SyncRound, plan: SyncPlan, allowed: set[str]) -> Synced:
    desk, facts, decision = plan.desk, plan.facts, plan.decision
    ended = Synced(desk.agent, desk.worktree.path, facts.branch, "refused", facts.head, facts.head)
    if decision.kind == "refuse":
        return replace(ended, message=decision.message, hint=decision.hint)
    if decision.kind == "nothing":
        return replace(ended, state="up-to-date")
    refused = [command for command in plan.commands if command not in allowed]
    commands = dict(facts.divergence.regenerate or {}) if facts.divergence else {}
    if refused:
        message = f"{', '.join(map(os.fsdecode, paths_of(commands)))} has to be generated by `{refused[0]}`"
        return replace(ended, message=message, hint=f"a command of the repository: agentgrid sync {desk.agent} --trust")
    timeout_s = planned.in_force.policy.grid.setup.timeout.total_seconds()
    return bring_in(repository, desk, planned.source, decision, branch=facts.branch or "", before=facts.head or "",
                    commands=commands, timeout_s=timeout_s)  # fmt: skip


def _foresee(repository: Repository, in_force: InForce, source: Source, options: SyncOptions, desk: Desk) -> SyncPlan:
    """As `_plan`; a worktree that git can't read stops no other."""
    try:
        return _plan(repository, in_force, source, options, desk)
    except AgentGridError as error:
        return SyncPlan(desk, SyncFacts(is_there=True), Decision("refuse", error.message, error.hint or ""))


def _plan(repository: Repository, in_force: InForce, source: Source, options: SyncOptions, desk: Desk) -> SyncPlan:
    book, derived = BranchBook(open_store(repository.common_dir)), DerivedFiles(in_force.policy)
    facts = gather_facts(
        repository, desk, source, rebase=options.rebase,
        owner_of=lambda branch: book.owner(in_force.policy, branch), command_for=derived.command_for,
    )  # fmt: skip
    base = in_force.base.branch
    decision = decide_sync(desk.agent, desk.worktree.path, facts, base_branch=base, rebase=options.rebase)
    return SyncPlan(desk, facts, decision)


def _choose_desks(repository: Repository, options: SyncOptions) -> list[Desk]:
    actor = worktree_agent(repository)
    if options.source_agent is not None and options.source_agent in (options.agents or (actor,)):
        raise UsageError(f"{options.source_agent} can't be brought into itself", hint="agentgrid sync ID --from OTHER")
    if options.agents:
        for agent in options.agents:
            require_own(repository, agent, "sync")
        return [require_desk(repository, agent) for agent in dict.fromkeys(options.agents)]
    if actor is not None:
        return [_desk_here(repository, actor)]
    desks = [desk for desk in find_desks(repository).values() if desk.agent != options.source_agent]
    if not desks:
        raise InputError("no agent has a worktree to bring anything into", hint="agentgrid init, agentgrid join")
    return desks


def _desk_here(repository: Repository, agent: str) -> Desk:
    """The agent's worktree that one stands in, which may be one beside its desk."""
    for sub in find_sub_worktrees(repository, agent):
        if os.path.realpath(sub.worktree.admin_dir) == os.path.realpath(repository.git_dir):
            return Desk(agent, sub.incarnation, sub.worktree, is_pending=False)
    return require_desk(repository, agent)


def _find_source(repository: Repository, in_force: InForce, options: SyncOptions) -> Source:
    """The base, or what the other agent has committed."""
    if options.source_agent is None:
        return Source(in_force.base.oid, short_ref(in_force.base.ref))
    desk = require_desk(repository, options.source_agent)
    tip = repository.resolve(f"refs/heads/{desk.branch}") if desk.branch else None
    if tip is None:
        raise InputError(f"{desk.agent} is on no branch that has a commit", hint=f"agentgrid start {desk.agent} TOPIC")
    return Source(tip, desk.branch or "")
