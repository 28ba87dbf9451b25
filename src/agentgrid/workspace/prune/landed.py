"""Which worktrees have done their work, and taking those down. Nothing that is nowhere else ever goes this way."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentgrid.config.policy import Policy
from agentgrid.errors import Refused
from agentgrid.git.base_ref import Base
from agentgrid.git.reflogs import has_worked, has_worked_detached
from agentgrid.git.repository import Repository
from agentgrid.machine.activity import find_occupants
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.equipment import Unequip
from agentgrid.workspace.hook_section import drop_stale_sections
from agentgrid.workspace.pending import hold_worktrees
from agentgrid.workspace.removal import (
    RemovalPlan,
    Removed,
    Teardown,
    assess_removal,
    delete_kept_branch,
    remove_desk,
    tell_restore,
)
from agentgrid.workspace.sub_worktrees import find_sub_worktrees
from agentgrid.workspace.takedown import take_down
from agentgrid.workspace.trash import measure


@dataclass(frozen=True)
class Candidate:
    """One worktree: the facts of its removal, the bytes that it takes. `reasons`: why it stays; none when it may go.
    `is_sub`: one that was made inside an agent's."""

    plan: RemovalPlan
    is_sub: bool
    size_bytes: int
    reasons: tuple[str, ...]

    @property
    def agent(self) -> str:
        return self.plan.desk.agent

    @property
    def path(self) -> Path:
        return self.plan.desk.worktree.path


def find_candidates(repository: Repository, base: Base, policy: Policy) -> list[Candidate]:
    """Every worktree of agents, those beside a desk before the desk itself; changes nothing."""
    found: list[Candidate] = []
    for sub in find_sub_worktrees(repository):
        desk = Desk(sub.agent, sub.incarnation, sub.worktree, is_pending=False)
        found.append(_look_at(repository, desk, base, policy, is_sub=True, staying=()))
    for desk in find_desks(repository).values():
        staying = [each.path for each in found if each.agent == desk.agent and each.reasons]
        found.append(_look_at(repository, desk, base, policy, is_sub=False, staying=staying))
    return found


def decide_staying(
    plan: RemovalPlan, *, has_done_work: bool, occupants: Sequence[int], staying: Sequence[Path]
) -> tuple[str, ...]:
    """Why a worktree stays; empty when its work has landed and nothing else is in it. Pure."""
    desk = plan.desk
    if plan.is_missing or not desk.worktree.exists:
        return (f"nothing is there: moved, `agentgrid agent repair`; deleted, `agentgrid remove {desk.agent}`",)
    reasons = list(plan.risks)
    if desk.is_pending:
        reasons.append("its files are not all there yet")
    if plan.locked is not None:
        reasons.append("it is locked")
    reasons += [f"another worktree is in it: {path}" for path in plan.inner if path in staying or path not in plan.subs]
    reasons += [f"its agent still works in {path}" for path in staying if path not in plan.inner]
    if not reasons and not has_done_work:
        reasons.append("nothing was done in it yet")
    if occupants:
        reasons.append(f"process {occupants[0]} is at work in it")
    return tuple(reasons)


def remove_landed(repository: Repository, candidate: Candidate, *, unequip: Unequip, teardown: Teardown) -> Removed:
    """Takes it down as `remove` without force does: looked at again under the lock. Raises as that."""
    if candidate.is_sub:
        return _remove_sub(repository, candidate)
    plan = replace(candidate.plan, subs=(), inner=())  # those that may go went first; it is looked for others there
    return remove_desk(repository, plan, force=False, unequip=unequip, teardown=teardown)


def _look_at(
    repository: Repository, desk: Desk, base: Base, policy: Policy, *, is_sub: bool, staying: Sequence[Path]
) -> Candidate:
    plan = assess_removal(repository, desk, base, policy=policy)
    place = desk.worktree.path
    if desk.branch:
        has_done_work = has_worked(repository.common_dir, desk.branch)
    else:
        has_done_work = has_worked_detached(desk.worktree.admin_dir)
    size = measure(place.parent, [os.fsencode(place.name)]) if desk.worktree.exists else 0
    reasons = decide_staying(plan, has_done_work=has_done_work, occupants=find_occupants(place), staying=staying)
    return Candidate(plan, is_sub, size, reasons)


def _remove_sub(repository: Repository, candidate: Candidate) -> Removed:
    """As `remove_desk`, for one beside the desk: the agent's hooks stay, the desk needs them."""
    plan = candidate.plan
    with hold_worktrees(repository):
        here = [sub for sub in find_sub_worktrees(repository, plan.desk.agent) if sub.worktree.path == candidate.path]
        if not here or here[0].incarnation != plan.desk.incarnation:
            raise Refused(f"{candidate.path} changed meanwhile", hint="run the same command again")
        desk = Desk(here[0].agent, here[0].incarnation, here[0].worktree, is_pending=False)
        now = assess_removal(repository, desk, plan.base)
        if now.risks or now.locked is not None or now.inner:
            raise Refused(f"{candidate.path} changed meanwhile: {'; '.join(now.risks)}", hint="look again")
        kept = take_down(repository, desk.worktree, desk.agent, label="pruned", unequip=_leave_hooks, is_checked=True)
        branch = plan.branch if plan.branch == now.branch else None
        is_deleted = branch is not None and delete_kept_branch(repository, now, branch, kept.rescue)
        drop_stale_sections(repository)
    restore = tell_restore(kept.rescue, branch or now.branch, candidate.path, None, is_deleted=is_deleted)
    return Removed(desk.agent, candidate.path, branch if is_deleted else None, kept.rescue, kept.trash, restore,
                   kept.stray)  # fmt: skip


def _leave_hooks(_repository: Repository, _agent: str, _admin_dir: Path) -> None:
    """Its section of the configuration goes once git has forgotten the worktree."""
