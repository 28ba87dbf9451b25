"""What a hook that still stands does about those that don't: tools install their own over them, and now and then take
their right to run away. It puts them back, keeps what it finds, and never refuses anything by itself."""

import os
from collections.abc import Sequence
from pathlib import Path

from agentgrid.errors import AgentGridError
from agentgrid.render.streams import note

_WAIT_S = 10.0  # who mends at this moment needs far less


def mind_siblings(_name: str, _arguments: Sequence[str]) -> int:
    """`agentgrid hook siblings`: restores the hooks of the worktree that git runs in; always 0."""
    try:
        said = _restore()
    except (AgentGridError, OSError) as error:
        why = error.message if isinstance(error, AgentGridError) else f"{error.strerror or error}"
        who = "as who owns the repository's git directory run: agentgrid agent repair"
        said = [f"this worktree's hooks are not in order and can't be put back ({why}); {who}"]
    for line in said:
        note(f"agentgrid: {line}")
    return 0


def _restore() -> list[str]:
    """What there is to say about it, at most one line."""
    from agentgrid.git.repository import Repository
    from agentgrid.workspace.acting import worktree_agent
    from agentgrid.workspace.desks import find_desks
    from agentgrid.workspace.hookdir import restore_hooks

    # With a git directory named, where the hook stands says nothing.
    repository = Repository.discover(Path(os.environ.get("GIT_DIR") or Path.cwd()))
    agent = worktree_agent(repository)
    if agent is None:
        return []
    desk = find_desks(repository).get(agent)
    restored = restore_hooks(repository, agent, desk.worktree.admin_dir if desk else repository.git_dir,
                             timeout_s=_WAIT_S)  # fmt: skip
    if restored is None:
        return []
    said = f"put back {', '.join(restored.names)}, which another program had changed or replaced"
    return [f"{said}; {_what_became_of(restored.kept)}" if restored.kept else said]


def _what_became_of(kept: tuple[Path, ...]) -> str:
    """What another program had put among the hooks: kept, and run when it is a hook."""
    from agentgrid.workspace.hookdir import HOOK_NAMES

    runs = [each.name for each in kept if each.name in HOOK_NAMES and each.is_file() and os.access(each, os.X_OK)]
    running = f", where {', '.join(runs)} runs after agentgrid's" if runs else ""
    return f"what it had put there is in {kept[0].parent}{running}"
