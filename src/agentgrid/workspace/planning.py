"""What creating agents' worktrees would do, decided before anything is done."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.policy import Policy
from agentgrid.config.schema import Author
from agentgrid.errors import InputError, Refused
from agentgrid.git.base_ref import Base
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree, list_worktrees
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.naming import branch_name, needs_task, worktree_path
from agentgrid.workspace.pending import Journal, hold_worktrees, read_journals, settle_journals

DEFAULT_TOPIC = "work"
_MOST_LOOKS = 10


@dataclass(frozen=True)
class DeskPlan:
    """A worktree to make at `path` on `branch` (short name). `creates_branch` False: the branch exists and is
    continued from its tip, `start_oid`."""

    agent: str
    path: Path
    branch: str
    start_oid: str
    creates_branch: bool
    author: Author | None = None


def plan_desks(
    repository: Repository, policy: Policy, base: Base, agents: Sequence[str], topics: Mapping[str, str]
) -> tuple[list[DeskPlan], list[Desk]]:
    """Plans for those of `agents` that have no worktree, and the desks of the others.

    `topics`: agent → topic of its first branch (default `work`). What a killed command left half-made is undone
    first. Raises InputError and Refused when a path or branch can't be had.
    """
    with hold_worktrees(repository):
        settle_journals(repository)
        return foresee_desks(repository, policy, base, agents, topics)


def foresee_desks(
    repository: Repository, policy: Policy, base: Base, agents: Sequence[str], topics: Mapping[str, str]
) -> tuple[list[DeskPlan], list[Desk]]:
    """As `plan_desks`, and changes nothing: what a killed command left half-made counts as yet to make.

    Nothing is locked: what another command makes at this moment may seem to be in the way, and is looked at again.
    """
    said = None
    for _ in range(_MOST_LOOKS - 1):
        try:
            return _foresee(repository, policy, base, agents, topics)
        except (InputError, Refused) as error:
            if error.message == said:
                raise
            said = error.message
    return _foresee(repository, policy, base, agents, topics)


def _foresee(
    repository: Repository, policy: Policy, base: Base, agents: Sequence[str], topics: Mapping[str, str]
) -> tuple[list[DeskPlan], list[Desk]]:
    journals = {journal.agent: journal for journal in read_journals(repository)}
    desks, worktrees = find_desks(repository), list_worktrees(repository)
    already = [desks[agent] for agent in agents if agent in desks]
    for desk in already:
        _require_directory(desk)
    plans = [
        _plan_again(journals[agent], policy)
        if agent in journals
        else plan_desk(repository, policy, base, agent, _branch(policy, agent, topics.get(agent)), worktrees)
        for agent in agents
        if agent not in desks
    ]
    _require_distinct(plans)
    return plans, already


def plan_desk(
    repository: Repository,
    policy: Policy,
    base: Base,
    agent: str,
    branch: str,
    worktrees: Sequence[Worktree],
) -> DeskPlan:
    """One agent's plan for a branch whose name is known. Raises as `plan_desks`."""
    path = worktree_path(policy, repository.name, repository.root, agent)
    start, creates_branch = _find_start(repository, branch, base.oid)
    plan = DeskPlan(agent, path, branch, start, creates_branch, policy.agents[agent].author)
    check_plan(repository, plan, worktrees)
    return plan


def check_plan(repository: Repository, plan: DeskPlan, worktrees: Sequence[Worktree]) -> None:
    """Raises when the path is taken, the branch is checked out elsewhere, or its name can't be created."""
    for worktree in worktrees:
        if worktree.branch == f"refs/heads/{plan.branch}":
            raise Refused(f"the branch {plan.branch} is checked out in {worktree.path}",
                          hint=_adopt_hint(plan, worktree, repository))  # fmt: skip
    _require_free_path(plan, worktrees, repository)
    _require_outside(repository, plan, worktrees)
    exists = repository.resolve(f"refs/heads/{plan.branch}")
    if exists and plan.creates_branch:
        raise Refused(f"the branch {plan.branch} appeared a moment ago", hint="run the same command again")
    if not exists:
        _require_room(repository, plan.branch)


def _branch(policy: Policy, agent: str, topic: str | None) -> str:
    if topic is not None:
        return branch_name(policy, agent, topic)
    return branch_name(policy, agent, DEFAULT_TOPIC, task="0" if needs_task(policy, agent) else None)


def _plan_again(journal: Journal, policy: Policy) -> DeskPlan:
    author = policy.agents[journal.agent].author
    return DeskPlan(
        journal.agent, Path(journal.path), journal.branch, journal.start_oid, journal.creates_branch, author
    )


