"""States on disk, and real processes that use them and are killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from agentgrid.store.places import STATE_DIRECTORY

_HEAD = """
import os, signal, sys
from pathlib import Path
from agentgrid.errors import AgentGridError
from agentgrid.store.events import last_number, record_event
from agentgrid.store.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]), deadline_s=float(sys.argv[2]))
arguments = sys.argv[3:]
def happen(subject="x"):
    with store.write() as session:
        return record_event(session, store.now(), "test.happened", actor="a1", subject=subject)
def count():
    with store.read() as session:
        return last_number(session)
"""
DIE = "\nos.kill(os.getpid(), signal.SIGKILL)\n"


def state_directory(common_dir: Path) -> Path:
    return common_dir / STATE_DIRECTORY


def start_program(directory: Path, program: str, *arguments: object, deadline_s: float = 30) -> subprocess.Popen[str]:
    """A process that runs `program`, with `store`, `happen()` and `count()` at hand, its three streams piped."""
    return subprocess.Popen(
        [sys.executable, "-c", _HEAD + program, str(directory), str(deadline_s), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_program(directory: Path, program: str, *arguments: object, deadline_s: float = 30) -> str:
    """What the program prints; it has to end well."""
    process = start_program(directory, program, *arguments, deadline_s=deadline_s)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, ""), err
    return out


def make_state(directory: Path, *, events: int = 3) -> Path:
    """A database at rest, with so many events; its path."""
    run_program(directory, "for _ in range(int(arguments[0])): happen()", events)
    assert "state.db-wal" not in os.listdir(directory)
    return directory / "state.db"


def leave_log(directory: Path, *, events: int = 3) -> Path:
    """The same by a writer that was killed: what it committed is in the log alone. The log's path."""
    process = start_program(directory, "for _ in range(int(arguments[0])): happen()" + DIE, events)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    log = directory / "state.db-wal"
    assert log.stat().st_size > 0
    return log


def contents(directory: Path) -> dict[str, bytes]:
    """Every file that says something: the index of the log is worked out anew, the locks' files name who had them, and
    an empty log is none. For files that no connection of this process has open: closing them would free its locks."""
    found = {name: (directory / name).read_bytes() for name in sorted(os.listdir(directory))}
    return {
        name: content
        for name, content in found.items()
        if name not in {"state.db-shm", "gate", "turnstile"} and not (name == "state.db-wal" and not content)
    }


def put_contents(directory: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (directory / name).write_bytes(content)
