"""One writer at a time, in turn, and never for longer than the deadline.

SQLite's own waiting polls, so under load the same few win and one starves for seconds. Here the kernel queues: who
wants to write takes the turnstile, then waits for the gate, so nobody passes twice while somebody else waits.
"""

import _thread
import fcntl
import os
import time
from pathlib import Path

from agentgrid.errors import StoreBusy

DEADLINE_S = 10.0
_TURNSTILE, _GATE = "turnstile", "gate"


class Gate:
    """The gate, held until it is left."""

    __slots__ = ("_lock",)

    def __init__(self, lock: "_Lock") -> None:
        self._lock = lock

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._lock.drop()


def take_gate(directory: Path, *, deadline_s: float = DEADLINE_S) -> Gate:
    """Takes the gate of the state in `directory`, to be left with `with`.

    Raises StoreBusy, naming the process that has it, when it isn't free within `deadline_s`; OSError. The kernel frees
    it when its holder dies.
    """
    until = time.monotonic() + deadline_s
    place = str(directory)
    turnstile, gate = _Lock(f"{place}/{_TURNSTILE}"), _Lock(f"{place}/{_GATE}")
    has_gate = False
    try:
        has_gate = turnstile.take(until) and gate.take(until)
    finally:
        turnstile.drop()
        if not has_gate:
            gate.drop()
    if not has_gate:
        raise _busy(directory, deadline_s)
    return Gate(gate)


def find_holder(directory: Path) -> int | None:
    """The process that has the gate, or that keeps others from it; 0 when it can't be told, None when it is free."""
    for name in (_GATE, _TURNSTILE):
        holder = _holder_of(directory / name)
        if holder is not None:
            return holder
    return None


class _Lock:
    """The lock of one file, to be taken once. A blocking lock knows no deadline, so a thread waits for it; when nobody
    wants it any more by then, the thread gives it back at once."""

    def __init__(self, path: str) -> None:
        self._handle = -1
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._decided = _thread.allocate_lock()
        self._is_wanted = True
        self._is_waited_for = False

    def __del__(self) -> None:
        self._free()  # whatever interrupted its owner between two lines

    def take(self, until: float) -> bool:
        """True when it is held; False when `until` came first."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            has_lock = _thread.allocate_lock()
            has_lock.acquire()
            self._is_waited_for = True
            _thread.start_new_thread(self._wait, (has_lock,))  # a Thread costs more than the transaction
            if not has_lock.acquire(timeout=max(0.0, until - time.monotonic())):
                self.drop()
                return False
        os.pwrite(self._handle, b"%-20d" % os.getpid(), 0)
        return True

    def drop(self) -> None:
        """Frees it, now or as soon as the thread has it."""
        with self._decided:
            self._is_wanted = False
            if not self._is_waited_for:
                self._free()

    def _wait(self, has_lock: _thread.LockType) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        with self._decided:
            self._is_waited_for = False
            if self._is_wanted:
                has_lock.release()
            else:
                self._free()

    def _free(self) -> None:
        handle, self._handle = self._handle, -1
        if handle >= 0:
            fcntl.flock(handle, fcntl.LOCK_UN)  # a child forked meanwhile shares it: closing would leave it to that
            os.close(handle)


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
