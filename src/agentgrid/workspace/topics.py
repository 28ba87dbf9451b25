"""An agent's next topic: a new branch in the worktree it has, or the worktree it hasn't yet."""

from dataclasses import dataclass, replace
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.config.policy import Policy
from agentgrid.errors import GitError, InputError, Refused, WouldLoseWork
from agentgrid.git.base_ref import Base, find_upstream, short_ref
from agentgrid.git.operations import find_operation
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.status import read_status
from agentgrid.git.worktree_list import list_worktrees
from agentgrid.machine.locks import hold_lock
from agentgrid.workspace.creation import create_desks, resume_pending
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.equipment import Equip, equip_desk
from agentgrid.workspace.focus import FOCUS_FILE
from agentgrid.workspace.identity import new_incarnation, write_identity
from agentgrid.workspace.naming import require_agent
from agentgrid.workspace.pending import hold_worktrees
from agentgrid.workspace.planning import plan_desk
from agentgrid.workspace.takedown import require_agreement

FETCH_WAIT_S = 600.0
# A remote that accepts the connection and then says nothing must not hang a command for ever.
_IMPATIENT = ("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30")


@dataclass(frozen=True)
class Started:
    """`branch` at `start_oid` in `path`, under a new `incarnation`. `previous_branch`: what was checked out before."""

    agent: str
    path: Path
    branch: str
    start_oid: str
    previous_branch: str | None
    incarnation: str
    is_new_worktree: bool
    warnings: tuple[str, ...] = ()


def start_topic(
    repository: Repository,
    policy: Policy,
    base: Base,
    agent: str,
    branch: str,
    *,
    start_point: str | None = None,
    equip: Equip = equip_desk,
) -> Started:
    """Creates `branch` (short name) at `start_point` (default: the base) and checks it out for the agent.

    Raises InputError when the branch exists or the start is unknown; WouldLoseWork when the worktree has uncommitted
    work or commits on no branch; Refused during an operation or in a locked worktree.
    """
    require_agent(policy, agent)
    start = repository.require(start_point) if start_point else base.oid
    _require_new(repository, branch)
    resume_pending(repository, equip=equip)
    if agent not in find_desks(repository):
        return _create(repository, policy, base, agent, branch, start, equip)
    with hold_worktrees(repository):
        desk = find_desks(repository)[agent]
        _require_new(repository, branch)
        _require_ready(repository, desk, agent)
        # An ignored file in the way would be overwritten without a word.
        Git(desk.worktree.path).run("switch", "--quiet", "--no-track", "--no-overwrite-ignore", "-c", branch, start,
                                    hint=f"nothing was changed in {desk.worktree.path}")  # fmt: skip
        incarnation = new_incarnation()
        write_identity(desk.worktree.admin_dir, agent, incarnation)
    return Started(agent, desk.worktree.path, branch, start, desk.branch, incarnation, is_new_worktree=False)


def fetch_base(repository: Repository, base_branch: str) -> str | None:
    """Fetches the upstream of the base; a warning when the remote can't be reached, None when all is well.

    Without a remote there is nothing to do.
    """
    upstream = find_upstream(repository, base_branch)
    if upstream is None:
        return None
    remote, source = find_remote(repository, base_branch, upstream)
    with hold_lock(grid_directory(repository) / "fetch.lock", timeout_s=FETCH_WAIT_S):
        try:
            repository.git.run(*_IMPATIENT, "fetch", "--quiet", "--no-recurse-submodules", remote, source)
        except GitError as error:
            said = [line for line in error.stderr.splitlines() if line.strip()] or ["no reason given"]
            return f"{remote} could not be fetched ({said[0].strip()}); {short_ref(upstream)} is as it was last seen"
    return None


def find_remote(repository: Repository, base_branch: str, upstream: str) -> tuple[str, str]:
    """The remote that the remote-tracking ref `upstream` of the base shows, and the ref's name there."""
    remote = _remote_of(repository, upstream)
    merged = repository.git.run("config", "--get", f"branch.{base_branch}.merge", accept=(0, 1)).text
    return remote, merged or f"refs/heads/{upstream.removeprefix(f'refs/remotes/{remote}/')}"


def _create(
    repository: Repository, policy: Policy, base: Base, agent: str, branch: str, start: str, equip: Equip
) -> Started:
    worktrees = list_worktrees(repository)
    plan = replace(plan_desk(repository, policy, base, agent, branch, worktrees), start_oid=start)
    made = create_desks(repository, [plan], report=lambda _agent, _stage: None, equip=equip)[0]
    if made.branch != branch:
        raise Refused(f"{agent} was started on {made.branch} by another command", hint="run the same command again")
    return Started(agent, made.path, branch, start, None, made.incarnation, is_new_worktree=True,
                   warnings=made.warnings)  # fmt: skip


def _require_new(repository: Repository, branch: str) -> None:
    if repository.resolve(f"refs/heads/{branch}"):
        raise InputError(f"the branch {branch} exists already",
                         hint="choose another topic, or continue it in its worktree: git switch " + branch)  # fmt: skip


def _require_ready(repository: Repository, desk: Desk, agent: str) -> None:
    worktree = desk.worktree
    if not worktree.exists:
        raise Refused(f"the worktree of {agent} is registered at {worktree.path}, and nothing is there",
                      hint=f"moved: `agentgrid agent repair`; deleted: `agentgrid remove {agent}`")  # fmt: skip
    require_agreement(repository, worktree)
    if worktree.locked is not None:
        raise Refused(f"the worktree of {agent} is locked", hint=f"git worktree unlock {worktree.path}")
    operation = find_operation(worktree.admin_dir)
    if operation:
        raise Refused(f"a {operation.name} is in progress in {worktree.path}",
                      hint=f"finish it, or: git -C {worktree.path} {_way_out(operation.name)}")  # fmt: skip
    _require_clean(worktree.path, agent)
    if worktree.branch is None and worktree.head and not _is_on_a_ref(repository, worktree.head):
        raise WouldLoseWork(f"{worktree.path} has commits that are on no branch",
                            hint=f"keep them: git -C {worktree.path} branch NAME")  # fmt: skip


def _require_clean(path: Path, agent: str) -> None:
    status = read_status(Git(path))
    only_focus = status.paths == (FOCUS_FILE.encode(),) and status.untracked == 1
    if status.paths and not only_focus:
        names = ", ".join(item.decode(errors="replace") for item in status.paths[:5])
        raise WouldLoseWork(f"{agent} has uncommitted work: {names}",
                            hint=f"commit it: git -C {path} add -A && git -C {path} commit -m WIP")  # fmt: skip


def _way_out(operation: str) -> str:
    return "bisect reset" if operation == "bisect" else f"{operation} --abort"


def _is_on_a_ref(repository: Repository, oid: str) -> bool:
    return bool(repository.git.text("for-each-ref", "--count=1", f"--contains={oid}", "refs/heads", "refs/remotes",
                                    "refs/tags"))  # fmt: skip


def _remote_of(repository: Repository, upstream: str) -> str:
    """Of the remotes the one whose tracking refs these are; a remote's name may contain a slash."""
    named = [name for name in repository.git.text("remote").split() if upstream.startswith(f"refs/remotes/{name}/")]
    return max(named, key=len)
