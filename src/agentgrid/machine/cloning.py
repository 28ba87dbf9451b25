"""Copying a file to where there is none: without a second copy of its data where the file system can share it.

Shared by FICLONE on Linux (btrfs, XFS, bcachefs, ZFS) and clonefile on macOS (APFS), else copied in the kernel, else
here. Nothing is ever overwritten, and no half of a file is seen.
"""

import errno
import os
import shutil
import sys
from pathlib import Path

from agentgrid.machine.files import open_temporary, staging_for

_PLATFORM: str = sys.platform
_FICLONE = 0x40049409  # ioctl_ficlone(2)
_CLONE_NOFOLLOW = 1  # clonefile(2)
_PIECE = 1 << 30
# What the kernel says when it can't do that between these two files; anything else is a failure of the copy.
_CANNOT = frozenset({errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.ENOTTY,
                     errno.EPERM, errno.ETXTBSY, errno.EBADF})  # fmt: skip


def copy_new(source: bytes, target: bytes, *, staging: Path) -> None:
    """Copies a file, with its mode and times, or a symbolic link to `target`, whose directory is there.

    `staging`: where it is written first, when that is on the same file system. Raises FileExistsError when something
    has that name, OSError when it can't be read or written.
    """
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
    elif not _clone_whole(source, target):
        _copy_aside(source, target, staging)


def _copy_aside(source: bytes, target: bytes, staging: Path) -> None:
    """Writes the copy under another name, then gives it the right one, unless that is taken."""
    handle, temporary = open_temporary(staging_for(Path(os.fsdecode(target)), staging))
    try:
        with os.fdopen(handle, "wb") as writing, open(source, "rb") as reading:
            copy_content(reading.fileno(), writing.fileno())
            shutil.copystat(source, temporary)
            _name(temporary, target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def copy_content(source: int, target: int) -> str:
    """All of the open file `source` into the empty file `target`; which way it went: shared, kernel or plain."""
    if _share(source, target):
        return "shared"
    if _copy_in_kernel(source, target):
        return "kernel"
    os.lseek(source, 0, os.SEEK_SET)
    os.lseek(target, 0, os.SEEK_SET)
    while piece := os.read(source, 1 << 20):
        view = memoryview(piece)
        while view:
            view = view[os.write(target, view) :]
    return "plain"


def _share(source: int, target: int) -> bool:
    if _PLATFORM != "linux":
        return False
    import fcntl

    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno in _CANNOT:
            return False
        raise
    return True


def _copy_in_kernel(source: int, target: int) -> bool:
    if not hasattr(os, "copy_file_range"):
        return False
    try:
        while os.copy_file_range(source, target, _PIECE):
            pass
    except OSError as error:
        if error.errno in _CANNOT:
            return False
        raise
    # Files that the kernel makes up as they are read have no size, and are copied as empty by some kernels.
    return os.fstat(target).st_size > 0 or not os.pread(source, 1, 0)


def _clone_whole(source: bytes, target: bytes) -> bool:
    """By clonefile, which makes the file and refuses a name that is taken; False where there is no such thing."""
    if _PLATFORM != "darwin":
        return False
    import ctypes

    clonefile = getattr(ctypes.CDLL(None, use_errno=True), "clonefile", None)
    if clonefile is None:
        return False
    if clonefile(ctypes.c_char_p(source), ctypes.c_char_p(target), ctypes.c_int(_CLONE_NOFOLLOW)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), os.fsdecode(target))


def _name(temporary: str, target: bytes) -> None:
    """Raises FileExistsError. A file system without hard links gives the name by moving the file."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fsdecode(target)) from None
        os.rename(temporary, target)
