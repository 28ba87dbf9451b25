"""Running a command line that nobody watches: its output in a log, its time limited, its whole process group ended."""

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_POLITE_S = 5.0


@dataclass(frozen=True)
class Ended:
    """`code`: as a shell says it; None when the time was up. `said`: the last line of output that isn't empty."""

    code: int | None
    said: str


def run_logged(command: str, directory: Path, *, env: Mapping[str, str], log: Path, timeout_s: float) -> Ended:
    """Runs `command` with sh in `directory`, its output appended to `log`. Ended, children too, at `timeout_s`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        stream.write(f"$ {command}\n".encode("utf-8", "surrogateescape"))
        stream.flush()
        start = stream.tell()
        process = subprocess.Popen(command, shell=True, cwd=directory, env=dict(env), stdin=subprocess.DEVNULL,  # noqa: S602 - it was agreed to
                                   stdout=stream, stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
        try:
            code: int | None = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            if process.poll() is None:
                _end(process)
    with log.open("rb") as written:
        written.seek(start)
        lines = [line.strip() for line in os.fsdecode(written.read()).splitlines() if line.strip()]
    return Ended(code if code is None or code >= 0 else 128 - code, lines[-1] if lines else "")


def _end(process: subprocess.Popen[bytes]) -> None:
    """The session that it started is its own: no other process is in that group."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(_POLITE_S)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        else:
            break
    process.wait()
