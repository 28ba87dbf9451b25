"""What every desk has besides its files: working hooks, the focus file, and local files hidden from git."""

from collections.abc import Callable

from agentgrid.config.in_force import staging_directory
from agentgrid.config.policy import Policy
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.workspace.desks import Desk, find_desks
from agentgrid.workspace.environment.env_file import drop_env_files
from agentgrid.workspace.focus import FOCUS_FILE, drop_focus, render_focus, write_focus
from agentgrid.workspace.hidden import hide_local_files
from agentgrid.workspace.hookdir import equip, find_hook_faults
from agentgrid.workspace.installation import note_installation
from agentgrid.workspace.leftovers import sweep_leftovers
from agentgrid.workspace.sub_worktrees import find_untended, mend_sub_worktrees


def furnish_desks(repository: Repository, policy: Policy, *, report: Callable[[str, str], None]) -> list[str]:
    """Puts in order what each desk should have; lines about what had to be done."""
    done: list[str] = []
    sweep_leftovers(repository)
    if hide_local_files(repository):
        done.append("info/exclude: local files hidden")
    for desk in find_desks(repository).values():
        if desk.agent in policy.agents and desk.worktree.exists:
            done += furnish_desk(repository, policy, desk)
    done += mend_sub_worktrees(repository)
    note_installation(repository)
    for line in done:
        subject, _, what = line.partition(": ")
        report(subject, what)
    return done


def furnish_desk(repository: Repository, policy: Policy, desk: Desk) -> list[str]:
    """As `furnish_desks`, for one."""
    done: list[str] = []
    if equip(repository, desk.agent, desk.worktree.admin_dir, author=policy.agents[desk.agent].author):
        done.append(f"{desk.agent}: hooks put in order")
    text = render_focus(policy, desk.agent, desk.branch or "(detached)")
    staging = staging_directory(repository)
    if write_focus(desk.worktree.path, text, tracked=_tracks_focus(desk), staging=staging):
        done.append(f"{desk.agent}: {FOCUS_FILE} written")
    return done


def unfurnish_desk(repository: Repository, desk: Desk) -> bool:
    """Takes out of the worktree what `furnish_desk` and `env write` wrote there; True when there was something."""
    if not desk.worktree.exists:
        return False
    gone = drop_env_files(repository, desk.worktree.path)
    return drop_focus(desk.worktree.path, tracked=_tracks_focus(desk)) or bool(gone)


def find_unfurnished(repository: Repository, policy: Policy) -> list[str]:
    """What `furnish_desks` would put in order."""
    return [
        f"{desk.agent}: {fault.message}"
        for desk in find_desks(repository).values()
        if desk.agent in policy.agents and desk.worktree.exists
        for fault in find_hook_faults(repository, desk.agent, desk.worktree.admin_dir)
    ] + find_untended(repository)


def _tracks_focus(desk: Desk) -> bool:
    return bool(Git(desk.worktree.path).run("ls-files", "-z", "--", FOCUS_FILE).stdout)
