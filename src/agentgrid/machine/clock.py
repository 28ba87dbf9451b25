"""Now, in two ways: a clock for deciding that nobody can set, and the wall clock for showing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agentgrid.machine.boot import monotonic_ms, read_boot_id

_MAC_BOOT_ID = b"kern.bootsessionuuid"


@dataclass(frozen=True, slots=True)
class Instant:
    """`boot`: which start of the machine. `mono_ms`: milliseconds since that start, asleep ones not counted. `wall`:
    UTC, for display alone."""

    boot: str
    mono_ms: int
    wall: datetime

    def after(self, ms: int) -> "Instant":
        """The instant `ms` milliseconds later."""
        return Instant(self.boot, self.mono_ms + ms, self.wall + timedelta(milliseconds=ms))


Clock = Callable[[], Instant]


def read_clock() -> Instant:
    """Now, on this machine."""
    return Instant(read_boot_id() or _read_mac_boot_id(), monotonic_ms(), datetime.now(UTC))


def rfc3339(moment: datetime) -> str:
    """`2025-03-03T09:00:00Z`, as JSON answers and the state carry times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_mac_boot_id() -> str:
    """The kernel's name for this start; a constant where no kernel tells (then a restart shows as a clock that
    went back)."""
    import ctypes

    ask = getattr(ctypes.CDLL(None), "sysctlbyname", None)
    size = ctypes.c_size_t(128)
    buffer = ctypes.create_string_buffer(size.value)
    if ask is None or ask(_MAC_BOOT_ID, buffer, ctypes.byref(size), None, ctypes.c_size_t(0)) != 0:
        return "unknown"
    return buffer.value.decode("ascii")
