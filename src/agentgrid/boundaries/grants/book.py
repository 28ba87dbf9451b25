"""The grants of one grid: what the state knows, and what signed objects prove where there is no state.

On the machine where a grant was given its row counts. Everywhere else, CI too, only an object that is signed by a key
which the policy names for who gives it (`signers` in agentgrid.yaml): not what an environment, a branch's files or a
ref says.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agentgrid.boundaries.grants.ending import has_landed, is_from_here
from agentgrid.boundaries.grants.grant import Grant
from agentgrid.boundaries.grants.objects import NAMESPACE, StoredGrant, list_stored
from agentgrid.boundaries.grants.openings import Openings
from agentgrid.boundaries.grants.queries import GrantRow, read_rows
from agentgrid.boundaries.voices import is_said_by
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store

OPEN, EXPIRED, OVER, OTHER_BRANCH, REVOKED = "open", "expired", "landed", "other branch", "revoked"
FOREIGN, UNSIGNED, BROKEN = "of another history", "unsigned", "broken"


@dataclass(frozen=True, slots=True)
class Known:
    """One grant as it stands here. `is_signed`: by a key that the policy names for who gave it. `state`: one of the
    words above. `words`: what is wrong with an object that isn't a grant."""

    ref: str
    grant: Grant | None
    state: str
    is_signed: bool
    words: str = ""

    @property
    def is_of_interest(self) -> bool:
        """Whether it counts, or would with a little help."""
        return self.state not in {EXPIRED, OVER, REVOKED}


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an agent's work stands. `heads`: the commits that it is on top of. `branches`: names of its branch; without
    any, only grants for a time count."""

    heads: Sequence[str]
    branches: Sequence[str]


class GrantBook:
    """`store`: None where nothing of this machine counts (CI, a server)."""

    def __init__(
        self,
        repository: Repository,
        store: Store | None,
        compiled: Mapping[str, Any],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._repository = repository
        self._store = store
        self._compiled = compiled
        self._now = now

    def openings(self, agent: str, *, base: str, stand: Callable[[], Stand]) -> Openings:
        """What is open to `agent`. `stand`: tells where its work stands; asked only when something would be refused."""

        def gather() -> list[Grant]:
            where = stand()
            names = frozenset(where.branches)
            rows = self._rows(agent)
            own = [
                row.grant for row in rows.values() if self._state(row.grant, base, where.heads, names, row=row) == OPEN
            ]
            # To check a signature takes two processes: what says itself that it doesn't count is left out first.
            others = [each for each in self._others(agent, rows) if each.grant and self._may_count(each.grant, names)]
            judged = [self._judge(each, base, where.heads, names) for each in others]
            return [*own, *(each.grant for each in judged if each.grant is not None and each.state == OPEN)]

        return Openings(agent, self._compiled["approvers"], gather)

    def list_known(
        self,
        agent: str | None = None,
        *,
        base: str,
        heads: Sequence[str] = (),
        branches: frozenset[str] | None = None,
    ) -> list[Known]:
        """Every grant (to `agent`) that is known here and how it stands. `heads`: what the agent's work stands on.
        `branches`: names of the branch that is asked about; None asks about none."""
        rows = self._rows(agent)
        found = [
            Known("", row.grant, self._state(row.grant, base, heads, branches, row=row), row.is_signed)
            for row in rows.values()
        ]
        return [*found, *(self._judge(each, base, heads, branches) for each in self._others(agent, rows))]

    def find(self, named: str, *, base: str) -> list[Known]:
        """Those whose id begins with `named`."""
        return [each for each in self.list_known(base=base) if each.grant and each.grant.id.startswith(named)]

    def _others(self, agent: str | None, rows: Container[str]) -> list[StoredGrant]:
        """Objects of grants that the state doesn't know."""
        stored = list_stored(self._repository.git, agent)
        return [each for each in stored if each.grant is None or each.grant.id not in rows]

    def _rows(self, agent: str | None) -> dict[str, GrantRow]:
        if self._store is None:
            return {}
        with self._store.read() as session:
            return {row.grant.id: row for row in read_rows(session, agent)}

    def _judge(self, stored: StoredGrant, base: str, heads: Sequence[str], branches: frozenset[str] | None) -> Known:
        grant = stored.grant
        if grant is None:
            return Known(stored.ref, None, BROKEN, is_signed=False, words=stored.fault)
        if not is_said_by(self._compiled, grant.by, stored.text, stored.signature, namespace=NAMESPACE):
            return Known(stored.ref, grant, UNSIGNED, is_signed=False)
        return Known(stored.ref, grant, self._state(grant, base, heads, branches), is_signed=True)

    def _state(
        self,
        grant: Grant,
        base: str,
        heads: Sequence[str],
        branches: frozenset[str] | None,
        *,
        row: GrantRow | None = None,
    ) -> str:
        if row is not None and row.revoked_at is not None:
            return REVOKED
        if self._is_expired(grant):
            return EXPIRED
        if branches is not None and not grant.is_for(branches):
            return OTHER_BRANCH
        if not is_from_here(self._repository, grant, base):
            return FOREIGN
        tips = heads or self._tips(grant)
        if grant.expires_at is None and has_landed(self._repository, grant, base=base, heads=tips):
            return OVER
        return OPEN

    def _is_expired(self, grant: Grant) -> bool:
        return grant.expires_at is not None and self._now() >= grant.expires_at

    def _may_count(self, grant: Grant, branches: frozenset[str]) -> bool:
        return not self._is_expired(grant) and grant.is_for(branches)

    def _tips(self, grant: Grant) -> list[str]:
        tip = self._repository.resolve(f"refs/heads/{grant.branch}")
        return [tip] if tip else []
