"""`agent add`: a profile, in force at once, and a worktree, made or adopted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from agentgrid.boundaries.policy.publishing import publish
from agentgrid.config.in_force import InForce, find_in_force, local_agents_directory
from agentgrid.config.places import grid_directory
from agentgrid.errors import InputError
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_atomically
from agentgrid.machine.locks import hold_lock
from agentgrid.onboarding.profiles import Profile, draft_profile, profile_text, put_in_force, write_profile
from agentgrid.workspace.acting import require_person
from agentgrid.workspace.adoption import adopt_worktree, require_linked_worktree
from agentgrid.workspace.creation import create_desks
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.furnishing import furnish_desk
from agentgrid.workspace.planning import foresee_desks, plan_desks

Report = Callable[[str, str], None]


@dataclass(frozen=True)
class NewAgent:
    """What was asked for. `adopt`: an existing worktree to take. `is_local`: on this machine alone."""

    agent: str
    area: str | None = None
    owns: tuple[str, ...] = ()
    focus: str | None = None
    topic: str | None = None
    is_local: bool = False
    adopt: Path | None = None


@dataclass(frozen=True)
class Added:
    """`profile`: the file that was written, None when the agent was known. `is_applied`: it counts on this machine
    before the base has it."""

    agent: str
    profile: str | None
    is_applied: bool
    path: Path
    branch: str | None

    def as_json(self) -> dict[str, object]:
        return {
            "agent": self.agent,
            "profile": self.profile,
            "applied": self.is_applied,
            "path": str(self.path),
            "branch": self.branch,
        }

    def lines(self, *, is_planned: bool) -> list[str]:
        would = "would be " if is_planned else ""
        lines = [f"{would}written: {self.profile}"] if self.profile else []
        lines.append(f"{would}ready: {self.agent} in {self.path} on {self.branch}")
        if self.is_applied and self.profile:
            lines += [f"{would}in force on this machine; for everybody else commit it:",
                      f"  git add {self.profile} && git commit -m 'Add agent {self.agent}'"]  # fmt: skip
        return lines


def plan_addition(repository: Repository, asked: NewAgent) -> Added:
    """What `add_agent` would do. Changes nothing."""
    in_force = find_in_force(repository)
    profile = _profile(repository, in_force, asked)
    policy = profile.policy if profile else in_force.policy
    is_applied = profile is not None and not asked.is_local and in_force.source != "main-worktree"
    if asked.adopt is not None:
        worktree = require_linked_worktree(repository, asked.adopt)
        branch = (worktree.branch or "").removeprefix("refs/heads/") or None
        return Added(asked.agent, profile.path if profile else None, is_applied, asked.adopt, branch)
    plans, already = foresee_desks(repository, policy, in_force.base, [asked.agent], _topics(asked))
    if already:
        raise InputError(f"{asked.agent} is an agent already, with a worktree at {already[0].worktree.path}",
                         hint=f"agentgrid agent show {asked.agent}")  # fmt: skip
    plan = plans[0]
    return Added(asked.agent, profile.path if profile else None, is_applied, plan.path, plan.branch)


def add_agent(repository: Repository, asked: NewAgent, report: Report) -> Added:
    """Adds the agent. Raises InputError when it is complete already, ConfigError for a bad id or pattern."""
    with hold_lock(grid_directory(repository) / "init.lock", timeout_s=600.0):
        planned = plan_addition(repository, asked)
        in_force = find_in_force(repository)
        profile = _profile(repository, in_force, asked)
        is_applied = _write(repository, in_force, profile, is_local=asked.is_local) if profile else False
        if profile:
            report(profile.path, "written")
        in_force, _ = publish(repository)
    if asked.adopt is not None:
        desk = adopt_worktree(repository, in_force.policy, asked.agent, asked.adopt)
    else:
        plans, _ = plan_desks(repository, in_force.policy, in_force.base, [asked.agent], _topics(asked))
        create_desks(repository, plans, report=report)
        desk = find_desks(repository)[asked.agent]
    furnish_desk(repository, in_force.policy, desk)
    return replace(planned, is_applied=is_applied, path=desk.worktree.path, branch=desk.branch)


def _profile(repository: Repository, in_force: InForce, asked: NewAgent) -> Profile | None:
    """The profile to write; None when the policy in force knows the agent. Raises NotPermitted when an agent asks
    for one that everybody would see: it could give itself paths."""
    if asked.agent in in_force.policy.agents:
        if (asked.owns or asked.area or asked.focus or asked.is_local) and not _is_written(in_force, asked):
            raise InputError(f"{asked.agent} is an agent already; its profile is not changed here",
                             hint=f"edit {in_force.policy.where(asked.agent)[0]}")  # fmt: skip
        return None
    if not asked.is_local:
        require_person(repository, "choose the policy")
    if asked.is_local and asked.owns:
        raise InputError("an agent of this machine alone owns nothing: nobody else would know",
                         hint="leave out --owns, or leave out --local")  # fmt: skip
    profile = draft_profile(repository, in_force, asked.agent, area=asked.area, owns=asked.owns, focus=asked.focus)
    if not asked.is_local:
        return profile
    place = local_agents_directory(repository) / f"{asked.agent}.yaml"
    return replace(profile, path=str(place))


def _is_written(in_force: InForce, asked: NewAgent) -> bool:
    """Whether the policy has the very profile: the same command, once more."""
    files = in_force.policy.files.agents
    profile = files.get(in_force.policy.where(asked.agent)[0])
    return profile == profile_text(asked.agent, area=asked.area, owns=asked.owns, focus=asked.focus)


def _write(repository: Repository, in_force: InForce, profile: Profile, *, is_local: bool) -> bool:
    if is_local:
        write_atomically(Path(profile.path), profile.content)
        return False
    write_profile(repository, profile)
    return put_in_force(repository, in_force, profile)


def _topics(asked: NewAgent) -> dict[str, str]:
    return {asked.agent: asked.topic} if asked.topic else {}
