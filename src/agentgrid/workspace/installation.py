"""Where the hooks were told that this repository and this program are; when that is gone, no hook can run.

Found out by reading one small file, so every command may ask.
"""

import os
import sys
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.errors import AgentGridError
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_if_changed

_NOTE = "installation"


def note_installation(repository: Repository) -> None:
    """Remembers what the hooks have in them. The caller has just put all of them in order."""
    write_if_changed(
        grid_directory(repository) / _NOTE, "\n".join(_here(repository)).encode("utf-8", "surrogateescape")
    )


def mend_moved(repository: Repository) -> list[str]:
    """Writes the hooks anew when the repository, the interpreter or the program that they name is gone; what was
    done, and what could not be. Another installation that works is left in charge."""
    try:
        noted = (grid_directory(repository) / _NOTE).read_bytes().decode("utf-8", "surrogateescape").split("\n")
    except OSError:
        return []  # before the first `init` ended
    here = _here(repository)
    if noted == here or _still_works(noted, here):
        return []
    from agentgrid.workspace.clients.installing import install_again
    from agentgrid.workspace.desks import find_desks
    from agentgrid.workspace.hookdir import equip_again

    done: list[str] = []
    try:
        for desk in find_desks(repository).values():
            changed = equip_again(repository, desk.agent, desk.worktree.admin_dir)
            if install_again(repository, desk.agent, desk.worktree.path) or changed:
                done.append(f"{desk.agent}: hooks written anew: the repository or the program has moved")
        note_installation(repository)
    except (AgentGridError, OSError) as error:
        done.append(f"the hooks name a place that is gone, and can't be written anew ({error}); agentgrid agent repair")
    return done


def _here(repository: Repository) -> list[str]:
    return [str(repository.common_dir), sys.executable, str(Path(__file__).resolve().parents[1])]


def _still_works(noted: list[str], here: list[str]) -> bool:
    """The same repository, and a program that is still there."""
    return noted[0] == here[0] and os.access(noted[1], os.X_OK) and os.path.isdir(noted[-1])
