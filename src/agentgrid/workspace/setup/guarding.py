"""The guard after a set-up: commands install hooks as a matter of course, and some write over ours. Found, put back,
told; what they wrote is kept and runs after the guard."""

from agentgrid.git.repository import Repository
from agentgrid.workspace.desks import Desk
from agentgrid.workspace.hookdir import equip_again, find_hook_faults, restore_hooks
from agentgrid.workspace.own_hooks_path import drop_own_hooks_path, find_own_hooks_paths


def mend_guard(repository: Repository, desk: Desk) -> tuple[list[str], bool]:
    """What was wrong with the guard of this desk and is mended, a line each; and whether it stands now."""
    admin_dir = desk.worktree.admin_dir
    faults = find_hook_faults(repository, desk.agent, admin_dir)
    if not faults:
        return [], True
    told = [f"a set-up command had changed the guard: {'; '.join(each.message for each in faults)}"]
    restored = restore_hooks(repository, desk.agent, admin_dir)
    if restored is not None and restored.kept:
        told.append(f"what it had put there runs after the guard: {', '.join(map(str, restored.kept))}")
    for own in find_own_hooks_paths(repository):
        if own.agent == desk.agent:
            drop_own_hooks_path(own)
            told.append(f"its core.hooksPath is taken out of {own.file}; to bring it back: {own.restore_command}")
    equip_again(repository, desk.agent, admin_dir)
    left = find_hook_faults(repository, desk.agent, admin_dir)
    if left:
        told.append(f"the guard does not stand: {left[0].message}; agentgrid agent repair")
    else:
        told.append("the guard is as it was")
    return told, not left


def read_own_hooks(repository: Repository) -> str:
    """`core.hooksPath` of the main worktree as it is now; empty when it is not set."""
    hooks = Repository(repository.directory, repository.worktree, repository.git_dir, repository.common_dir).own_hooks
    return "" if hooks == repository.common_dir / "hooks" else str(hooks)
