"""Whether a command failed by itself, or the machine made it fail."""

import errno
import os
import signal

# Sent by somebody else: the kernel that is out of memory, a person, a shutdown. A crash of its own is not among them.
_FROM_OUTSIDE = (signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM, signal.SIGXCPU)
_DISK_FULL = tuple(os.strerror(number).encode() for number in (errno.ENOSPC, errno.EDQUOT))


def find_trouble(code: int, output: bytes) -> str:
    """What the machine did, in words; empty when nothing shows. `code`: as a shell tells it. `output`: its end."""
    for number in _FROM_OUTSIDE:
        if code == 128 + number:
            return f"ended by {number.name}"
    if code != 0 and any(sign in output for sign in _DISK_FULL):
        return "the disk is full"
    return ""
