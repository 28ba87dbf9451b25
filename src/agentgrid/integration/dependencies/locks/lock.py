"""What a lock file says, whoever wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agentgrid.integration.dependencies.wanted import Ecosystem

Versions = Mapping[str, tuple[str, ...]]
"""Package → the versions of it that are installed."""


@dataclass(frozen=True)
class Lock:
    """`tool`: who wrote it. `versions`: of all packages. `places`: directory below the lock's own (empty: that one) →
    what counts there, where it is told apart. `members`: those directories whose manifests it locks, the lock's own
    aside. `owners`: packages whose manifests it locks. `sources`: names of the manifests that it locks, beside it."""

    ecosystem: Ecosystem
    tool: str
    versions: Versions
    places: Mapping[str, Versions] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()

    def covers(self, directory: str, owner: str, name: str) -> bool:
        """Whether it locks the manifest `name` of the package `owner` in `directory` (below the lock's own)."""
        if directory:
            return name in self.sources and (directory in self.members or (bool(owner) and owner in self.owners))
        return name in self.sources

    def locked(self, directory: str, package: str) -> tuple[str, ...]:
        """The versions of a package that count for the manifests in `directory`; none when it isn't locked."""
        return self.places.get(directory, {}).get(package) or self.versions.get(package, ())
