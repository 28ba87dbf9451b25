"""`agent add`: a new agent's profile file, and what has to happen before it counts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.config.in_force import InForce, apply_policy, staging_directory
from agentgrid.config.policy import Policy, PolicyFiles, parse_policy, read_directory
from agentgrid.errors import InputError, Refused
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_atomically
from agentgrid.onboarding.discovery.writing import yaml_scalar
from agentgrid.onboarding.policy_files import SCHEMA_FOLDER, schema_line


@dataclass(frozen=True)
class Profile:
    """A profile to write at `path` below the root, and the policy with it."""

    agent: str
    path: str
    content: bytes
    policy: Policy


def draft_profile(
    repository: Repository, in_force: InForce, agent: str, *, area: str | None, owns: Sequence[str], focus: str | None
) -> Profile:
    """The new agent's file. Raises InputError when the agent exists, ConfigError when its id or patterns are wrong,
    Refused when agents are written in agentgrid.yaml itself or there is no work tree to write to."""
    grid = in_force.policy.grid
    if agent in in_force.policy.agents:
        raise InputError(f"{agent} is an agent already", hint=f"agentgrid agent show {agent}")
    if not isinstance(grid.agents, str):
        raise Refused("this grid's agents are written in agentgrid.yaml", hint="add it there, under `agents:`")
    if repository.main_worktree is None:
        raise Refused("a bare repository has no work tree to write a profile to",
                      hint="commit it to the base from a worktree")  # fmt: skip
    path = f"{grid.agents}/{agent}.yaml"
    content = profile_text(agent, area=area, owns=owns, focus=focus)
    files = in_force.policy.files
    on_disk = read_directory(repository.main_worktree)
    if on_disk is not None and path in on_disk.agents:
        content = on_disk.agents[path]
    policy = parse_policy(PolicyFiles(files.grid, {**files.agents, path: content}))
    if agent not in policy.agents:
        raise InputError(f"{path} is there, and says another id", hint="give it the id of its file's name")
    compile_policy(policy)
    return Profile(agent, path, content, policy)


def write_profile(repository: Repository, profile: Profile) -> bool:
    """Writes the file into the main worktree unless it is there; True when it wrote."""
    root = repository.main_worktree
    assert root is not None
    target: Path = root / profile.path
    if target.exists():
        return False
    write_atomically(target, profile.content, staging=staging_directory(repository))
    return True


def put_in_force(repository: Repository, in_force: InForce, profile: Profile) -> bool:
    """Adds the profile, and nothing else, to the policy in force on this machine until the base has it; True when
    that was needed (before the first commit the main worktree's files count by themselves)."""
    if in_force.source == "main-worktree":
        return False
    files = in_force.policy.files
    apply_policy(repository, replace(files, agents={**files.agents, profile.path: profile.content}), in_force.base)
    return True


def profile_text(agent: str, *, area: str | None, owns: Sequence[str], focus: str | None) -> bytes:
    """The file of a new agent."""
    lines = [f"id: {yaml_scalar(agent)}", f"area: {yaml_scalar(area or agent)}"]
    if focus:
        lines.append(f"focus: {yaml_scalar(focus)}")
    if owns:
        lines += ["owns:", "  critical:", *(f"    - {yaml_scalar(item)}" for item in owns)]
    return schema_line(f"{SCHEMA_FOLDER}/agent.json") + ("\n".join(lines) + "\n").encode()