def _find_start(repository: Repository, branch: str, base_oid: str) -> tuple[str, bool]:
    """Where the branch starts, and whether it has to be made: its own tip, a remote's copy of it, or the base."""
    tip = repository.resolve(f"refs/heads/{branch}")
    if tip:
        return tip, False
    for remote in repository.git.text("remote").split():
        tip = repository.resolve(f"refs/remotes/{remote}/{branch}")
        if tip:
            return tip, True
    return base_oid, True


def _require_directory(desk: Desk) -> None:
    if not desk.worktree.exists:
        raise Refused(
            f"the worktree of {desk.agent} is registered at {desk.worktree.path}, and nothing is there",
            hint=f"moved: `agentgrid agent repair`; deleted: `agentgrid remove {desk.agent}` (commits are kept)",
        )


def _require_free_path(plan: DeskPlan, worktrees: Sequence[Worktree], repository: Repository) -> None:
    for worktree in worktrees:
        if os.path.realpath(worktree.path) == os.path.realpath(plan.path):
            raise Refused(f"{plan.path} is a worktree already, on {_place_of(worktree)}",
                          hint=_adopt_hint(plan, worktree, repository))  # fmt: skip
    if not os.path.lexists(plan.path):
        return
    if plan.path.is_symlink() or not plan.path.is_dir() or os.listdir(plan.path):
        raise InputError(f"{plan.path} is taken: something else is there",
                         hint="move it away, or set another `worktree:` in agentgrid.yaml")  # fmt: skip


def _require_outside(repository: Repository, plan: DeskPlan, worktrees: Sequence[Worktree]) -> None:
    """Inside another worktree only where git doesn't look; never inside a git directory."""
    real = Path(os.path.realpath(plan.path))
    if real.is_relative_to(os.path.realpath(repository.common_dir)):
        raise InputError(f"{plan.path} is inside the git directory", hint="set another `worktree:` in agentgrid.yaml")
    for worktree in worktrees:
        top = os.path.realpath(worktree.path)
        if worktree.is_bare or not worktree.exists or not real.is_relative_to(top):
            continue
        inside = str(real.relative_to(top))
        if not _is_ignored(worktree.path, inside):
            first = inside.split(os.sep, maxsplit=1)[0]
            raise InputError(
                f"{plan.path} is inside the worktree {worktree.path}, where git would take its files for new ones",
                hint=f"set another `worktree:`, or hide it: echo '/{first}/' >> {repository.common_dir}/info/exclude",
            )


def _is_ignored(top: Path, inside: str) -> bool:
    return Git(top).run("check-ignore", "--quiet", "--", inside + "/", accept=(0, 1, 128)).code == 0


def _require_room(repository: Repository, branch: str) -> None:
    """A ref is a file: `feat/x` and `feat/x/y` can't both exist."""
    parts = branch.split("/")
    above = {f"refs/heads/{'/'.join(parts[:count])}" for count in range(1, len(parts))}
    refs = repository.git.text("for-each-ref", "--format=%(refname)", f"refs/heads/{parts[0]}").splitlines()
    for ref in refs:
        if ref in above or ref.startswith(f"refs/heads/{branch}/"):
            other = ref.removeprefix("refs/heads/")
            raise InputError(f"git can't have the branches {branch} and {other} together",
                             hint=f"rename that one: git branch -m {other} NEW-NAME")  # fmt: skip


def _require_distinct(plans: Sequence[DeskPlan]) -> None:
    seen: dict[str, str] = {}
    for plan in plans:
        place = os.path.realpath(plan.path)
        if place in seen:
            raise InputError(f"{plan.agent} and {seen[place]} would both get {plan.path}",
                             hint="put {agent} into `worktree:` in agentgrid.yaml")  # fmt: skip
        seen[place] = plan.agent


def _place_of(worktree: Worktree) -> str:
    return worktree.branch.removeprefix("refs/heads/") if worktree.branch else f"commit {(worktree.head or '')[:12]}"


def _adopt_hint(plan: DeskPlan, worktree: Worktree, repository: Repository) -> str:
    if worktree.admin_dir == repository.common_dir:
        return f"switch the main worktree to another branch: git -C {worktree.path} switch -"
    if not worktree.exists:
        return f"it was deleted by hand: git worktree remove {worktree.path}"
    return f"make it the agent's: agentgrid agent add {plan.agent} --adopt {worktree.path}"
