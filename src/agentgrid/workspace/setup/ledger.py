"""How far the set-up of a worktree has come: kept in its own git directory, so that it goes when the worktree goes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.machine.files import write_atomically
from agentgrid.workspace.setup.commands import SetupCommand

LEDGER_FILE = "agentgrid-setup"


@dataclass(frozen=True)
class Ledger:
    """`done`: fingerprints of the commands that succeeded, in order. `is_finished`: all that was wanted then."""

    done: tuple[str, ...] = ()
    is_finished: bool = False


def read_ledger(admin_dir: Path) -> Ledger:
    """The ledger of the worktree whose git directory this is; an empty one where none can be read."""
    try:
        record = json.loads((admin_dir / LEDGER_FILE).read_bytes())
        return Ledger(tuple(str(each) for each in record["done"]), record["finished"] is True)
    except (OSError, ValueError, LookupError, TypeError):
        return Ledger()


def write_ledger(admin_dir: Path, ledger: Ledger) -> None:
    record = {"done": ledger.done, "finished": ledger.is_finished}
    write_atomically(admin_dir / LEDGER_FILE, json.dumps(record).encode())


def count_done(ledger: Ledger, commands: Sequence[SetupCommand]) -> int:
    """How many of `commands`, from the first, succeeded with the same text.

    Later ones rest on earlier ones: after the first that is new or has another text, all run.
    """
    count = 0
    for command, fingerprint in zip(commands, ledger.done, strict=False):
        if command.fingerprint != fingerprint:
            break
        count += 1
    return count
