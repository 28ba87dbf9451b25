"""A private directory for scratch files, held by a lock, so that what a killed process leaves is taken away."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "agentgrid-scratch-"
_HELD = "held"


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """A new directory that only this user can read, gone afterwards; leftovers of dead processes go first."""
    sweep_directories(Path(tempfile.gettempdir()))
    place = Path(os.path.realpath(tempfile.mkdtemp(prefix=PREFIX)))
    handle = os.open(place, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks: nobody sweeps there
            fcntl.flock(handle, fcntl.LOCK_EX)
        (place / _HELD).touch()
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(handle)


def sweep_directories(parent: Path) -> None:
    """Removes the scratch directories in `parent` whose process is dead; others' and those in use stay."""
    for name in os.listdir(parent):
        if name.startswith(PREFIX):
            _remove_ownerless(parent / name)


def _remove_ownerless(place: Path) -> None:
    try:
        handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return  # gone meanwhile, or somebody else's
    try:
        if os.fstat(handle).st_uid == os.getuid() and _HELD in os.listdir(handle):  # else it may not be locked yet
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(place, ignore_errors=True)
    except OSError:
        pass  # it is in use
    finally:
        os.close(handle)
