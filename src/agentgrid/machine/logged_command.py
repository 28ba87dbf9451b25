"""One command in a process group of its own, its output in a file, ended when its time is up.

Nothing of its group outlives that: it is asked to end, and killed when it doesn't.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_GRACE_S = 5.0
_LOOK_S = 0.2
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Ended:
    """`code`: as a shell tells it, 128 and the signal that ended it. `cut`: why it was ended from here, if it was:
    timeout or cancelled."""

    code: int
    seconds: float
    cut: str | None = None


def run_logged(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    output: int,
    *,
    timeout_s: float,
    cancel: threading.Event,
    grace_s: float = _GRACE_S,
) -> Ended:
    """Runs `command`; what it prints goes to the open file `output`, and it can't read anything.

    `cancel`: ends it when it is set, and so does whatever interrupts the wait. Raises OSError when it can't be started.
    What it leaves running when it ends by itself goes on.
    """
    begun = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    try:
        cut = _wait(process, begun + timeout_s, cancel)
    except BaseException:
        end_group(process, grace_s)
        process.wait()
        raise
    if cut is not None:
        end_group(process, grace_s)
    code = process.wait()
    return Ended(code if code >= 0 else 128 - code, time.monotonic() - begun, cut)


def end_group(process: "subprocess.Popen[bytes]", grace_s: float) -> None:
    """Ends the group that `process` leads: SIGTERM to all of it, and SIGKILL to what is left after `grace_s`."""
    _signal_group(process.pid, signal.SIGTERM)
    until = time.monotonic() + grace_s
    while time.monotonic() < until:
        process.poll()  # the group lasts as long as a member that nobody has reaped
        if not _signal_group(process.pid, 0):
            return
        time.sleep(_POLL_S)
    _signal_group(process.pid, signal.SIGKILL)


def _wait(process: "subprocess.Popen[bytes]", until: float, cancel: threading.Event) -> str | None:
    """None when it ended by itself, else why it has to be ended."""
    while not cancel.is_set():
        left = until - time.monotonic()
        try:
            process.wait(max(0.0, min(left, _LOOK_S)))
        except subprocess.TimeoutExpired:
            if left <= _LOOK_S and time.monotonic() >= until:
                return "timeout"
        else:
            return None
    return None if process.poll() is not None else "cancelled"


def _signal_group(group: int, number: int) -> bool:
    """False when nobody is in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
