"""The policy in force as something to look at: where it comes from, why, and what waits to be landed."""

from dataclasses import dataclass

from agentgrid.config.in_force import InForce
from agentgrid.config.policy import read_directory
from agentgrid.git.repository import Repository

_WHY = {
    "base": "committed on the base branch",
    "applied": "put in force on this machine by a person, until the base contains it",
    "main-worktree": "the main worktree's copy, because the base has none yet",
}


@dataclass(frozen=True)
class PolicyView:
    """`differs`: the main worktree's files say something else than the policy in force."""

    source: str
    why: str
    oid: str | None
    base: str
    key: str
    agents: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, str], ...]
    differs: bool
    notices: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "source": self.source,
            "why": self.why,
            "oid": self.oid,
            "base": self.base,
            "key": self.key,
            "agents": dict(self.agents),
            "rules": dict(self.rules),
            "main_worktree_differs": self.differs,
            "notices": list(self.notices),
        }


def view_policy(repository: Repository, in_force: InForce) -> PolicyView:
    policy = in_force.policy
    root = repository.main_worktree
    on_disk = read_directory(root) if root else None
    committed = {name: text for name, text in policy.files.agents.items() if not name.startswith("local-agents/")}
    differs = on_disk is not None and (on_disk.grid != policy.files.grid or dict(on_disk.agents) != committed)
    return PolicyView(
        in_force.source,
        _WHY[in_force.source],
        in_force.oid,
        in_force.base.ref,
        policy.files.key,
        tuple((agent, policy.where(agent)[0]) for agent in policy.agents),
        tuple((str(rule), str(severity)) for rule, severity in policy.grid.rules.items()),
        differs,
        in_force.notices,
    )
