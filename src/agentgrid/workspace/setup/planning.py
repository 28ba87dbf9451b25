"""What setting desks up would do: files to bring, commands to run, and which of these nobody has approved yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.policy import Policy
from agentgrid.errors import InputError
from agentgrid.git.paths import json_path
from agentgrid.git.repository import Repository
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.setup.approval import find_unapproved
from agentgrid.workspace.setup.commands import SetupCommand, list_policy_commands
from agentgrid.workspace.setup.cursor_file import read_cursor_commands
from agentgrid.workspace.setup.hook_tools import find_hook_commands
from agentgrid.workspace.setup.ledger import count_done, read_ledger
from agentgrid.workspace.setup.local_files import LocalFiles, find_local_files


@dataclass(frozen=True)
class SetupPlan:
    """`local`: None in a bare repository. `commands`: agent → its commands, in order. `done`: agent → how many of them
    succeeded before. `teardown`: for the day that a worktree goes. `unapproved`: of all of these, each text once.
    `timeout_s`: of each."""

    desks: tuple[Desk, ...]
    local: LocalFiles | None
    commands: Mapping[str, tuple[SetupCommand, ...]]
    done: Mapping[str, int]
    teardown: tuple[SetupCommand, ...]
    unapproved: tuple[SetupCommand, ...]
    timeout_s: float

    @property
    def is_empty(self) -> bool:
        has_files = self.local is not None and (self.local.copied or self.local.linked or self.local.repositories)
        return not self.desks or not (has_files or any(self.commands.values()))

    def as_json(self) -> dict[str, object]:
        unapproved = {each.fingerprint for each in self.unapproved}
        local = self.local or LocalFiles(Path(), (), ())
        return {
            "copy": [json_path(path) for path in local.copied],
            "symlink": [json_path(path) for path in local.linked],
            "timeout_seconds": self.timeout_s,
            "teardown": [
                {"command": each.text, "source": each.source, "approved": each.fingerprint not in unapproved}
                for each in self.teardown
            ],
            "agents": [
                {
                    "agent": desk.agent,
                    "path": str(desk.worktree.path),
                    "commands": [
                        {
                            "command": each.text,
                            "source": each.source,
                            "approved": each.fingerprint not in unapproved,
                            "done": number < self.done[desk.agent],
                        }
                        for number, each in enumerate(self.commands[desk.agent])
                    ],
                }
                for desk in self.desks
            ],
        }


def plan_setup(repository: Repository, policy: Policy, agents: Sequence[str], *, again: bool = False) -> SetupPlan:
    """The plan for the desks of `agents`. `again`: nothing counts as done.

    Raises InputError for an agent without a worktree that is there, ConfigError for patterns and commands that can't be
    read.
    """
    present = find_desks(repository)
    desks = tuple(_require_ready(present, agent) for agent in dict.fromkeys(agents))
    shared = list_setup_commands(repository, policy)
    commands = {
        desk.agent: (*shared, *find_hook_commands(repository, desk.agent, desk.worktree.path)) for desk in desks
    }
    done = {
        desk.agent: 0 if again else count_done(read_ledger(desk.worktree.admin_dir), commands[desk.agent])
        for desk in desks
    }
    teardown = list_policy_commands(policy, "teardown")
    unapproved = find_unapproved(repository, [*(each for listed in commands.values() for each in listed), *teardown])
    return SetupPlan(
        desks,
        find_local_files(repository, policy),
        commands,
        done,
        tuple(teardown),
        tuple(unapproved),
        policy.grid.setup.timeout.total_seconds(),
    )


def list_setup_commands(repository: Repository, policy: Policy) -> list[SetupCommand]:
    """`setup.run`; a repository that has none may have commands for Cursor's worktrees."""
    own = list_policy_commands(policy, "run")
    if own or repository.main_worktree is None:
        return own
    return read_cursor_commands(repository.main_worktree)


def find_unfinished(repository: Repository, policy: Policy) -> list[str]:
    """Agents whose worktree is ready and was never set up to the end."""
    return [
        desk.agent
        for desk in find_desks(repository).values()
        if desk.agent in policy.agents
        and desk.worktree.exists
        and not desk.is_pending
        and not read_ledger(desk.worktree.admin_dir).is_finished
    ]


def _require_ready(desks: Mapping[str, Desk], agent: str) -> Desk:
    desk = desks.get(agent)
    if desk is None:
        known = ", ".join(desks) or "none"
        raise InputError(f"{agent} has no worktree (worktrees: {known})", hint="agentgrid init makes what is missing")
    if not desk.worktree.exists or desk.is_pending:
        state = "isn't finished" if desk.worktree.exists else "is gone"
        raise InputError(f"the worktree of {agent} at {desk.worktree.path} {state}", hint="agentgrid agent repair")
    return desk
