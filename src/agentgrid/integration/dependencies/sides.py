"""What the base and each agent ask for, as values: one side a tree, and all of them laid over one another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agentgrid.integration.dependencies.locks.lock import Lock
from agentgrid.integration.dependencies.wanted import Manifest, Unread, Wanted

BASE = "@base"
HERE = "@here"
"""The work tree of a person that looks: what isn't committed there counts as an agent's work does."""


@dataclass(frozen=True)
class Contents:
    """The manifests and lock files of one tree, and what could not be read, by path."""

    manifests: Mapping[bytes, Manifest] = field(default_factory=dict)
    locks: Mapping[bytes, Lock] = field(default_factory=dict)
    unread: Mapping[bytes, tuple[Unread, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Side:
    """One agent's `now`, against `fork`: what its work started from. `name`: the agent's id, or HERE."""

    name: str
    now: Contents
    fork: Contents

    @property
    def changed(self) -> frozenset[bytes]:
        """Manifests and lock files that the side changed, added or deleted."""
        paths: set[bytes] = set()
        for now, fork in ((self.now.manifests, self.fork.manifests), (self.now.locks, self.fork.locks)):
            paths |= {path for path in {*now, *fork} if now.get(path) != fork.get(path)}
        return frozenset(paths)


@dataclass(frozen=True, slots=True)
class Use:
    """A package as somebody asks for it. `by`: BASE, or the side that introduces it."""

    path: bytes
    by: str
    wanted: Wanted


@dataclass(frozen=True)
class Problem:
    """What could not be read, and in whose tree."""

    path: bytes
    by: str
    unread: Unread


_Key = tuple[str, str, str, str]


def lay_over(base: Contents, sides: Iterable[Side]) -> list[Use]:
    """What is asked for once all sides have landed: what a side changed counts instead of what the base has there;
    what several changed in one place counts once for each."""
    known = {path: _by_key(manifest) for path, manifest in base.manifests.items()}
    changes: dict[tuple[bytes, _Key], list[Use]] = {}
    for side in sides:
        for path in side.changed:
            now, fork = _by_key(side.now.manifests.get(path)), _by_key(side.fork.manifests.get(path))
            for key in {*now, *fork}:
                if _texts(now.get(key)) != _texts(fork.get(key)):
                    kept_texts = _texts(fork.get(key))
                    uses = [
                        Use(path, BASE if (each.constraint, each.source) in kept_texts else side.name, each)
                        for each in now.get(key, ())
                    ]
                    changes.setdefault((path, key), []).extend(uses)
    kept = [
        Use(path, BASE, each)
        for path, keys in known.items()
        for key, found in keys.items()
        if (path, key) not in changes
        for each in found
    ]
    uses = [*kept, *(use for found in changes.values() for use in dict.fromkeys(found))]
    return sorted(uses, key=lambda use: (use.path, use.wanted.line, use.by))


def find_problems(base: Contents, sides: Iterable[Side]) -> list[Problem]:
    """What can't be read in the base, and what a side can't be read any more for."""
    found = [Problem(path, BASE, each) for path, unread in base.unread.items() for each in unread]
    for side in sides:
        for path, unread in side.now.unread.items():
            earlier = {each.why for each in (*side.fork.unread.get(path, ()), *base.unread.get(path, ()))}
            found += [Problem(path, side.name, each) for each in unread if each.why not in earlier]
    return sorted(found, key=lambda each: (each.path, each.unread.line or 0, each.by))


def _by_key(manifest: Manifest | None) -> dict[_Key, list[Wanted]]:
    found: dict[_Key, list[Wanted]] = {}
    if manifest is not None and not manifest.compiled_by:
        for each in manifest.wanted:
            found.setdefault((each.ecosystem, each.package, each.table, each.marker), []).append(each)
    return found


def _texts(found: list[Wanted] | None) -> list[tuple[str, str]]:
    return sorted((each.constraint, each.source) for each in found or ())
