"""Time that a wall-clock change can't move: milliseconds since this machine started, and which start that was.

A light module: the hook path imports it, so it uses builtins alone. A sleeping machine's clock stands still.
"""

import time

_LINUX_BOOT_ID = "/proc/sys/kernel/random/boot_id"


def monotonic_ms() -> int:
    """Milliseconds since the machine started, the same for every process on it."""
    return time.monotonic_ns() // 1_000_000


def read_boot_id() -> str:
    """Which start of the machine this is; empty where only `clock.read_clock` can tell (macOS)."""
    try:
        with open(_LINUX_BOOT_ID, encoding="ascii") as stream:
            return stream.read().strip()
    except OSError:
        return ""
