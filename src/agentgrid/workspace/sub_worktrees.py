"""Worktrees that were made inside an agent's one (the sub-agents of a client make such): the same agent's, guarded by
the same hooks, but never its desk. Whoever made them takes them away; only the settings are ours to clean."""

from dataclasses import dataclass
from pathlib import Path

from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree, list_worktrees
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.hook_section import drop_stale_sections, find_stale_sections, point_to_hooks
from agentgrid.workspace.hookdir import HookFault, desk_directory, find_unset
from agentgrid.workspace.identity import is_sub_worktree, new_incarnation, read_identity, write_identity


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
    return identity is None


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
