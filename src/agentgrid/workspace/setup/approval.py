"""Which commands of the repository a person let run on this machine: each by its exact text, once.

Kept in the grid's directory, a file a text. An agent approves nothing.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.git.repository import Repository
from agentgrid.machine.clock import rfc3339
from agentgrid.machine.files import write_atomically
from agentgrid.store.events import record_event
from agentgrid.store.session import Store
from agentgrid.workspace.acting import require_person
from agentgrid.workspace.setup.commands import SetupCommand


def find_unapproved(repository: Repository, commands: Iterable[SetupCommand]) -> list[SetupCommand]:
    """Those that nobody has approved here, each text once, in their order."""
    missing = {each.fingerprint: each for each in commands if not is_approved(repository, each)}
    return list(missing.values())


def is_approved(repository: Repository, command: SetupCommand) -> bool:
    """True when the very text was approved on this machine; a record that can't be read is none."""
    try:
        record = json.loads(_record_file(repository, command).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and record.get("text") == _as_text(command.exact)


def approve(repository: Repository, store: Store, commands: Sequence[SetupCommand], *, person: str) -> None:
    """Records the approval of `commands`. `person`: `@login`. Raises NotPermitted in an agent's worktree."""
    if not commands:
        return
    require_person(repository, "approve set-up commands")
    now = store.now()
    for command in commands:
        record = {
            "text": _as_text(command.exact),
            "source": command.source,
            "approved_at": rfc3339(now.wall),
            "approved_by": person,
        }
        write_atomically(_record_file(repository, command), json.dumps(record, indent=2).encode(), mode=0o600)
    with store.write() as session:
        for command in commands:
            after = {"sha256": command.fingerprint}
            record_event(session, now, "setup.approved", actor=person, subject=command.source, after=after)


def _as_text(exact: str) -> str:
    """With bytes that aren't UTF-8 spelt out, so that it can be written and compared."""
    return exact.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _record_file(repository: Repository, command: SetupCommand) -> Path:
    return grid_directory(repository) / "setup" / "approved" / f"{command.fingerprint}.json"
