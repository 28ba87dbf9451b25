"""One writer at a time, in turn, and never for longer than the deadline.

SQLite's own waiting polls, so under load the same few win and one starves for seconds. Here the kernel queues: who
wants to write takes the turnstile, then waits for the gate, so nobody passes twice while somebody else waits.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentgrid.errors import StoreBusy

DEADLINE_S = 10.0
_TURNSTILE, _GATE = "turnstile", "gate"


@contextmanager
def hold_gate(directory: Path, *, deadline_s: float = DEADLINE_S) -> Iterator[None]:
    """Holds the gate of the state in `directory` for the block.

    Raises StoreBusy, naming the process that has it, when it isn't free within `deadline_s`. The kernel frees it when
    its holder dies.
    """
    until = time.monotonic() + deadline_s
    turnstile = _lock(directory / _TURNSTILE, until)
    try:
        gate = _lock(directory / _GATE, until) if turnstile is not None else None
    finally:
        if turnstile is not None:
            os.close(turnstile)
    if gate is None:
        raise _busy(directory, deadline_s)
    try:
        os.pwrite(gate, b"%-20d" % os.getpid(), 0)
        yield
    finally:
        os.close(gate)


def _lock(path: Path, until: float) -> int | None:
    """A descriptor that holds the lock of `path`, or None when `until` came first."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return handle if _Waiter(handle).wait(until) else None
    except BaseException:
        os.close(handle)
        raise
    return handle


class _Waiter:
    """Waits in a thread, because a blocking lock knows no deadline. Once nobody waits for it any more, it gives the
    lock back as soon as it has it."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._decided = threading.Lock()
        self._has_lock = threading.Event()
        self._is_abandoned = False
        threading.Thread(target=self._block, daemon=True).start()

    def wait(self, until: float) -> bool:
        """True when the lock is held; False when it is too late, and the descriptor no longer the caller's."""
        try:
            self._has_lock.wait(max(0.0, until - time.monotonic()))
        finally:
            with self._decided:
                self._is_abandoned = not self._has_lock.is_set()
        return not self._is_abandoned

    def _block(self) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        with self._decided:
            if self._is_abandoned:
                os.close(self._handle)
            else:
                self._has_lock.set()


def _busy(directory: Path, deadline_s: float) -> StoreBusy:
    try:
        holder = int((directory / _GATE).read_bytes().strip() or b"0")
    except (OSError, ValueError):
        holder = 0
    who = f"process {holder}" if holder else "another process"
    return StoreBusy(
        f"{who} has been writing to the state in {directory} for more than {deadline_s:.0f} s",
        hint=f"look at it: ps -p {holder}; it may be stopped (kill -CONT {holder})" if holder else "try again",
        details={"pid": holder or None},
    )
