"""What the private worktree gets before anything is checked there: local files, and the set-up commands that a person
let run on this machine."""

from pathlib import Path

from agentgrid.config.in_force import staging_directory
from agentgrid.config.policy import Policy
from agentgrid.errors import OutsideError
from agentgrid.git.repository import Repository
from agentgrid.integration.landing.checks import Check, run_command
from agentgrid.integration.landing.model import CheckRun
from agentgrid.integration.landing.workroom import Workroom
from agentgrid.workspace.environment.agent_environment import Environments
from agentgrid.workspace.setup.approval import is_approved
from agentgrid.workspace.setup.bringing import bring_files
from agentgrid.workspace.setup.commands import list_policy_commands
from agentgrid.workspace.setup.local_files import find_local_files


def set_up_room(repository: Repository, policy: Policy, room: Workroom, directory: Path) -> list[str]:
    """Prepares the room; lines about what was left out. Raises OutsideError when a command fails: nothing can be
    checked then, and nobody is to blame."""
    local = find_local_files(repository, policy)
    if local is not None:
        bring_files(local, room.path, staging=staging_directory(repository))
    environment = {**Environments(repository, policy).for_nobody(), "ROOT_WORKTREE_PATH": str(repository.root)}
    commands, left = list_policy_commands(policy, "run"), []
    for number, command in enumerate(commands, 1):
        if not is_approved(repository, command):
            left.append(
                f"`{command.text}` was not run before the checks: not approved on this machine; agentgrid setup"
            )
            continue
        log = directory / f"setup-{number:02}.log"
        wanted = CheckRun(command.text, "", "", 0.0, None, None, log)
        check = Check(command.text, policy.grid.setup.timeout.total_seconds())
        run = run_command(check, room, wanted, environment)
        if not run.is_passed:
            raise OutsideError(f"the private worktree could not be set up: `{command.text}` {run.told}; log: {log}",
                               hint="nothing was checked, nothing landed, nobody is blamed")  # fmt: skip
    room.keep_ignored()
    return left
