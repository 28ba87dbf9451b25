"""What an agent's hook files looked like when they were last read and found right: untouched since, still right.

A file that was written, replaced, renamed or whose mode changed has another time, inode or mode. The seal itself has
the time of the newest of them: a shell sees with `-nt` that one was written since.
"""

import hashlib
import os
from pathlib import Path

from agentgrid import __version__
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_if_changed
from agentgrid.workspace.dispatcher import interpreter
from agentgrid.workspace.hook_files import EDIT_HOOK

_SEAL = "verified"


def is_verified(repository: Repository, desk: Path) -> bool:
    """True when nothing that the hooks are made of has changed since `note_verified`."""
    try:
        return (desk / _SEAL).read_text() == _signature(repository, desk)
    except OSError:
        return False


def note_verified(repository: Repository, desk: Path, *, is_sound: bool) -> None:
    """Remembers the files as they are now, or forgets what was remembered."""
    if is_sound:
        write_if_changed(desk / _SEAL, _signature(repository, desk).encode())
        newest = max(facts.st_mtime_ns for _, facts in _files(desk))
        if (desk / _SEAL).stat().st_mtime_ns != newest:
            os.utime(desk / _SEAL, ns=(newest, newest))
    else:
        (desk / _SEAL).unlink(missing_ok=True)


def _signature(repository: Repository, desk: Path) -> str:
    """This installation, this repository's place, the interpreter, and every file's mode, times, size and inode."""
    made_of = [__version__, __file__, interpreter(), str(os.access(interpreter(), os.X_OK)), str(desk)]
    made_of.append(str(repository.main_worktree))
    for name, facts in _files(desk):
        made_of.append(
            f"{name} {facts.st_mode:o} {facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_size} {facts.st_ino}"
        )
    return hashlib.sha256("\n".join(made_of).encode("utf-8", "surrogateescape")).hexdigest()


def _files(desk: Path) -> list[tuple[str, os.stat_result]]:
    """Name and facts of the hook directory, everything in it, and the edit hook, by name."""
    found = [("", (desk / "hooks").stat()), (EDIT_HOOK, (desk / EDIT_HOOK).lstat())]
    with os.scandir(desk / "hooks") as entries:
        found += [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
    return sorted(found, key=lambda each: each[0])
