"""Decisions use a clock that nobody can set; which start of the machine it counts from is told by the kernel."""

import ctypes
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from agentgrid.machine import boot, clock
from agentgrid.machine.clock import Instant, read_clock, rfc3339

MAC_ID = "8A3F0C52-1B7D-4F0E-9C51-2D6E7A90B1C4"


class MacLibrary:
    """The C library of macOS, as far as it is asked here."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer

    def sysctlbyname(self, name: bytes, buffer: Any, size: Any, new: object, new_size: object) -> int:
        assert name == b"kern.bootsessionuuid"
        if self.answer is None:
            return -1
        assert size._obj.value > len(self.answer)
        buffer.value = self.answer
        return 0


def as_on_mac(monkeypatch: pytest.MonkeyPatch, library: object) -> None:
    monkeypatch.setattr(boot, "_LINUX_BOOT_ID", "/nowhere/boot_id")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: library)


def test_the_wall_clock_moved_by_a_day_moves_no_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = timedelta()

    class Moved(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Moved":
            return super().now(tz) + moved

    monkeypatch.setattr(clock, "datetime", Moved)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    first = read_clock()
    moved = timedelta(days=1)
    forward = read_clock()
    moved = timedelta(days=-1)
    backward = read_clock()

    assert forward.wall - first.wall > timedelta(hours=23)
    assert backward.wall - first.wall < timedelta(hours=-23)
    assert first.boot == forward.boot == backward.boot
    assert first.mono_ms <= forward.mono_ms <= backward.mono_ms < first.mono_ms + 60_000


def test_every_process_of_one_start_of_the_machine_counts_alike() -> None:
    program = "from agentgrid.machine.clock import read_clock; now = read_clock(); print(now.boot, now.mono_ms)"
    before = read_clock()
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    after = read_clock()

    assert told[0] == before.boot == after.boot
    assert before.mono_ms <= int(told[1]) <= after.mono_ms


def test_the_kernel_tells_which_start_this_is() -> None:
    assert len(read_clock().boot) == 36


def test_on_macos_another_call_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    as_on_mac(monkeypatch, MacLibrary(MAC_ID.encode()))

    assert read_clock().boot == MAC_ID


@pytest.mark.parametrize("library", [MacLibrary(None), object()])
def test_where_no_kernel_tells_every_start_has_one_name(monkeypatch: pytest.MonkeyPatch, library: object) -> None:
    as_on_mac(monkeypatch, library)

    assert read_clock().boot == "unknown"


@pytest.mark.skipif(sys.platform != "darwin", reason="the real call exists on macOS alone")
def test_the_real_call_of_macos_answers() -> None:
    assert len(clock._read_mac_boot_id()) == 36


def test_the_light_half_reads_no_more_than_it_needs() -> None:
    """Hooks import it in an interpreter without site."""
    program = (
        f"import sys; sys.path.insert(0, {boot.__file__.rsplit('/agentgrid/', 1)[0]!r}); before = set(sys.modules)\n"
        "import agentgrid.machine.boot as boot; boot.monotonic_ms(), boot.read_boot_id()\n"
        "print(sorted(set(sys.modules) - before))"
    )
    told = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)

    assert eval(told.stdout) in (
        ["agentgrid", "agentgrid.machine", "agentgrid.machine.boot"],
        ["agentgrid", "agentgrid.machine", "agentgrid.machine.boot", "encodings.ascii"],
    )


def test_later_is_later_on_both_clocks() -> None:
    now = Instant("b", 5_000, datetime(2025, 3, 3, 9, tzinfo=UTC))

    assert now.after(1_500) == Instant("b", 6_500, datetime(2025, 3, 3, 9, 0, 1, 500_000, tzinfo=UTC))


def test_times_are_written_in_utc() -> None:
    moment = datetime(2025, 3, 3, 11, 30, tzinfo=timezone(timedelta(hours=2)))

    assert rfc3339(moment) == "2025-03-03T09:30:00Z"
