"""husky, as a repository uses it: its folder of hooks is tracked, and what leads git to them is not.

What the main worktree has of it is brought like other local files. Where there is none, nobody is asked to run it: it
sets the hooks path of the whole repository, which is the person's to do.
"""

import json
from pathlib import Path

from agentgrid.git.repository import Repository

_FOLDER = ".husky"
_INNER = f"{_FOLDER}/_"


def find_husky_fault(repository: Repository, worktree: Path) -> str | None:
    """Why husky's hooks don't run in this worktree, though its files ask for them; None when they do, or don't."""
    if not (worktree / _FOLDER).is_dir() or not _is_asked_for(worktree):
        return None
    hooks = repository.own_hooks
    if any((top / hooks).is_dir() for top in (worktree, repository.root)) and hooks.parts[:1] == (_FOLDER,):
        return None
    if (worktree / _INNER).is_dir():
        return (
            f"{_FOLDER} is here, but core.hooksPath of the repository is not {_INNER}: run husky in {repository.root}"
        )
    return f"husky isn't installed in {repository.root}, so its hooks run nowhere: run its `prepare` script there"


def _is_asked_for(worktree: Path) -> bool:
    try:
        package = json.loads((worktree / "package.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    scripts = package.get("scripts") if isinstance(package, dict) else None
    return isinstance(scripts, dict) and any("husky" in str(scripts.get(name)) for name in ("prepare", "postinstall"))
