"""One landing at a time: who is at it, and waiting for it to end."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.errors import OutsideError, Refused
from agentgrid.git.repository import Repository
from agentgrid.machine.clock import rfc3339
from agentgrid.machine.files import write_atomically
from agentgrid.machine.locks import hold_lock


@contextmanager
def hold_turn(repository: Repository, actor: str, wait_s: float, report: Callable[[str, str], None]) -> Iterator[None]:
    """The turn for the block. Says who has it when somebody else does, and waits `wait_s` at most. Raises Refused."""
    directory = grid_directory(repository) / "landing"
    lock = directory / "land.lock"
    is_first = True
    for patience in (0.0, wait_s):
        try:
            with hold_lock(lock, timeout_s=patience):
                write_atomically(directory / "holder.json", json.dumps(_me(actor)).encode())
                yield
                return
        except OutsideError as error:
            if str(lock) not in error.message:
                raise
            if is_first and wait_s > 0:
                report("land", f"waits for {_who(directory)}")
            is_first = False
    raise Refused(f"another landing is at work: {_who(directory)}", hint="wait for it, or land with --wait 30m")


def _me(actor: str) -> dict[str, object]:
    return {"actor": actor, "pid": os.getpid(), "since": rfc3339(datetime.now(UTC))}


def _who(directory: Path) -> str:
    try:
        found = json.loads((directory / "holder.json").read_bytes())
        return f"the one of {found['actor']} (process {found['pid']}, since {found['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another one"
