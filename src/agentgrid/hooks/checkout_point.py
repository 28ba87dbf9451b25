"""git made a worktree inside an agent's one: it is that agent's too, and guarded before anybody can commit there."""

from collections.abc import Sequence
from pathlib import Path

from agentgrid.errors import AgentGridError
from agentgrid.render.streams import note


def equip_checkout(_name: str, arguments: Sequence[str]) -> int:
    """`agentgrid hook post-checkout ADMIN_DIR`, run in the new worktree by the hooks of the one with that git
    directory, in which it was made. Returns 0, or 1 when it has no guard."""
    from agentgrid.git.repository import Repository
    from agentgrid.workspace.identity import read_identity
    from agentgrid.workspace.sub_worktrees import take_in

    try:
        identity = read_identity(arguments[0]) if arguments else None
        agent = identity[0] if identity else None
        repository = Repository.discover(Path.cwd())
        if agent is not None and repository.is_linked and take_in(repository, agent, repository.git_dir):
            note(f"agentgrid: this worktree is {agent}'s too, and guarded as its own is")
    except (AgentGridError, OSError) as error:
        why = error.message if isinstance(error, AgentGridError) else f"{error.strerror or error}"
        note(f"agentgrid: {Path.cwd()} is not guarded ({why}); run: agentgrid agent repair")
        return 1
    return 0
