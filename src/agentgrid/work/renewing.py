"""Keeps an agent's leases alive while a command of it runs: renewed at a third of their time to live."""

import time
from collections.abc import Callable

from agentgrid.boundaries.leases.queries import read_live
from agentgrid.boundaries.leases.renewal import renew_due
from agentgrid.errors import StoreError
from agentgrid.store.session import Store

_LEAST_S, _MOST_S = 0.5, 10.0
_PART = 12  # of the shortest time to live: what becomes due is seen well before the next third


class Renewal:
    """Renews what is due of `agent`, whenever it is looked at. `tell`: hears once that it doesn't work."""

    def __init__(self, store: Store, agent: str, tell: Callable[[str], None]) -> None:
        self._store = store
        self._agent = agent
        self._tell = tell
        self._next_s = 0.0
        self._has_told = False

    def look(self) -> float:
        """Does what is due; in how many seconds it is to be called again."""
        if time.monotonic() >= self._next_s:
            try:
                self._next_s = time.monotonic() + self._renew()
                self._has_told = False
            except StoreError as error:
                self._next_s = time.monotonic() + _MOST_S
                if not self._has_told:
                    self._tell(f"{self._agent}'s leases could not be renewed: {error.message}")
                    self._has_told = True
        return max(0.0, self._next_s - time.monotonic())

    def _renew(self) -> float:
        """In how many seconds the next look is worth it; leases may come while the command runs."""
        with self._store.read() as session:
            lives = [lease.ttl_ms for lease in read_live(session, self._agent)]
        if not lives:
            return _MOST_S
        renew_due(self._store, self._agent)
        return min(_MOST_S, max(_LEAST_S, min(lives) / 1000 / _PART))
