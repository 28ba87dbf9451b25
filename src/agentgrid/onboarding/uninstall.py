"""`uninstall`: takes hooks, settings and state out; keeps worktrees, branches, rescue refs and committed files."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from agentgrid.config.in_force import BASE_SETTING
from agentgrid.config.places import grid_directory
from agentgrid.errors import Refused
from agentgrid.git.repository import Repository
from agentgrid.git.settings import drop_section, drop_setting, read_setting
from agentgrid.workspace.acting import require_person
from agentgrid.workspace.clients.installing import find_installed, uninstall
from agentgrid.workspace.desks import CHECKOUT_MARKER, Desk, find_desks
from agentgrid.workspace.environment.agent_environment import HOMES
from agentgrid.workspace.focus import unhide_locally
from agentgrid.workspace.furnishing import unfurnish_desk
from agentgrid.workspace.hook_section import find_sections
from agentgrid.workspace.hookdir import unequip
from agentgrid.workspace.identity import IDENTITY_FILE
from agentgrid.workspace.setup.ledger import LEDGER_FILE
from agentgrid.workspace.sub_worktrees import find_sub_worktrees


@dataclass(frozen=True)
class UninstallPlan:
    """`settings`: sections and keys of the common configuration. `state`: the directory with everything of this grid
    on this machine; its `trash` is kept unless purged. `clients`: their settings files with our edit hook."""

    desks: tuple[Desk, ...]
    settings: tuple[str, ...]
    state: Path
    trash: tuple[Path, ...]
    clients: tuple[Path, ...] = ()

    def describe(self, *, purge: bool) -> list[str]:
        """What would be done, a line each; none when nothing is installed."""
        lines = [f"would take hooks and identity out of {desk.worktree.path} ({desk.agent})" for desk in self.desks]
        lines += [f"would take the edit hook out of {path}" for path in self.clients]
        lines += [f"would remove the setting {setting}" for setting in self.settings]
        if self.removable(purge=purge):
            kept = "" if purge or not self.trash else f", keeping {len(self.trash)} item(s) in the trash"
            lines.append(f"would remove {self.state}{kept}")
        return lines

    def removable(self, *, purge: bool) -> list[Path]:
        """What goes of the state: all but a trash that has something in it and the agents' own client homes (logins,
        sessions), which only a purge takes."""
        entries = sorted(self.state.iterdir()) if self.state.is_dir() else []
        kept = {HOMES, *(["trash"] if self.trash else [])}
        return [entry for entry in entries if purge or entry.name not in kept]


def plan_uninstall(repository: Repository) -> UninstallPlan:
    """What there is to take out. Works without a policy: a broken grid can be taken out too.

    Raises NotPermitted in an agent's worktree.
    """
    require_person(repository, "take its own guard out")
    state = grid_directory(repository)
    sections = find_sections(repository)
    base = [BASE_SETTING] if read_setting(repository.common_dir, BASE_SETTING) else []
    trash = tuple(sorted((state / "trash").glob("*")))
    desks = tuple(find_desks(repository).values())
    clients = dict.fromkeys(
        path for each in desks for path in find_installed(repository, each.agent, each.worktree.path)
    )
    return UninstallPlan(desks, (*sections, *base), state, trash, tuple(clients))


def apply_uninstall(repository: Repository, plan: UninstallPlan, *, purge: bool) -> list[str]:
    """Takes it out and says what it did. `purge`: the trash as well.

    Raises Refused while an agentgrid command is making a worktree.
    """
    if list((plan.state / "pending").glob("*.json")):
        raise Refused("a worktree is being made, or its maker was killed", hint="agentgrid agent repair, then again")
    done: list[str] = []
    for sub in find_sub_worktrees(repository):
        done += [f"{path}: edit hook taken out" for path in uninstall(repository, sub.agent, sub.worktree.path)]
    for desk in plan.desks:
        done += [f"{path}: edit hook taken out" for path in uninstall(repository, desk.agent, desk.worktree.path)]
        unfurnish_desk(repository, desk)
        unequip(repository, desk.agent, desk.worktree.admin_dir)
        for name in (IDENTITY_FILE, CHECKOUT_MARKER, LEDGER_FILE):
            (desk.worktree.admin_dir / name).unlink(missing_ok=True)
        done.append(f"{desk.agent}: hooks and identity taken out of {desk.worktree.path}; the worktree stays")
    for sub in find_sub_worktrees(repository):
        (sub.worktree.admin_dir / IDENTITY_FILE).unlink(missing_ok=True)
        done.append(f"{sub.agent}: identity taken out of {sub.worktree.path}; the worktree stays")
    for setting in plan.settings:
        if setting == BASE_SETTING:
            drop_setting(repository.common_dir, setting)
            drop_section(repository.common_dir, "agentgrid")
        else:
            drop_section(repository.common_dir, setting)
    if unhide_locally(repository.common_dir):
        done.append("info/exclude: our block taken out")
    _remove_state(plan, purge=purge)
    done.append(f"{plan.state}: removed{'' if purge or not plan.trash else ', except the trash'}")
    return done


def _remove_state(plan: UninstallPlan, *, purge: bool) -> None:
    for hooks in (plan.state / "agents").glob("*/hooks"):
        hooks.chmod(0o755)
    for entry in plan.removable(purge=purge):
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    if plan.state.is_dir() and not any(plan.state.iterdir()):
        plan.state.rmdir()
