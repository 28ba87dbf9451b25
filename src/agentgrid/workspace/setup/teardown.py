"""`setup.teardown`: what a worktree's commands have left outside of it is put away before the worktree goes."""

from agentgrid.config.policy import Policy
from agentgrid.git.repository import Repository
from agentgrid.workspace.desks import Desk
from agentgrid.workspace.setup.commands import list_policy_commands
from agentgrid.workspace.setup.outcome import DeskSetup
from agentgrid.workspace.setup.running import Conditions, run_commands, tell_step


def run_teardown(repository: Repository, policy: Policy, desk: Desk, conditions: Conditions) -> DeskSetup:
    """Runs the commands in the desk's worktree, in order, until one fails or isn't approved. What is at stake in the
    worktree has to be judged after that. A directory that is gone has nothing to run in."""
    if not desk.worktree.exists:
        return DeskSetup(desk.agent, desk.worktree.path)
    ran = run_commands(repository, desk, list_policy_commands(policy, "teardown"), conditions)
    return DeskSetup(desk.agent, desk.worktree.path, steps=ran.steps, log=ran.log, last_lines=ran.last_lines)


def tell_failure(done: DeskSetup) -> str | None:
    """What went wrong, in one line; None when nothing did."""
    step = next((each for each in done.steps if not each.is_good), None)
    if step is None:
        return None
    if step.state == "unapproved":
        return f"{step.source} is not approved on this machine (agentgrid setup asks, agentgrid setup --trust approves)"
    return f"{' '.join(step.command.split())}: {tell_step(step)} (output: {done.log})"
