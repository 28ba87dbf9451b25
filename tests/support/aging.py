"""Time that passes for leases without anybody waiting: the only thing that is not real in these tests."""

import sqlite3
from contextlib import closing

from support.repositories import Sandbox

TTL_AND_GRACE_MIN = 45  # more than both defaults together


def let_time_pass(main: Sandbox, *, minutes: int = TTL_AND_GRACE_MIN) -> None:
    """Makes every live lease as old as if its holder had been stopped for so long."""
    with closing(sqlite3.connect(main.path / ".git/agentgrid/state/state.db")) as state, state:
        state.execute("UPDATE leases SET renewed_ms = renewed_ms - ? WHERE ended_at IS NULL", (minutes * 60_000,))
