"""Logs of set-up commands: one file for each run of an agent's set-up, for its owner alone; the last ones are kept."""

import os
import re
import time
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.git.repository import Repository

_KEPT = 10
_TAIL_BYTES = 16384
_SEQUENCES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\-_])")


def open_log(repository: Repository, agent: str) -> tuple[Path, int]:
    """A new log, open for writing at its end; the oldest ones of the agent go."""
    directory = grid_directory(repository) / "logs" / "setup"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    older = sorted(directory.glob(f"{agent}@*.log"))
    for old in older[: max(0, len(older) - _KEPT + 1)]:
        old.unlink(missing_ok=True)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    number = 0
    while True:
        path = directory / f"{agent}@{stamp}-{number:03}.log"
        try:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            number += 1


def read_last_lines(log: Path, most: int = 8) -> tuple[str, ...]:
    """The last lines with something in them, without what would move a cursor or colour the text."""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        text = stream.read().decode("utf-8", "replace")
    lines = [_SEQUENCES.sub("", line) for line in text.replace("\r", "\n").split("\n")]
    plain = ["".join(char for char in line if char == "\t" or char.isprintable()) for line in lines]
    return tuple([line for line in plain if line.strip()][-most:])
