"""The section of the common configuration that points git to an agent's hooks, in that agent's worktrees alone.

Relative to the common configuration, so that it survives a moved repository. A section whose worktree is gone would
catch the next one of that name, whoever makes it.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.settings import drop_section, list_settings, read_setting, write_setting

_PREFIX = "includeif.gitdir:./worktrees/"
_OURS = "agentgrid/agents/"


def section_name(admin_dir: Path) -> str:
    """The includeIf section of the worktree whose git directory is `admin_dir`."""
    return f"includeIf.gitdir:./worktrees/{admin_dir.name}"


def point_to_hooks(repository: Repository, agent: str, admin_dir: Path, hooks: Path) -> bool:
    """Makes git read the agent's settings in that worktree, after every other setting; True when it did not."""
    section, include = section_name(admin_dir), f"{_OURS}{agent}/config"
    if write_setting(repository.common_dir, f"{section}.path", include):
        return True  # appended behind every other one
    scope, effective = effective_hooks(admin_dir)
    if scope == "local" and not is_directory(hooks, effective):
        # The last one counts: another tool has appended its own since.
        drop_section(repository.common_dir, section)
        return write_setting(repository.common_dir, f"{section}.path", include)
    return False


def find_sections(repository: Repository) -> list[str]:
    """Every section of ours in the common configuration."""
    names = list_settings(repository.common_dir, _PREFIX)
    ours = [name for name in names if (read_setting(repository.common_dir, name) or "").startswith(_OURS)]
    return [name.removesuffix(".path") for name in ours]


def find_stale_sections(repository: Repository) -> list[str]:
    """Those of ours whose worktree git no longer knows."""
    names = list_settings(repository.common_dir, _PREFIX)
    worktrees = repository.common_dir / "worktrees"
    gone = {name for name in names if not (worktrees / name[len(_PREFIX) : -len(".path")]).exists()}
    return [section for section in find_sections(repository) if f"{section}.path" in gone] if gone else []


def drop_stale_sections(repository: Repository) -> list[str]:
    """Takes them out; their names."""
    found = find_stale_sections(repository)
    for section in found:
        drop_section(repository.common_dir, section)
    return found


def surely_counts(settings: Sequence[str], admin_dir: Path) -> bool:
    """Our section stands behind every other `core.hooksPath`, and the worktree has no configuration of its own.
    `settings`: names in the common configuration, in order."""
    if (admin_dir / "config.worktree").exists():
        return False
    last = {name.lower(): position for position, name in enumerate(settings)}
    ours = last.get(f"{section_name(admin_dir)}.path".lower(), -1)
    return ours > last.get("core.hookspath", -1)


def effective_hooks(admin_dir: Path) -> tuple[str, str]:
    """Which configuration says (`local`, `worktree`, …) where git looks for the hooks of this worktree, and where
    that is; empty when nothing is set."""
    found = Git(admin_dir).run("config", "--show-scope", "--get", "core.hooksPath", accept=(0, 1)).text
    scope, _, hooks = found.partition("\t")
    return scope, hooks


def is_directory(directory: Path, named: str) -> bool:
    """Whether `named` is another name of `directory`."""
    return bool(named) and os.path.realpath(named) == os.path.realpath(directory)
