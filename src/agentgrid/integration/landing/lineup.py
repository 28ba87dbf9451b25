"""Who is in the train: for each agent that is asked for, its branch at this moment, or why there is nothing to land."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agentgrid.config.in_force import InForce
from agentgrid.errors import AgentGridError, InputError
from agentgrid.git.history import ahead_behind, changed_between, merge_bases
from agentgrid.git.merged import is_merged
from agentgrid.git.operations import find_operation
from agentgrid.git.process import Git
from agentgrid.git.reflogs import has_worked
from agentgrid.git.repository import Repository
from agentgrid.git.status import read_status
from agentgrid.integration.landing.model import Candidate, Ejected, Untouched
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.focus import FOCUS_FILE

Order = Callable[[Sequence[str]], Sequence[str]]
OwnerOf = Callable[[str], str | None]


@dataclass
class Lineup:
    """`candidates` in their order; the rest by what became of them."""

    candidates: list[Candidate] = field(default_factory=list)
    untouched: list[Untouched] = field(default_factory=list)
    ejected: list[Ejected] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """What is not in a commit stays behind: said for each."""
        return [_tell_uncommitted(each) for each in self.candidates if each.uncommitted]


def _tell_uncommitted(each: Candidate) -> str:
    files = "file that is" if each.uncommitted == 1 else "files that are"
    stay = "stays" if each.uncommitted == 1 else "stay"
    return f"{each.agent}: {each.uncommitted} {files} not committed {stay} in its worktree"


def line_up(
    repository: Repository,
    in_force: InForce,
    agents: Sequence[str],
    tip: str,
    owner_of: OwnerOf,
    *,
    order: Order | None,
) -> Lineup:
    """Looks at each of `agents` (none: all of the policy). `tip`: what they would land on. `order`: in which order the
    branches go, None for as they are named. Raises InputError for an agent that the policy doesn't have."""
    desks, lineup = find_desks(repository), Lineup()
    wanted = list(dict.fromkeys(agents)) or list(in_force.policy.agents)
    _require_known(in_force, wanted)
    for agent in wanted:
        desk = desks.get(agent)
        if desk is None:
            lineup.untouched.append(Untouched(agent, "has no worktree", f"agentgrid start {agent} TOPIC"))
            continue
        _place(repository, in_force, desk, tip, owner_of, lineup)
    if order is not None and len(lineup.candidates) > 1:
        lineup.candidates = _in_order(lineup.candidates, order)
    return lineup


def paths_written(git: Git, tip: str, candidates: Sequence[Candidate]) -> list[bytes]:
    """Paths that landing the candidates may write where `tip` is checked out."""
    written: set[bytes] = set()
    for each in candidates:
        forks = merge_bases(git, tip, [each.head])
        if forks:
            written |= {*changed_between(git, forks[0], each.head)} & {*changed_between(git, tip, each.head)}
    return sorted(written)


def _place(repository: Repository, in_force: InForce, desk: Desk, tip: str, owner_of: OwnerOf, lineup: Lineup) -> None:
    agent, base = desk.agent, in_force.base.branch
    fault = _find_fault(desk, base, owner_of)
    if fault:
        lineup.ejected.append(Ejected(agent, "branch", *fault))
        return
    branch, head = desk.branch or "", repository.resolve(f"refs/heads/{desk.branch}") if desk.branch else None
    if head is None:
        lineup.untouched.append(Untouched(agent, f"{branch} has no commit yet"))
    elif ahead_behind(repository.git, tip, head)[0] == 0:
        worked = has_worked(repository.common_dir, branch)
        lineup.untouched.append(Untouched(agent, "already landed" if worked else f"{branch} has no commit of its own"))
    elif is_merged(repository.git, tip, head):
        lineup.untouched.append(Untouched(agent, "already landed"))
    else:
        lineup.candidates.append(Candidate(agent, branch, head, _count_uncommitted(desk)))


def _find_fault(desk: Desk, base: str, owner_of: OwnerOf) -> tuple[str, str] | None:
    """Why its branch can't be told (reason, hint)."""
    operation = find_operation(desk.worktree.admin_dir)
    if operation is not None and desk.branch is None:
        return f"a {operation.name} is in progress", f"git -C {desk.worktree.path} status"
    if desk.branch is None:
        return "HEAD is on no branch", f"git -C {desk.worktree.path} switch BRANCH"
    if desk.branch == base:
        return f"{base} itself is checked out in its worktree", f"agentgrid start {desk.agent} TOPIC"
    owner = owner_of(desk.branch)
    if owner not in {None, desk.agent}:
        return f"{desk.branch} is {owner}'s branch", f"agentgrid land {owner}"
    return None


def _count_uncommitted(desk: Desk) -> int:
    try:
        status = read_status(Git(desk.worktree.path), untracked="all") if desk.worktree.exists else None
    except AgentGridError:
        return 0  # a worktree that can't be read keeps nothing from landing that is committed
    return sum(1 for path in status.paths if path != FOCUS_FILE.encode()) if status else 0


def _in_order(candidates: Sequence[Candidate], order: Order) -> list[Candidate]:
    by_agent = {each.agent: each for each in candidates}
    proposed = [agent for agent in order(list(by_agent)) if agent in by_agent]
    return [by_agent[agent] for agent in dict.fromkeys([*proposed, *by_agent])]


def _require_known(in_force: InForce, agents: Sequence[str]) -> None:
    for agent in agents:
        if agent not in in_force.policy.agents:
            known = ", ".join(in_force.policy.agents) or "none"
            raise InputError(
                f"the policy in force has no agent {agent!r} (agents: {known})", hint="agentgrid agent list"
            )
