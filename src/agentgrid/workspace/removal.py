"""Removing an agent's worktree: what is at stake, said first; nothing lost, and how to get it back, said after."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentgrid.config.policy import Policy
from agentgrid.errors import Refused, WouldLoseWork
from agentgrid.git.base_ref import Base
from agentgrid.git.merged import count_unmerged
from agentgrid.git.operations import find_operation
from agentgrid.git.private_index import private_index
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.status import WorktreeStatus, parse_status
from agentgrid.git.submodules import SubmoduleWork, find_submodule_work
from agentgrid.git.worktree_list import list_worktrees
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.equipment import Unequip, unequip_desk
from agentgrid.workspace.naming import agent_of_branch
from agentgrid.workspace.pending import delete_branch, hold_worktrees
from agentgrid.workspace.rescue import Rescue, restore_command
from agentgrid.workspace.sub_worktrees import find_sub_worktrees
from agentgrid.workspace.sync.journal import drop_note, hold_desk
from agentgrid.workspace.takedown import clear_cut_removal, require_agreement, take_down
from agentgrid.workspace.trash import find_ignored, measure

MOST_NAMES = 5
Teardown = Callable[[Desk], str | None]


@dataclass(frozen=True)
class RemovalPlan:
    """What removing a desk would take away. `names`: the first changed paths. `unmerged`: commits that the base
    doesn't have (a squash of them counts as having); `unpushed`: those of them on no remote. `branch`: to be
    deleted, with its `tip`; None: none. `ignored`: go to the trash. `inner`: worktrees inside this one.
    `subs`: others of the same agent, made in this one."""

    desk: Desk
    base: Base
    branch: str | None
    tip: str | None
    is_missing: bool
    staged: int = 0
    unstaged: int = 0
    untracked: int = 0
    names: tuple[str, ...] = ()
    unmerged: int = 0
    unpushed: int = 0
    operation: str | None = None
    locked: str | None = None
    submodules: tuple[SubmoduleWork, ...] = ()
    ignored: tuple[bytes, ...] = ()
    ignored_bytes: int = 0
    inner: tuple[Path, ...] = ()
    subs: tuple[Path, ...] = ()

    @property
    def risks(self) -> list[str]:
        """Work that would be taken away, one phrase each; empty when there is none."""
        counted = ((self.staged, "staged"), (self.unstaged, "changed"), (self.untracked, "untracked"))
        changed = ", ".join(f"{count} {word}" for count, word in counted if count)
        risks = [f"{changed}: {', '.join(self.names)}"] if changed else []
        if self.unmerged:
            where = f" ({self.unpushed} of them on no remote)" if self.unpushed else ""
            risks.append(f"{_commits(self.unmerged)} not in {self.base.branch}{where}")
        if self.operation:
            risks.append(f"a {self.operation} in progress")
        risks += [
            f"submodule {work.path}: {work.changed} changed, {_commits(work.unpushed)} unpushed"
            for work in self.submodules
        ]
        return risks


@dataclass(frozen=True)
class Removed:
    """`branch`: the one that was deleted. `rescue` and `trash`: where everything is. `restore`: the shell line that
    brings it back. `stray`: the ref of commits that no branch has, and how many; the line doesn't bring those."""

    agent: str
    path: Path
    branch: str | None
    rescue: Rescue | None
    trash: Path | None
    restore: str | None
    stray: tuple[str, int] | None = None


def assess_removal(repository: Repository, desk: Desk, base: Base, *, policy: Policy | None = None) -> RemovalPlan:
    """The facts. With `policy`, only a branch of the agent's own is deleted; the base never is."""
    worktree = desk.worktree
    operation = find_operation(worktree.admin_dir)
    branch = desk.branch or ((operation.branch or "").removeprefix("refs/heads/") if operation else "") or None
    tip = repository.resolve(f"refs/heads/{branch}") if branch else None
    heads = [head for head in dict.fromkeys((worktree.head, tip)) if head and head.strip("0")]
    unmerged, unpushed = count_unmerged(repository.git, base.oid, heads)
    is_own = branch != base.branch and (policy is None or agent_of_branch(policy, branch or "") == desk.agent)
    plan = RemovalPlan(
        desk,
        base,
        branch if is_own and tip else None,
        tip,
        is_missing=not worktree.path.exists(),
        unmerged=unmerged,
        unpushed=unpushed,
        operation=operation.name if operation else None,
        locked=worktree.locked,
        inner=_inner_worktrees(repository, desk),
        subs=tuple(each.worktree.path for each in find_sub_worktrees(repository, desk.agent)),
    )
    return plan if not worktree.exists else _with_files(plan)


def no_teardown(_desk: Desk) -> str | None:
    """Nothing has to be put away before a worktree goes."""
    return None


