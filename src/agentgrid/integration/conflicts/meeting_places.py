"""Which pairs can conflict at all: a sound sieve over the changed paths of both sides.

git conflicts only where both sides changed a path, where one side moved a directory away that the other adds to, or
where one has a file at the place of the other's directory.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from agentgrid.git.tree_changes import Changes


@dataclass(frozen=True)
class Footprint:
    """What one side changed since the common past. `folders_gone`: directories that it doesn't have any more."""

    changes: Changes
    folders_gone: frozenset[bytes] = frozenset()

    @cached_property
    def added(self) -> frozenset[bytes]:
        return frozenset(path for path, change in self.changes.items() if change.is_added)

    @cached_property
    def folders_added_to(self) -> frozenset[bytes]:
        """Every directory above an added path."""
        return frozenset(folder for path in self.added for folder in folders_above(path))


def common_paths(a: Footprint, b: Footprint) -> list[bytes]:
    """Paths that both changed, sorted."""
    return sorted(a.changes.keys() & b.changes.keys())


def meet_around(a: Footprint, b: Footprint) -> bool:
    """Whether the two can conflict without a path in common: a directory moved, or a file against a directory."""
    return _meet_one_way(a, b) or _meet_one_way(b, a)


def folders_above(path: bytes) -> Iterable[bytes]:
    """Its directories, without the top: that one never moves."""
    while b"/" in path:
        path = path.rpartition(b"/")[0]
        yield path


def folders_taken_from(changes: Changes) -> frozenset[bytes]:
    """Every directory above a deleted path: if it is gone, it may have been moved."""
    gone = (path for path, change in changes.items() if change.is_deleted)
    return frozenset(folder for path in gone for folder in folders_above(path))


def _meet_one_way(a: Footprint, b: Footprint) -> bool:
    return not a.folders_gone.isdisjoint(b.folders_added_to) or not a.added.isdisjoint(b.folders_added_to)
