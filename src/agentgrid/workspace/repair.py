"""Reconciling agents' worktrees with git: what is wrong with each, and mending what can't lose anything."""

import os
import shlex
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.policy import Policy
from agentgrid.git.operations import find_operation
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_link import is_connected, read_link
from agentgrid.git.worktree_list import list_worktrees
from agentgrid.workspace.acting import worktree_agent
from agentgrid.workspace.creation import resume_pending
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.naming import agent_of_branch, worktree_path
from agentgrid.workspace.own_hooks_path import drop_own_hooks_path, find_own_hooks_paths
from agentgrid.workspace.pending import administrative_git, hold_worktrees, read_journals


@dataclass(frozen=True)
class Fault:
    """`kind`: moved, deleted, detached, foreign-branch, incomplete or hooks-path. `mend`: the command that mends it."""

    agent: str
    kind: str
    message: str
    mend: str


@dataclass(frozen=True)
class Mended:
    """What `repair` did about a fault (`is_done`), would do, or leaves to a person."""

    fault: Fault
    action: str
    is_done: bool


def find_faults(repository: Repository, policy: Policy, *, recorded: Collection[str] = ()) -> list[Fault]:
    """Every desk's faults, by agent. `recorded`: branches that agents are known to have made, beside the templates."""
    desks = find_desks(repository)
    faults = [
        Fault(
            journal.agent, "incomplete", f"a command was killed while it made {journal.path}", "agentgrid agent repair"
        )
        for journal in read_journals(repository)
        if journal.agent not in desks
    ]
    for desk in desks.values():
        fault = _place_fault(repository, policy, desk) or _head_fault(repository, policy, desk, recorded)
        if fault:
            faults.append(fault)
    return sorted(faults, key=lambda fault: fault.agent)


def repair(repository: Repository, policy: Policy, *, dry_run: bool) -> list[Mended]:
    """Mends moved and incomplete worktrees, a HEAD that was detached at its own branch and, for a person, a worktree's
    own `core.hooksPath`; tells the rest."""
    mended: list[Mended] = []
    if not dry_run:
        incomplete = {fault.agent: fault for fault in find_faults(repository, policy) if fault.kind == "incomplete"}
        for resumed in resume_pending(repository):
            fault = incomplete.get(resumed.agent)
            if fault:
                mended.append(Mended(fault, f"{resumed.action}: {resumed.path}", is_done=True))
        with hold_worktrees(repository):
            mended += [_mend(repository, policy, fault) for fault in find_faults(repository, policy)]
            return mended + _mend_hooks_paths(repository, dry_run=False)
    told = [Mended(fault, fault.mend, is_done=False) for fault in find_faults(repository, policy)]
    return told + _mend_hooks_paths(repository, dry_run=True)


def _place_fault(repository: Repository, policy: Policy, desk: Desk) -> Fault | None:
    path, admin_dir = desk.worktree.path, desk.worktree.admin_dir
    if is_connected(path, admin_dir):
        if desk.is_pending:
            return Fault(desk.agent, "incomplete", f"the files of {path} are not all there", "agentgrid agent repair")
        return None
    found = _find_moved(repository, policy, desk)
    if found:
        return Fault(desk.agent, "moved", f"{path} is at {found} now", f"git worktree repair {shlex.quote(str(found))}")
    return Fault(desk.agent, "deleted", f"there is no worktree at {path} any more",
                 f"agentgrid remove {desk.agent}")  # fmt: skip


def _find_moved(repository: Repository, policy: Policy, desk: Desk) -> Path | None:
    """A directory whose `.git` names this desk: where the caller stands, where it belongs, or beside the old place."""
    path = desk.worktree.path
    candidates = [repository.worktree] if repository.worktree else []
    if desk.agent in policy.agents:
        candidates.append(worktree_path(policy, repository.name, repository.root, desk.agent))
    if path.parent.is_dir():
        candidates += sorted(each for each in path.parent.iterdir() if (each / ".git").is_file())
    for candidate in (path, *candidates):
        link = read_link(candidate)
        if link and _names(link, desk.worktree.admin_dir):
            return candidate
    return None


def _names(link: Path, admin_dir: Path) -> bool:
    """Also when the whole repository was moved: the link's own target is gone then, and its name is the same."""
    if os.path.realpath(link) == os.path.realpath(admin_dir):
        return True
    return not link.exists() and link.name == admin_dir.name and link.parent.name == "worktrees"


def _head_fault(repository: Repository, policy: Policy, desk: Desk, recorded: Collection[str]) -> Fault | None:
    git = f"git -C {shlex.quote(str(desk.worktree.path))}"
    if desk.branch is None:
        if find_operation(desk.worktree.admin_dir):
            return None  # a rebase works on a detached HEAD
        own = _own_branches(repository, policy, desk)
        mend = f"{git} switch {shlex.quote(own[0])}" if len(own) == 1 else f"{git} switch -c BRANCH"
        return Fault(desk.agent, "detached", f"HEAD is at {(desk.worktree.head or '')[:12]}, on no branch", mend)
    if desk.agent not in policy.agents or desk.branch in recorded:
        return None
    if agent_of_branch(policy, desk.branch) == desk.agent:
        return None
    message = f"{desk.branch} is checked out, which isn't a branch of {desk.agent}"
    return Fault(desk.agent, "foreign-branch", message, f"{git} switch BRANCH")


def _own_branches(repository: Repository, policy: Policy, desk: Desk) -> list[str]:
    """The agent's branches at the very commit that is checked out, and free."""
    head = desk.worktree.head or "HEAD"
    listed = repository.git.text("for-each-ref", f"--points-at={head}", "--format=%(refname:short)", "refs/heads")
    taken = {worktree.branch for worktree in list_worktrees(repository)}
    return [
        name
        for name in listed.splitlines()
        if f"refs/heads/{name}" not in taken and agent_of_branch(policy, name) == desk.agent
    ]


def _mend(repository: Repository, policy: Policy, fault: Fault) -> Mended:
    desk = find_desks(repository).get(fault.agent)
    if desk and fault.kind == "moved":
        found = _find_moved(repository, policy, desk)
        if found and desk.worktree.locked is None:
            administrative_git(repository).run("worktree", "repair", str(found))
            return Mended(fault, f"registered at {found}", is_done=True)
    if desk and fault.kind == "detached":
        own = _own_branches(repository, policy, desk)
        if len(own) == 1:
            # Same commit: the index and the files stay as they are.
            Git(desk.worktree.path).run("symbolic-ref", "-m", "agentgrid: repair", "HEAD", f"refs/heads/{own[0]}")
            return Mended(fault, f"back on {own[0]}", is_done=True)
    return Mended(fault, fault.mend, is_done=False)


def _mend_hooks_paths(repository: Repository, *, dry_run: bool) -> list[Mended]:
    """It may be somebody's choice: only a person takes it out, and is told how to put it back."""
    mended: list[Mended] = []
    is_person = worktree_agent(repository) is None
    for own in find_own_hooks_paths(repository):
        fault = Fault(own.agent, "hooks-path", f"{own.file} turns git away from the agent's hooks", own.drop_command)
        if dry_run or not is_person:
            mended.append(Mended(fault, fault.mend, is_done=False))
            continue
        drop_own_hooks_path(own)
        mended.append(Mended(fault, f"taken out; to put it back: {own.restore_command}", is_done=True))
    return mended
