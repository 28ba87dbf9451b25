"""Writing files so that a reader sees the old text or the new one, never half of it."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

TEMPORARY_PREFIX = ".agentgrid-tmp-"

_MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it has a random name and is ours alone
_ROOM_BYTES = 1 << 30


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644, staging: Path | None = None) -> None:
    """Replaces `path` by `content` (bytes) with permission bits `mode`, creating its directory.

    `staging`: where it is written first, for places where people would see what a killed process leaves; it counts
    only on the same file system.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = open_temporary(staging_for(path, staging))
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(handle, mode)
            os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_if_changed(path: Path, content: bytes, *, mode: int = 0o644, staging: Path | None = None) -> bool:
    """As `write_atomically`, but leaves an equal file alone; True when it wrote."""
    try:
        if path.read_bytes() == content and path.stat().st_mode & 0o777 == mode:
            return False
    except OSError:
        pass  # absent or unreadable: write it
    write_atomically(path, content, mode=mode, staging=staging)
    return True


def sweep_temporaries(directories: Iterable[Path]) -> None:
    """Removes what killed writers left directly in `directories`; the file of a live one stays."""
    for directory in directories:
        try:
            names = os.listdir(directory)
        except OSError:
            continue  # there is none
        for name in names:
            if name.startswith(TEMPORARY_PREFIX):
                _remove_ownerless(directory / name)


def open_temporary(directory: Path) -> tuple[int, str]:
    """A new file that is locked until it is closed: how a sweeper tells a live writer's from a dead one's."""
    while True:
        handle, temporary = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=directory)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            return handle, temporary  # a file system without locks: nobody sweeps there
        if os.fstat(handle).st_nlink:
            return handle, temporary
        os.close(handle)  # swept between the two calls


def _remove_ownerless(temporary: Path) -> None:
    try:
        handle = os.open(temporary, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return  # its writer has moved it meanwhile, or it is somebody else's
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(temporary)
    except OSError:
        pass  # its writer lives
    finally:
        os.close(handle)


def memory_directory() -> Path | None:
    """A directory in memory with room to spare, for temporary files that come and go by the thousand; None where the
    system has none (the usual place will do)."""
    try:
        has_room = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    except OSError:
        return None
    return _MEMORY if has_room else None


def staging_for(path: Path, staging: Path | None) -> Path:
    """`staging`, made, when it is on the file system of `path`; else the directory of `path`."""
    if staging is None:
        return path.parent
    staging.mkdir(parents=True, exist_ok=True)
    return staging if staging.stat().st_dev == path.parent.stat().st_dev else path.parent
