"""One agent, whole: its profile, its worktree, and the last commits on its branch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agentgrid.config.in_force import InForce
from agentgrid.config.schema import AgentConfig
from agentgrid.git.repository import Repository
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.naming import require_agent

_MOST_COMMITS = 5


@dataclass(frozen=True)
class CommitLine:
    oid: str
    summary: str
    author: str
    at: datetime


@dataclass(frozen=True)
class AgentProfile:
    """`file`, `line`: where the profile is written. `commits`: newest first, only those the base doesn't have."""

    config: AgentConfig
    file: str
    line: int | None
    branch: str | None
    worktree: Path | None
    commits: tuple[CommitLine, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "profile": self.config.model_dump(mode="json"),
            "file": self.file,
            "branch": self.branch,
            "worktree": str(self.worktree) if self.worktree else None,
            "commits": [
                {"oid": each.oid, "summary": each.summary, "author": each.author, "at": each.at.isoformat()}
                for each in self.commits
            ],
        }


def list_profiles(repository: Repository, in_force: InForce) -> list[AgentProfile]:
    """Every agent of the policy in force, without commits."""
    desks = find_desks(repository)
    found: list[AgentProfile] = []
    for agent in in_force.policy.agents.values():
        desk = desks.get(agent.id)
        file, line = in_force.policy.where(agent.id, "id")
        found.append(
            AgentProfile(agent, file, line, desk.branch if desk else None, desk.worktree.path if desk else None, ())
        )
    return found


def show_profile(repository: Repository, in_force: InForce, agent: str) -> AgentProfile:
    """One agent with its unlanded commits. Raises InputError when there is no such agent."""
    config = require_agent(in_force.policy, agent)
    desk = find_desks(repository).get(agent)
    file, line = in_force.policy.where(agent, "id")
    commits = _unlanded(repository, in_force.base.oid, desk.worktree.head) if desk and desk.worktree.head else ()
    where = desk.worktree.path if desk else None
    return AgentProfile(config, file, line, desk.branch if desk else None, where, tuple(commits))


def _unlanded(repository: Repository, base: str, head: str) -> Sequence[CommitLine]:
    walk = repository.objects.iter_commits(f"{base}..{head}", max_count=_MOST_COMMITS)
    return [
        CommitLine(
            commit.hexsha, str(commit.summary), str(commit.author.name), commit.committed_datetime.astimezone(UTC)
        )
        for commit in walk
    ]
