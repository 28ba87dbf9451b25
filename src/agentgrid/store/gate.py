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
            _free(turnstile)
    if gate is None:
        raise _busy(directory, deadline_s)
    try:
        yield
    finally:
        _free(gate)


def find_holder(directory: Path) -> int | None:
    """The process that has the gate, or that keeps others from it; 0 when it can't be told, None when it is free."""
    for name in (_GATE, _TURNSTILE):
        holder = _holder_of(directory / name)
        if holder is not None:
            return holder
    return None


def _lock(path: Path, until: float) -> int | None:
    """A descriptor that holds the lock of `path`, or None when `until` came first."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not _Waiter(handle).wait(until):
            return None
    except BaseException:
        os.close(handle)
        raise
    try:
        os.pwrite(handle, b"%-20d" % os.getpid(), 0)
    except BaseException:
        _free(handle)
        raise
    return handle


def _free(handle: int) -> None:
    fcntl.flock(
        handle, fcntl.LOCK_UN
    )  # a child that was forked meanwhile shares it, and closing would leave it to that
    os.close(handle)


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
        except BaseException:
            self._abandon(also_held=True)
            raise
        return not self._abandon()

    def _abandon(self, *, also_held: bool = False) -> bool:
        """True when the lock won't be the caller's."""
        with self._decided:
            if not self._has_lock.is_set():
                self._is_abandoned = True
            elif also_held:
                _free(self._handle)
        return self._is_abandoned

    def _block(self) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        with self._decided:
            if self._is_abandoned:
                _free(self._handle)
            else:
                self._has_lock.set()


def _holder_of(path: Path) -> int | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two that look don't see each other
    except BlockingIOError:
        return _written_pid(handle)
    else:
        fcntl.flock(handle, fcntl.LOCK_UN)
        return None
    finally:
        os.close(handle)


def _written_pid(handle: int) -> int:
    """The process that wrote itself into the lock's file, when it lives; else 0."""
    try:
        pid = int(os.pread(handle, 20, 0).strip() or b"0")
        os.kill(pid, 0) if pid > 0 else None
    except PermissionError:
        return pid  # of another user
    except (OSError, ValueError, OverflowError):
        return 0
    return max(0, pid)


def _busy(directory: Path, deadline_s: float) -> StoreBusy:
    holder = find_holder(directory) or 0
    if holder == os.getpid():
        who, hint = "this process itself", "another thread or session of it has not ended"
    elif holder:
        who, hint = f"process {holder}", f"look at it: ps -p {holder}; it may be stopped (kill -CONT {holder})"
    else:
        who, hint = "another process", f"see which one: fuser {directory / _GATE}"
    return StoreBusy(f"{who} has been writing to the state in {directory} for more than {deadline_s:.0f} s",
                     hint=hint, details={"pid": holder or None})  # fmt: skip
