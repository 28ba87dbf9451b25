"""What every desk has besides its files: working hooks, the edit hook of its client, the focus file, and local files
hidden from git."""

from collections.abc import Callable
from contextlib import suppress

from agentgrid.config.in_force import staging_directory
from agentgrid.config.policy import Policy
from agentgrid.errors import InputError, Refused
from agentgrid.git.paths import short_path
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.workspace.clients.installing import find_client_faults, install, noted_clients
from agentgrid.workspace.clients.known import CLIENTS
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
    clients = {name for agent in policy.agents for name in _clients_of(repository, policy, agent)}
    sweep_leftovers(repository)
    if hide_local_files(repository, patterns=[pattern for name in sorted(clients) for pattern in CLIENTS[name].hides]):
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
    return done + _install_edit_hooks(repository, policy, desk)


def _install_edit_hooks(repository: Repository, policy: Policy, desk: Desk) -> list[str]:
    """In the settings of its client, unless only a person can do that: `doctor` says so."""
    done = []
    for name in _clients_of(repository, policy, desk.agent):
        hide_local_files(repository, patterns=CLIENTS[name].hides)
        with suppress(Refused, InputError):
            changed = install(repository, desk.agent, CLIENTS[name], desk.worktree.path)
            done += [f"{desk.agent}: edit hook of {name} installed in {short_path(path)}" for path in changed]
    return done


def _clients_of(repository: Repository, policy: Policy, agent: str) -> list[str]:
    """The client that drives the agent, where it is a known one, and those that were asked for."""
    driver = policy.agents[agent].runner.client
    return list(dict.fromkeys([*([driver] if driver in CLIENTS else []), *noted_clients(repository, agent)]))


def unfurnish_desk(repository: Repository, desk: Desk) -> bool:
    """Takes out of the worktree what `furnish_desk` and `env write` wrote there; True when there was something."""
    if not desk.worktree.exists:
        return False
    gone = drop_env_files(repository, desk.worktree.path)
    return drop_focus(desk.worktree.path, tracked=_tracks_focus(desk)) or bool(gone)


def find_unfurnished(repository: Repository, policy: Policy) -> list[str]:
    """What `furnish_desks` would put in order."""
    lines: list[str] = []
    for desk in find_desks(repository).values():
        if desk.agent not in policy.agents or not desk.worktree.exists:
            continue
        faults = find_hook_faults(repository, desk.agent, desk.worktree.admin_dir)
        clients = find_client_faults(repository, desk.agent, desk.worktree.path)
        lines += [f"{desk.agent}: {fault.message}" for fault in faults]
        lines += [f"{desk.agent}: {fault.message}" for fault in clients if not fault.is_by_hand]
    return lines + find_untended(repository)


def _tracks_focus(desk: Desk) -> bool:
    return bool(Git(desk.worktree.path).run("ls-files", "-z", "--", FOCUS_FILE).stdout)
