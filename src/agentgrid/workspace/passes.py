"""A person's way through the guard in an agent's worktree: a pass is a row of the state and a live process.

The nonce in the environment only names the row. It counts for what that process runs, while it runs: a value that was
copied elsewhere, that is old or made up opens nothing.
"""

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from agentgrid.machine.ancestry import is_alive, is_ancestor, start_time
from agentgrid.machine.clock import rfc3339
from agentgrid.store.events import record_event
from agentgrid.store.session import Session, Store

PASS_VARIABLE = "AGENTGRID_AS_ME"  # noqa: S105 - the name of a variable
IGNORED = f"{PASS_VARIABLE} is set, but names no pass of a running `agentgrid as-me`: this counts as the agent's act"
_SUBCOMMAND = re.compile(r"[a-z][a-z0-9-]{0,30}")


@contextmanager
def hold_pass(store: Store, agent: str, person: str, command: Sequence[str]) -> Iterator[str]:
    """A pass for what this process runs in the block; its nonce. `person`: `@login`. Logged, without arguments that
    may hold a secret."""
    nonce, now = secrets.token_hex(16), store.now()
    with store.write() as session:
        _drop_dead(session)
        session.run(
            "INSERT INTO passes (nonce, pid, process_started, agent, at) VALUES (:nonce, :pid, :started, :agent, :at)",
            nonce=nonce,
            pid=os.getpid(),
            started=repr(start_time(os.getpid())),
            agent=agent,
            at=rfc3339(now.wall),
        )
        record_event(session, now, "as-me", actor=person, subject=agent, after=tell_command(command))
    try:
        yield nonce
    finally:
        with store.write() as session:
            session.run("DELETE FROM passes WHERE nonce = :nonce", nonce=nonce)


def is_pass_valid(store: Store, nonce: str) -> bool:
    """True when the pass is there, and the process that it was given to is alive and an ancestor of this one."""
    with store.read() as session:
        rows = session.run("SELECT pid, process_started FROM passes WHERE nonce = :nonce", nonce=nonce)
    return bool(rows) and is_ancestor(int(rows[0]["pid"]), float(rows[0]["process_started"]))


def passes_as_person(store: Store) -> bool:
    """True when this process was started through a valid pass."""
    nonce = os.environ.get(PASS_VARIABLE, "")
    return nonce != "" and is_pass_valid(store, nonce)


def tell_command(command: Sequence[str]) -> dict[str, str]:
    """The program, and the first argument when it is a plain word, as in `git commit`."""
    told = {"program": os.path.basename(command[0])}
    if len(command) > 1 and _SUBCOMMAND.fullmatch(command[1]):
        told["argument"] = command[1]
    return told


def _drop_dead(session: Session) -> None:
    """Takes out passes of processes that were killed: nothing can use them any more."""
    for row in session.run("SELECT nonce, pid, process_started FROM passes"):
        if not is_alive(int(row["pid"]), float(row["process_started"])):
            session.run("DELETE FROM passes WHERE nonce = :nonce", nonce=row["nonce"])
