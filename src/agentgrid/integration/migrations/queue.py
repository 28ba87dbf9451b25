"""The queue of one grid: asking for migrations, showing them, deciding about them."""

from agentgrid.boundaries.migrations.queries import read_requests
from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.config.policy import Policy
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store


class MigrationQueue:
    """The requests of all lineages that `policy` has."""

    def __init__(self, repository: Repository, store: Store, policy: Policy) -> None:
        self._repository = repository
        self._store = store
        self._policy = policy

    def list_all(self, lineage: str | None = None) -> list[MigrationRequest]:
        """Every request (of one lineage), oldest first."""
        with self._store.read() as session:
            return read_requests(session, lineage)
