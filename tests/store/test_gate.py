"""The gate: one at a time, freed by death, never waited for longer than the deadline, and never kept by who left."""

import _thread
import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from agentgrid.errors import StoreBusy
from agentgrid.store.gate import find_holder, take_gate
from support.stores import run_program, start_program

HOLD = """
with store.write() as session:
    print("in", flush=True)
    sys.stdin.read()
"""
WAIT = "print('waiting', flush=True); happen(); print('done')"
SHORT_S = 0.2


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    """A process that has the gate until its stdin ends."""
    process = start_program(tmp_path, HOLD)
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    return process


def test_one_after_the_other(tmp_path: Path) -> None:
    with take_gate(tmp_path, deadline_s=5):
        assert find_holder(tmp_path) == os.getpid()
    assert find_holder(tmp_path) is None
    with take_gate(tmp_path, deadline_s=5):
        pass


def test_who_holds_it_is_named_by_whoever_gives_up(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    assert find_holder(tmp_path) == holder.pid
    with pytest.raises(StoreBusy, match=f"^process {holder.pid} has been writing to the state in ") as raised:
        _take(tmp_path)

    assert raised.value.details == {"pid": holder.pid}
    assert f"ps -p {holder.pid}" in str(raised.value.hint)
    holder.communicate()
    assert find_holder(tmp_path) is None


def test_a_stopped_holder_hangs_nobody_and_all_goes_on_when_it_does(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    holder.send_signal(signal.SIGSTOP)
    others = [start_program(tmp_path, "happen()", deadline_s=SHORT_S) for _ in range(4)]
    for other in others:
        assert f"process {holder.pid} has been writing to the state" in other.communicate()[1]
    holder.send_signal(signal.SIGCONT)
    assert holder.communicate() == ("", "")

    assert run_program(tmp_path, "print(happen())", deadline_s=5) == "1\n"


def test_a_killed_holder_frees_it_at_once(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    waiting = start_program(tmp_path, WAIT)
    assert waiting.stdout is not None
    waiting.stdout.readline()
    holder.send_signal(signal.SIGSTOP)
    holder.kill()

    assert waiting.communicate() == ("done\n", "")
    holder.communicate()


def test_who_is_stopped_while_it_waits_is_named(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    """It keeps the turnstile: the gate itself is free."""
    waiting = start_program(tmp_path, WAIT)
    _until(lambda: (tmp_path / "turnstile").read_text().strip() == str(waiting.pid))
    waiting.send_signal(signal.SIGSTOP)
    _until(lambda: psutil.Process(waiting.pid).status() == psutil.STATUS_STOPPED)
    holder.communicate()

    with pytest.raises(StoreBusy, match=f"^process {waiting.pid} "):
        _take(tmp_path)
    waiting.send_signal(signal.SIGCONT)
    assert waiting.communicate() == ("waiting\ndone\n", "")


def test_a_thread_left_waiting_neither_keeps_nor_steals_the_lock(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    before = _thread._count()
    for _ in range(3):
        with pytest.raises(StoreBusy):
            _take(tmp_path)
    assert _thread._count() == before + 3
    holder.communicate()
    _until(lambda: _thread._count() == before)

    assert not _is_locked(tmp_path / "gate")
    assert not _is_locked(tmp_path / "turnstile")
    with take_gate(tmp_path, deadline_s=5):
        pass


def test_who_is_interrupted_while_it_waits_neither_keeps_nor_steals_it(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    program = """
print("waiting", flush=True)
try: happen()
except KeyboardInterrupt: print("interrupted", flush=True)
sys.stdin.read()
"""
    waiting = start_program(tmp_path, program)
    assert waiting.stdout is not None
    _until(lambda: _is_locked(tmp_path / "turnstile"))
    waiting.send_signal(signal.SIGINT)
    assert [waiting.stdout.readline(), waiting.stdout.readline()] == ["waiting\n", "interrupted\n"]
    holder.communicate()

    assert run_program(tmp_path, "print(happen())", deadline_s=5) == "1\n"
    waiting.communicate()


def test_an_interrupt_in_the_moment_of_success_frees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread has the lock, and the signal comes before the caller knows."""
    blocker = (tmp_path / "gate").open("w")
    fcntl.flock(blocker, fcntl.LOCK_EX)

    class Interrupted:
        """What the thread tells its success by."""

        def __init__(self) -> None:
            self.lock = threading.Lock()

        def acquire(self, *, timeout: float | None = None) -> bool:
            if timeout is None:
                return self.lock.acquire()
            blocker.close()
            assert self.lock.acquire(timeout=20)
            raise KeyboardInterrupt

        def release(self) -> None:
            self.lock.release()

        def __enter__(self) -> None:
            self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()

    monkeypatch.setattr("agentgrid.store.gate._thread.allocate_lock", Interrupted)
    with pytest.raises(KeyboardInterrupt) as kept:
        _take(tmp_path)

    assert not _is_locked(tmp_path / "gate")
    assert not _is_locked(tmp_path / "turnstile")
    assert kept.traceback  # what is still referred to is freed as well


def test_a_child_forked_meanwhile_does_not_keep_it(tmp_path: Path) -> None:
    program = """
import time
with store.write() as session:
    child = os.fork()
    if child == 0:
        os.closerange(0, 3)
        time.sleep(60)
        os._exit(0)
print(child)
"""
    child = int(run_program(tmp_path, program))
    try:
        assert run_program(tmp_path, "print(happen())", deadline_s=5) == "1\n"
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_number_left_in_the_file_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "gate").write_text("999999999           ")
    with (tmp_path / "gate").open() as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert find_holder(tmp_path) == 0
        with pytest.raises(StoreBusy, match=r"^another process has been writing"):
            _take(tmp_path)


def _take(directory: Path) -> None:
    with take_gate(directory, deadline_s=SHORT_S):
        pass


def _is_locked(path: Path) -> bool:
    with path.open() as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)
