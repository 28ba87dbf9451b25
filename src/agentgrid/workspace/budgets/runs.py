"""Commands that run for agents on this machine: a file each, locked by the process that looks after it.

The lock goes with that process, however it ends, so a run is live exactly as long as somebody watches it. What it
started carries a mark in its environment, from which one knows whose it is when all else is lost.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agentgrid.machine.locks import hold_lock
from agentgrid.workspace.budgets.places import RUN_SUFFIX, runs_directory

MARK_VARIABLE = "AGENTGRID_RUN"
_TURN = "turn.lock"


@dataclass(frozen=True, slots=True)
class Run:
    """`watcher`: number of the process that looks after it. `since`: when it started, or was asked for, seconds of the
    wall clock. `is_waiting`: it has not started yet. `promised_bytes`: memory that others can't have because of it;
    None for a running one without a limit, which takes what it takes, and for one that waits for its own agent."""

    nonce: str
    agent: str
    watcher: int
    since: float
    is_waiting: bool
    promised_bytes: int | None


class RunBook:
    """The runs of one repository on this machine."""

    def __init__(self, common_dir: Path) -> None:
        self._directory = runs_directory(common_dir)
        self._grid = hashlib.sha256(os.path.realpath(common_dir).encode("utf-8", "surrogateescape")).hexdigest()[:12]

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Only one process at a time decides what may start."""
        with hold_lock(self._directory / _TURN):
            yield

    @contextmanager
    def enter(self, run: Run) -> Iterator["Entered"]:
        """For the block, `run` is among the live ones."""
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._directory / f"{run.nonce}{RUN_SUFFIX}"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            entered = Entered(handle)
            entered.write(run)
            yield entered
        finally:
            path.unlink(missing_ok=True)
            os.close(handle)

    def live(self) -> list[Run]:
        """Those that somebody looks after, in the order in which they were asked for. Files of the dead are removed."""
        try:
            names = [name for name in os.listdir(self._directory) if name.endswith(RUN_SUFFIX)]
        except OSError:
            return []  # nothing has ever run
        found = [_read(self._directory / name) for name in names]
        return sorted((run for run in found if run is not None), key=lambda run: (run.since, run.nonce))

    def mark(self, agent: str, nonce: str) -> str:
        """What the environment of a run's processes says: one part of MARK_VARIABLE, the innermost run last."""
        return f"{self._grid}.{agent}.{nonce}"

    def agent_behind(self, marks: str) -> str | None:
        """The agent of the innermost run of this repository that `marks` name."""
        for mark in reversed(marks.split("/")):
            grid, _, rest = mark.partition(".")
            if grid == self._grid and "." in rest:
                return rest.partition(".")[0]
        return None


class Entered:
    """A live run's own file."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def write(self, run: Run) -> None:
        """Says what has become of it."""
        text = json.dumps({name: getattr(run, name) for name in Run.__slots__}).encode()
        os.pwrite(self._handle, text.ljust(512), 0)


def new_nonce() -> str:
    return secrets.token_hex(8)


def _read(path: Path) -> Run | None:
    """The run of one file; None when nobody looks after it, or it isn't written yet."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None  # it ended meanwhile
    try:
        text = os.pread(handle, 4096, 0)
        if not text:
            return None  # being made; or its maker died at once, and it says nothing to anybody
        if _is_held(handle):
            return Run(**json.loads(text))
        path.unlink(missing_ok=True)
    except (OSError, ValueError, TypeError):
        pass  # of another version of the program: not for us to judge
    finally:
        os.close(handle)
    return None


def _is_held(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False
