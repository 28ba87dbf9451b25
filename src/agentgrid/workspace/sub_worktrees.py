"""Worktrees that were made inside an agent's one (the sub-agents of a client make such): the same agent's, guarded by
the same hooks, but never its desk. Whoever made them takes them away; only the settings are ours to clean."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.policy import Policy
from agentgrid.errors import AgentGridError, InputError
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_link import read_registered_path
from agentgrid.git.worktree_list import Worktree, list_worktrees
from agentgrid.workspace.clients.installing import install_again
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.hook_section import drop_stale_sections, find_stale_sections, point_to_hooks
from agentgrid.workspace.hookdir import HookFault, desk_directory, find_unset
from agentgrid.workspace.identity import is_sub_worktree, new_incarnation, read_identity, write_identity
from agentgrid.workspace.naming import branch_name, needs_task
from agentgrid.workspace.pending import hold_worktrees

_FOLDER = ".claude/worktrees"  # where Claude Code looks for them, inside the work tree
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")


@dataclass(frozen=True)
class SubWorktree:
    """A worktree of `agent` beside its desk."""

    agent: str
    incarnation: str
    worktree: Worktree


def find_sub_worktrees(repository: Repository, agent: str | None = None) -> list[SubWorktree]:
    """Those of `agent`, or of every agent, by path."""
    found: list[SubWorktree] = []
    for worktree in sorted(list_worktrees(repository), key=lambda each: each.path):
        identity = read_identity(worktree.admin_dir) if worktree.admin_dir != repository.common_dir else None
        if identity and is_sub_worktree(worktree.admin_dir) and agent in {None, identity[0]}:
            found.append(SubWorktree(*identity, worktree))
    return found


def take_in(repository: Repository, agent: str, admin_dir: Path) -> bool:
    """Gives a worktree without an identity to `agent` and guards it; False when it is somebody's already, or when
    the agent has no hooks to guard it with."""
    if not (desk_directory(repository, agent) / "config").is_file():
        return False
    drop_stale_sections(repository)
    identity = read_identity(admin_dir)
    if identity is None:
        write_identity(admin_dir, agent, new_incarnation(), is_sub=True)
    elif identity[0] != agent or not is_sub_worktree(admin_dir):
        return False
    point_to_hooks(repository, agent, admin_dir, desk_directory(repository, agent) / "hooks")
    _install_edit_hooks(repository, agent, admin_dir)
    return identity is None


def _install_edit_hooks(repository: Repository, agent: str, admin_dir: Path) -> None:
    """Those that its desk has; where that can't be, the git hooks guard it all the same."""
    path = read_registered_path(admin_dir)
    if path is not None:
        with suppress(AgentGridError, OSError):
            install_again(repository, agent, path)


def make_sub_worktree(repository: Repository, policy: Policy, agent: str, name: str) -> Path:
    """A worktree `name` for the agent inside the one that it works in, guarded, on a branch of its own from HEAD; one
    that is there already is given again. Returns its path. Raises InputError for a name that is no folder's."""
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} can't be the name of a worktree", hint="use letters, digits, dots and dashes")
    path = (repository.worktree or repository.common_dir) / _FOLDER / name
    with hold_worktrees(repository):
        for sub in find_sub_worktrees(repository, agent):
            if sub.worktree.path == path and sub.worktree.exists:
                return path
        branch = branch_name(policy, agent, name, task="0" if needs_task(policy, agent) else None)
        is_known = repository.resolve(f"refs/heads/{branch}") is not None
        what = (str(path), branch) if is_known else ("--no-track", "-b", branch, str(path), "HEAD")
        repository.git.run("worktree", "add", "--quiet", *what)
    made = Repository.discover(path)
    take_in(made, agent, made.git_dir)  # where no hook did
    return path


def find_sub_faults(repository: Repository) -> list[tuple[SubWorktree, HookFault]]:
    """Those whose hooks git looks for elsewhere. The files are those of the desk, and looked at there."""
    found = [(sub, find_unset(repository, sub.agent, sub.worktree.admin_dir)) for sub in find_sub_worktrees(repository)]
    return [(sub, fault) for sub, fault in found if fault is not None]


def find_untended(repository: Repository) -> list[str]:
    """What `mend_sub_worktrees` would put in order, a line each."""
    gone = find_stale_sections(repository)
    lines = [f"{sub.agent}: {fault.message} at {sub.worktree.path}" for sub, fault in find_sub_faults(repository)]
    return lines + [f"configuration: {section} is left of a worktree that is gone" for section in gone]


def mend_sub_worktrees(repository: Repository) -> list[str]:
    """Guards those that lost their guard, and cleans up after those that are gone; lines about what was done."""
    gone = drop_stale_sections(repository)
    done = [f"configuration: {len(gone)} section(s) of worktrees that are gone taken out"] if gone else []
    desks = find_desks(repository)
    for sub, _ in find_sub_faults(repository):
        hooks = desk_directory(repository, sub.agent) / "hooks"
        if sub.agent in desks and point_to_hooks(repository, sub.agent, sub.worktree.admin_dir, hooks):
            done.append(f"{sub.agent}: hooks put in order in {sub.worktree.path}")
    return done
