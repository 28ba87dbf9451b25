"""Whose a branch is: the agent's that made it here, else the one whose template its name was made from.

Claude Code's sub-agents, and agents themselves, make branches under any name: who made one is recorded at the ref
update that creates it.
"""

import os

from agentgrid.config.policy import Policy
from agentgrid.machine.clock import rfc3339
from agentgrid.store.events import record_event
from agentgrid.store.session import Store
from agentgrid.workspace.naming import agent_of_branch


class BranchBook:
    """What is recorded of branches. Names are short, as in `git branch`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def recorded(self, name: str) -> str | None:
        """The agent that made the branch `name` here, as far as it was seen."""
        with self._store.read() as session:
            rows = session.run("SELECT agent FROM branches WHERE name = :name", name=os.fsencode(name))
        return str(rows[0]["agent"]) if rows else None

    def all_recorded(self) -> dict[str, str]:
        """Branch → agent, for every one that was recorded; it may be gone by now."""
        with self._store.read() as session:
            rows = session.run("SELECT name, agent FROM branches ORDER BY name")
        return {os.fsdecode(bytes(row["name"])): str(row["agent"]) for row in rows}

    def owner(self, policy: Policy, name: str) -> str | None:
        """The agent that the branch belongs to; None for a person's. A template beats the record: what a name says
        in CI must be true here."""
        return agent_of_branch(policy, name) or self.recorded(name)

    def record(self, name: str, agent: str, incarnation: str) -> None:
        """Notes that `agent` made the branch; a branch that is made again belongs to whoever made it last."""
        now = self._store.now()
        with self._store.write() as session:
            session.run(
                """INSERT INTO branches (name, agent, incarnation, created_at)
                   VALUES (:name, :agent, :incarnation, :at)
                   ON CONFLICT (name) DO UPDATE
                   SET agent = excluded.agent, incarnation = excluded.incarnation, created_at = excluded.created_at""",
                name=os.fsencode(name),
                agent=agent,
                incarnation=incarnation,
                at=rfc3339(now.wall),
            )
            record_event(session, now, "branch.recorded", actor=agent, subject=name)
