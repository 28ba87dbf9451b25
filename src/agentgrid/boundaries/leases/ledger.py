"""Who holds, or last held, the lease on a path: one snapshot, for the verdict on a whole change set."""

from collections.abc import Iterable
from dataclasses import dataclass

from agentgrid.boundaries.leases.coverage import Coverage
from agentgrid.boundaries.leases.lease import Lease
from agentgrid.boundaries.leases.queries import read_all
from agentgrid.store.session import Store

MINE, OTHER, LAST_MINE, LAST_OTHER, FREE = "mine", "other", "last-mine", "last-other", "free"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agent stands to a path. `lease`: the one that decides, None when the path is free."""

    kind: str
    lease: Lease | None = None


class Ledger:
    """Live leases and those that ended in the last 30 days, as they were when it was read."""

    def __init__(self, leases: Iterable[Lease]) -> None:
        self._coverage = Coverage(leases)

    @classmethod
    def read(cls, store: Store) -> "Ledger":
        with store.read() as session:
            return cls(read_all(session))

    def standing(self, path: bytes, agent: str, *, is_directory: bool = False) -> Standing:
        """MINE or OTHER: a live lease of `agent`, or of somebody else, covers `path`. LAST_MINE, LAST_OTHER: none does,
        and the last one that did was the agent's, or not. Else FREE."""
        covering = self._coverage.covering(path, is_directory=is_directory)
        live = [lease for lease in covering if lease.ended_how is None]
        for lease in live:
            if lease.holder == agent:
                return Standing(MINE, lease)
        if live:
            return Standing(OTHER, live[-1])
        if not covering:
            return Standing(FREE)
        last = covering[-1]  # tokens are given in order: nobody else had it since
        return Standing(LAST_MINE if last.holder == agent else LAST_OTHER, last)
