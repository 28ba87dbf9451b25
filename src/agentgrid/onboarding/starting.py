"""`start`: fetch, name the branch, switch, and tell the agent where it is."""

from dataclasses import dataclass, replace
from pathlib import Path

from agentgrid.boundaries.leases.views import LeaseView
from agentgrid.boundaries.policy.publishing import publish
from agentgrid.config.in_force import find_in_force
from agentgrid.errors import GitError, InputError
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.onboarding.claiming import Claim
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.furnishing import furnish_desk
from agentgrid.workspace.naming import branch_name, worktree_path
from agentgrid.workspace.topics import Started, fetch_base, start_topic


@dataclass(frozen=True)
class StartOptions:
    """`kind`: of the branch (`fix`); `start_point`: a revision; `pull_request`: its number at the base's remote;
    `claim`: paths to take a lease on."""

    agent: str
    topic: str
    kind: str | None = None
    task: str | None = None
    start_point: str | None = None
    pull_request: int | None = None
    fetch: bool = True
    claim: tuple[str, ...] = ()


@dataclass(frozen=True)
class Begun:
    """A topic that was started, and the lease on what was claimed for it."""

    started: Started
    lease: LeaseView | None = None


@dataclass(frozen=True)
class StartPlan:
    agent: str
    branch: str
    path: Path
    start: str

    def as_json(self) -> dict[str, object]:
        return {"agent": self.agent, "branch": self.branch, "path": str(self.path), "start": self.start}


def plan_start(repository: Repository, options: StartOptions) -> StartPlan:
    """What `start_agent` would do, judged without fetching. Raises LeaseHeld as it does."""
    in_force = find_in_force(repository)
    if options.claim:
        Claim(repository, options.agent, options.topic, options.claim).require_free()
    branch = branch_name(in_force.policy, options.agent, options.topic, kind=options.kind, task=options.task)
    desk = find_desks(repository).get(options.agent)
    made = worktree_path(in_force.policy, repository.name, repository.root, options.agent)
    start = f"pull request {options.pull_request}" if options.pull_request else options.start_point
    return StartPlan(options.agent, branch, desk.worktree.path if desk else made, start or in_force.base.oid)


def start_agent(repository: Repository, options: StartOptions) -> Begun:
    """Starts the topic. Raises as `start_topic`, InputError for a pull request that can't be fetched, and LeaseHeld,
    before anything is started, when a claimed path isn't free."""
    warning = fetch_base(repository, find_in_force(repository).base.branch) if options.fetch else None
    in_force, _ = publish(repository)
    branch = branch_name(in_force.policy, options.agent, options.topic, kind=options.kind, task=options.task)
    claim = Claim(repository, options.agent, options.topic, options.claim) if options.claim else None
    if claim is not None:
        claim.require_free()
    start = options.start_point
    if options.pull_request is not None:
        start = _fetch_pull_request(repository.git, options.pull_request)
    started = start_topic(repository, in_force.policy, in_force.base, options.agent, branch, start_point=start)
    furnish_desk(repository, in_force.policy, find_desks(repository)[options.agent])
    notes = (*([warning] if warning else []), *started.warnings, *(claim.notes if claim else ()))
    return Begun(replace(started, warnings=notes), claim.take(started.incarnation) if claim else None)


def _fetch_pull_request(git: Git, number: int) -> str:
    """Both hosts' names for the head of a pull request; the commit that was fetched."""
    remotes = git.text("remote").split()
    if not remotes:
        raise InputError("there is no remote to fetch a pull request from", hint="git remote add origin URL")
    remote = "origin" if "origin" in remotes else remotes[0]
    for ref in (f"refs/pull/{number}/head", f"refs/merge-requests/{number}/head"):
        target = f"refs/agentgrid/pull/{number}"
        try:
            git.run("fetch", "--quiet", "--no-tags", remote, f"+{ref}:{target}")
        except GitError:
            continue
        return git.text("rev-parse", target)
    raise InputError(f"{remote} has no pull request {number}", hint=f"git ls-remote {remote} 'refs/pull/*'")
