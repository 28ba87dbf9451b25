"""Which git processes work in a directory: asked only after a crash, before anything there is finished or undone.

A killed command leaves its git child running: what it still does must end first.
"""

import os
import signal
import time
from pathlib import Path

from agentgrid.errors import OutsideError

_POLL_S = 0.05


def find_git_activity(*directories: Path) -> list[int]:
    """Process ids of live git processes whose working directory is below one of `directories` or that name one."""
    import psutil

    tops = [os.path.realpath(directory) for directory in directories]
    found: list[int] = []
    for process in psutil.process_iter(["pid", "name", "cwd", "cmdline", "status"]):
        facts = process.info
        if not (facts["name"] or "").startswith("git") or facts["status"] == psutil.STATUS_ZOMBIE:
            continue
        places = [facts["cwd"] or "", *(word for word in facts["cmdline"] or () if word.startswith("/"))]
        if any(_is_within(place, top) for place in places for top in tops):
            found.append(facts["pid"])
    return found


def find_occupants(directory: Path) -> list[int]:
    """Process ids of live processes, other than this one, whose working directory is in `directory`, as far as one may
    look."""
    import psutil

    top = os.path.realpath(directory)
    return [
        process.info["pid"]
        for process in psutil.process_iter(["pid", "cwd", "status"])
        if process.info["pid"] != os.getpid()
        and process.info["status"] != psutil.STATUS_ZOMBIE
        and _is_within(process.info["cwd"] or "", top)
    ]


def end_occupants(directory: Path) -> None:
    """Kills every process that works in `directory`, which is this program's own and goes next."""
    from agentgrid.machine.ending import send_signal
    from agentgrid.machine.process_table import read_entry

    for pid in find_occupants(directory):
        entry = read_entry(pid)
        if entry is not None:
            send_signal(entry.id, signal.SIGKILL)


def wait_for_git(directory: Path, *, timeout_s: float = 600.0) -> None:
    """Returns when no git process works in `directory`. Raises OutsideError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while running := find_git_activity(directory):
        if time.monotonic() > deadline:
            raise OutsideError(
                f"git (process {running[0]}) has been at work in {directory} for {timeout_s:.0f} s",
                hint=f"end it, then try again: kill {running[0]}",
            )
        time.sleep(_POLL_S)


def _is_within(place: str, top: str) -> bool:
    real = os.path.realpath(place) if place else ""
    return real == top or real.startswith(top + os.sep)
