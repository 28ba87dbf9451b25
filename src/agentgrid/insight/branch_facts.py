"""Facts of a branch against the base that never change for one pair of commits: counted once, then remembered."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from agentgrid.boundaries.checking import check_commit
from agentgrid.boundaries.migrations.registry import Registry
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.ways_in import WaysIn
from agentgrid.config.places import grid_directory
from agentgrid.errors import StoreError
from agentgrid.git.history import ahead_behind
from agentgrid.git.merged import is_merged
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_atomically
from agentgrid.store.opening import open_store

_MOST_REMEMBERED = 1000


@dataclass(frozen=True)
class BranchFacts:
    """`ahead`, `behind`: commits against the base. `findings`: rules its change set breaks, as this agent. `is_merged`:
    the base has all it did, by commits or by content."""

    ahead: int
    behind: int
    findings: int
    is_merged: bool


class FactsMemory:
    """Facts by (agent, base, head, policy, queue); kept in a file beside the state, which may be lost at any time.
    `registry`: what the migration queue knows."""

    def __init__(self, repository: Repository, territory: Territory, base: str, registry: Registry) -> None:
        self._repository = repository
        self._territory = territory
        self._base = base
        self._registry = registry
        self._queue = registry.stamp()
        self._lock = Lock()
        self._known: dict[str, dict[str, int]] = {}
        self._used: dict[str, dict[str, int]] = {}

    @classmethod
    @contextmanager
    def open(cls, repository: Repository, territory: Territory, base: str) -> "Iterator[FactsMemory]":
        memory = cls(repository, territory, base, _find_registry(repository, territory))
        path = grid_directory(repository) / "cache" / "branch-facts.json"
        memory._known = _read(path)
        yield memory
        if memory._used.keys() - memory._known.keys():
            merged = {**memory._known, **memory._used}
            kept = dict(list(merged.items())[-_MOST_REMEMBERED:])
            write_atomically(path, json.dumps(kept).encode())

    def facts(self, agent: str, head: str) -> BranchFacts:
        """The facts of the commit `head` as work of `agent`. Called from several threads."""
        key = " ".join((agent, self._base, head, self._territory.compiled["key"], self._queue))
        try:
            known = self._known[key]
            facts = BranchFacts(known["ahead"], known["behind"], known["findings"], bool(known["is_merged"]))
        except (KeyError, TypeError):
            facts = self._gather(agent, head)
        with self._lock:
            self._used[key] = asdict(facts)
        return facts

    def _gather(self, agent: str, head: str) -> BranchFacts:
        if head == self._base:
            return BranchFacts(0, 0, 0, is_merged=True)
        git = self._repository.git
        ahead, behind = ahead_behind(git, self._base, head)
        if ahead == 0:
            return BranchFacts(0, behind, 0, is_merged=True)
        report = check_commit(
            self._repository, self._territory, agent=agent, base=self._base, head=head, is_dated=False,
            ways_in=WaysIn(None, self._registry),
        )  # fmt: skip
        return BranchFacts(ahead, behind, len(report.findings), is_merged(git, self._base, head))


def _find_registry(repository: Repository, territory: Territory) -> Registry:
    """What the queue knows; without lineages, or where the state can't be read, only what commits say."""
    if territory.compiled["queued"]:
        registry = Registry(open_store(repository.common_dir))
        with suppress(StoreError):
            registry.stamp()
            return registry
    return Registry(None)


def _read(path: Path) -> dict[str, dict[str, int]]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