def remove_desk(
    repository: Repository,
    plan: RemovalPlan,
    *,
    force: bool,
    unequip: Unequip = unequip_desk,
    teardown: Teardown = no_teardown,
) -> Removed:
    """Takes the worktree, its hooks and its branch away.

    `teardown` runs in the worktree once it is clear that it may go; it answers what went wrong, which stops a removal
    without `force`. The facts are gathered again after that, under the lock: what appeared meanwhile counts as any
    other work. Raises Refused for the main worktree, a locked one, one that isn't what was planned; WouldLoseWork when
    work is at stake and `force` is False.
    """
    _require_outside(repository, plan.desk)
    _require_removable(plan, force=force)
    _tear_down(plan.desk, teardown, force=force)
    with hold_worktrees(repository), hold_desk(repository, plan.desk):
        desk = find_desks(repository).get(plan.desk.agent)
        if desk is None or (desk.incarnation, desk.worktree.path) != (plan.desk.incarnation, plan.desk.worktree.path):
            raise Refused(f"the worktree of {plan.desk.agent} changed meanwhile", hint="run the same command again")
        clear_cut_removal(repository, desk.worktree, desk.agent)
        require_agreement(repository, desk.worktree)
        _require_outside(repository, desk)
        now = assess_removal(repository, desk, plan.base)
        branch = plan.branch if plan.branch == now.branch else None
        _require_removable(now, force=force, known=plan.risks)
        kept = take_down(repository, desk.worktree, desk.agent, label="removed", unequip=unequip,
                         is_checked=not now.risks)  # fmt: skip
        is_deleted = branch is not None and delete_kept_branch(repository, now, branch, kept.rescue)
        drop_note(repository, desk)
    agent, path = desk.agent, desk.worktree.path
    restore = tell_restore(kept.rescue, branch or now.branch, path, agent, is_deleted=is_deleted)
    return Removed(agent, path, branch if is_deleted else None, kept.rescue, kept.trash, restore,
                   kept.stray)  # fmt: skip


def _with_files(plan: RemovalPlan) -> RemovalPlan:
    worktree = plan.desk.worktree
    git = Git(worktree.path)
    status = _read_everything(git, worktree.admin_dir, worktree.head)
    ignored = find_ignored(git)
    return replace(
        plan,
        staged=status.staged,
        unstaged=status.unstaged + status.unmerged,
        untracked=status.untracked,
        names=tuple(os.fsdecode(path) for path in status.paths[:MOST_NAMES]),
        submodules=tuple(find_submodule_work(git)),
        ignored=ignored,
        ignored_bytes=measure(worktree.path, ignored),
    )


def _read_everything(git: Git, admin_dir: Path, head: str | None) -> WorktreeStatus:
    """`git status` that also sees files which `assume-unchanged` and `skip-worktree` hide."""
    options = ("--porcelain=v2", "-z", "--branch", "--no-renames", "--ignore-submodules=none", "--untracked-files=all")
    with private_index(git, admin_dir, head) as index:
        return parse_status(index.run("status", *options))


def _require_outside(repository: Repository, desk: Desk) -> None:
    """Who stands in the directory would be left without one, and git can't run there any more."""
    if repository.is_linked and os.path.realpath(repository.git_dir) == os.path.realpath(desk.worktree.admin_dir):
        raise Refused(f"you are in {desk.worktree.path}, which would be removed", hint=f"cd {repository.root} first")


def _tear_down(desk: Desk, teardown: Teardown, *, force: bool) -> None:
    failure = teardown(desk) if desk.worktree.exists else None
    if failure and not force:
        raise Refused(f"{desk.agent} could not be torn down: {failure}",
                      hint=f"mend that; or leave it so: agentgrid remove {desk.agent} --force")  # fmt: skip


def _require_removable(plan: RemovalPlan, *, force: bool, known: Sequence[str] | None = None) -> None:
    """`known`: what was at stake before the teardown ran; None when it has not run yet."""
    agent, path = plan.desk.agent, plan.desk.worktree.path
    if plan.locked is not None:
        why = f": {plan.locked}" if plan.locked else ""
        raise Refused(f"the worktree of {agent} is locked{why}", hint=f"git worktree unlock {path}")
    if plan.subs:
        listed = ", ".join(map(str, plan.subs))
        raise Refused(f"{agent} made more worktrees: {listed}", hint=f"first: git worktree remove {plan.subs[0]}",
                      details={"worktrees": [str(each) for each in plan.subs]})  # fmt: skip
    if plan.inner:
        raise Refused(f"{path} contains another worktree: {plan.inner[0]}", hint="move that one: git worktree move")
    if plan.risks and not force:
        appeared = " that appeared meanwhile" if known is not None and not known else ""
        raise WouldLoseWork(
            f"removing {agent} would take away work{appeared}: {'; '.join(plan.risks)}",
            hint=f"commit it and land it; or `agentgrid remove {agent} --force`, which keeps it in a rescue ref",
            details={"risks": plan.risks},
        )


def delete_kept_branch(repository: Repository, plan: RemovalPlan, branch: str, rescue: Rescue | None) -> bool:
    """Only a branch whose tip is in a rescue ref or in the base goes."""
    tip = repository.resolve(f"refs/heads/{branch}")
    if tip is None or tip != plan.tip:
        return False
    keepers = [rescue.ref, rescue.tip_ref] if rescue else []
    safe = any(
        repository.git.succeeds("merge-base", "--is-ancestor", tip, keeper)
        for keeper in (*keepers, plan.base.oid)
        if keeper
    )
    return safe and delete_branch(repository, branch, tip)


def tell_restore(
    rescue: Rescue | None, branch: str | None, path: Path, agent: str | None, *, is_deleted: bool
) -> str | None:
    """The line that brings it back, as `agent`'s desk again if one is named."""
    if rescue is None:
        return None
    return restore_command(rescue, branch, path, agent, has_branch=branch is not None and not is_deleted)


def _inner_worktrees(repository: Repository, desk: Desk) -> tuple[Path, ...]:
    top = Path(os.path.realpath(desk.worktree.path))
    places: Sequence[Path] = [each.path for each in list_worktrees(repository) if each.path != desk.worktree.path]
    return tuple(place for place in places if Path(os.path.realpath(place)).is_relative_to(top))


def _commits(count: int) -> str:
    return f"{count} commit" + ("" if count == 1 else "s")
