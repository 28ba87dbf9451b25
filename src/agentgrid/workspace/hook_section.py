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

_SECTION = "includeIf.gitdir:./worktrees/"
_OURS = "agentgrid/agents/"


def section_name(admin_dir: Path) -> str:
    """The includeIf section of the worktree whose git directory is `admin_dir`."""
    return f"{_SECTION}{admin_dir.name}"


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
    common_dir = repository.common_dir
    return [
        each
        for each in _list_sections(repository)
        if (read_setting(common_dir, f"{each}.path") or "").startswith(_OURS)
    ]


def find_stale_sections(repository: Repository) -> list[str]:
    """Those of ours whose worktree git no longer knows."""
    worktrees = repository.common_dir / "worktrees"
    known = {f"{_SECTION}{name}" for name in (os.listdir(worktrees) if worktrees.is_dir() else ())}
    if known.issuperset(_list_sections(repository)):
        return []  # asked often, and one process is enough to know
    return [section for section in find_sections(repository) if section not in known]


def _list_sections(repository: Repository) -> list[str]:
    """Sections for linked worktrees, whoever wrote them. Git lists names in lower case, and takes a section out only
    under the name that is written."""
    prefix = _SECTION.lower()
    names = list_settings(repository.common_dir, prefix)
    return [f"{_SECTION}{name.removeprefix(prefix).removesuffix('.path')}" for name in names]


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
