"""`setup.teardown`: what a worktree's commands have left outside of it is put away before the worktree goes."""

from agentgrid.config.policy import Policy
from agentgrid.git.repository import Repository
from agentgrid.workspace.desks import Desk
from agentgrid.workspace.setup.approval import find_unapproved
from agentgrid.workspace.setup.commands import SetupCommand, list_policy_commands
from agentgrid.workspace.setup.outcome import DeskSetup
from agentgrid.workspace.setup.running import Conditions, run_commands


def list_teardown_commands(policy: Policy) -> list[SetupCommand]:
    return list_policy_commands(policy, "teardown")


def find_unapproved_teardown(repository: Repository, policy: Policy) -> list[SetupCommand]:
    """Those that a person has to approve first."""
    return find_unapproved(repository, list_teardown_commands(policy))


def run_teardown(repository: Repository, policy: Policy, desk: Desk, conditions: Conditions) -> DeskSetup:
    """Runs the commands in the desk's worktree, in order, until one fails or isn't approved. What is at stake in the
    worktree has to be judged after that. A directory that is gone has nothing to run in."""
    if not desk.worktree.exists:
        return DeskSetup(desk.agent, desk.worktree.path)
    ran = run_commands(repository, desk, list_teardown_commands(policy), conditions)
    return DeskSetup(desk.agent, desk.worktree.path, steps=ran.steps, log=ran.log, last_lines=ran.last_lines)
