"""Which local files git doesn't see: the focus file, clients' settings, env files, links of a set-up. They are hidden
in every worktree, by the one exclude file that all share; what is hidden once stays so."""

import json
import re
from collections.abc import Sequence

from agentgrid.config.places import grid_directory
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_if_changed
from agentgrid.machine.locks import hold_lock
from agentgrid.workspace.focus import FOCUS_FILE, hidden_locally, hide_locally

HIDDEN = (f"/{FOCUS_FILE}",)
_RECORD = "hidden.json"


def hide_local_files(repository: Repository, *more: str, patterns: Sequence[str] = ()) -> bool:
    """Hides them, and from now on `more` (paths below a worktree's top) and `patterns` (gitignore); True when the
    exclude file changed."""
    with hold_lock(grid_directory(repository) / "exclude.lock"):
        paths = hidden_paths(repository)
        new = [path for path in more if path not in paths]
        if new:
            write_if_changed(grid_directory(repository) / _RECORD, json.dumps([*paths, *new]).encode())
        known = hidden_locally(repository.common_dir)
        wanted = dict.fromkeys([*HIDDEN, *known, *patterns, *map(_pattern, [*paths, *new])])
        return hide_locally(repository.common_dir, list(wanted))


def hidden_paths(repository: Repository) -> list[str]:
    """What was hidden besides `HIDDEN` and patterns: paths below a worktree's top."""
    try:
        found = json.loads((grid_directory(repository) / _RECORD).read_bytes())
    except (OSError, ValueError):
        return []
    return [path for path in found if isinstance(path, str)] if isinstance(found, list) else []


def _pattern(path: str) -> str:
    """The gitignore pattern for this very path."""
    return "/" + re.sub(r"([\\*?\[]| $)", r"\\\1", path)
