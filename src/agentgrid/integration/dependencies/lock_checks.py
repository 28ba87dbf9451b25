"""Where lock files and manifests, or two lock files, disagree. Pure."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agentgrid.integration.dependencies.comparing import Ranges
from agentgrid.integration.dependencies.locks.lock import Lock
from agentgrid.integration.dependencies.sides import BASE, Contents, Side, Use
from agentgrid.integration.dependencies.versions.ranges import read_version
from agentgrid.integration.dependencies.wanted import Ecosystem, Manifest, Wanted

# Lists whose packages are installed for a moment, or by whoever uses the package: no lock file has them.
_NEVER_LOCKED = ("build-system.requires", "peerDependencies", "tool.hatch.", "exclude")


@dataclass(frozen=True)
class Locked:
    """`versions` of a package that the lock file `path` installs, in the tree of `by`."""

    path: bytes
    by: str
    versions: tuple[str, ...]


@dataclass(frozen=True)
class Disagreement:
    """`kind`: the lock file hasn't the package (`absent`), or at a version that its manifest doesn't admit
    (`unsatisfied`), or several lock files have it at different ones (`different`; no `use` then)."""

    kind: Literal["absent", "unsatisfied", "different"]
    ecosystem: Ecosystem
    package: str
    locked: tuple[Locked, ...]
    use: Use | None = None


@dataclass(frozen=True)
class _Bond:
    """One package of a manifest, and the lock file that is to install it."""

    use: Use
    lock_path: bytes
    lock: Lock
    versions: tuple[str, ...]


def check_locks(base: Contents, sides: Sequence[Side], ranges: Ranges) -> list[Disagreement]:
    """What disagrees in the base, and what a side's changes of manifests or lock files make of it."""
    bonds = list(_lay_over(base, sides))
    found = [each for bond in bonds if (each := _judge(bond, ranges)) is not None]
    return [*dict.fromkeys(found), *_compare_locks(bonds)]


def _lay_over(base: Contents, sides: Sequence[Side]) -> Iterator[_Bond]:
    changed = {path for side in sides for path in side.changed}
    for bond in _bonds(base, BASE):
        if bond.use.path not in changed and bond.lock_path not in changed:
            yield bond
    for side in sides:
        own = side.changed
        for bond in _bonds(side.now, side.name) if own else ():
            if bond.use.path in own or bond.lock_path in own:
                yield bond


def _bonds(contents: Contents, by: str) -> Iterator[_Bond]:
    locks = sorted(contents.locks.items())
    for path, manifest in contents.manifests.items():
        for lock_path, lock in locks_of(path, manifest, locks) if not manifest.compiled_by else ():
            directory = _below(path, lock_path)
            for wanted in manifest.wanted:
                if wanted.ecosystem == lock.ecosystem and not wanted.table.startswith(_NEVER_LOCKED):
                    yield _Bond(Use(path, by, wanted), lock_path, lock, lock.locked(directory, wanted.package))


def locks_of(path: bytes, manifest: Manifest, locks: Sequence[tuple[bytes, Lock]]) -> Iterator[tuple[bytes, Lock]]:
    """The lock files that install what the manifest asks for: beside it, or those of a workspace that it is in."""
    name = os.fsdecode(path.rpartition(b"/")[2])
    for lock_path, lock in locks:
        top = lock_path.rpartition(b"/")[0]
        is_below = not top or path.startswith(top + b"/")
        if is_below and lock_path != path and lock.covers(_below(path, lock_path), manifest.owner, name):
            yield lock_path, lock


def _below(path: bytes, lock_path: bytes) -> str:
    top = lock_path.rpartition(b"/")[0]
    directory = path.rpartition(b"/")[0]
    return os.fsdecode(directory[len(top) :].lstrip(b"/"))


def _judge(bond: _Bond, ranges: Ranges) -> Disagreement | None:
    wanted = bond.use.wanted
    if wanted.source or (wanted.ecosystem == "go" and not wanted.constraint):
        return None
    locked = (Locked(bond.lock_path, bond.use.by, bond.versions),)
    if not bond.versions:
        return Disagreement("absent", wanted.ecosystem, wanted.package, locked, bond.use)
    if wanted.ecosystem == "go":
        is_there = wanted.constraint in bond.versions
    else:
        allowed = ranges.of(bond.use)
        known = [each for each in (_version(wanted, text) for text in bond.versions) if each is not None]
        is_there = allowed is None or not known or any(allowed.allows(each) for each in known)
    return None if is_there else Disagreement("unsatisfied", wanted.ecosystem, wanted.package, locked, bond.use)


def _version(wanted: Wanted, text: str) -> object:
    try:
        return read_version(wanted.form, text)
    except ValueError:
        return None  # an address or a path: it is what was asked for


def _compare_locks(bonds: Iterable[_Bond]) -> Iterator[Disagreement]:
    """Packages that manifests name and several lock files have, with no version in all of them. go.sum tells what was
    looked at, not what is built."""
    found: dict[tuple[Ecosystem, str], dict[tuple[bytes, str], set[str]]] = {}
    for bond in bonds:
        if bond.versions and bond.lock.ecosystem != "go":
            package = (bond.use.wanted.ecosystem, bond.use.wanted.package)
            places: dict[tuple[bytes, str], set[str]] = found.setdefault(package, {})
            places.setdefault((bond.lock_path, bond.use.by), set()).update(bond.versions)
    for (ecosystem, name), locks in sorted(found.items()):
        if len({path for path, _ in locks}) > 1 and not set.intersection(*locks.values()):
            yield Disagreement("different", ecosystem, name, _listed(locks))


def _listed(locks: Mapping[tuple[bytes, str], set[str]]) -> tuple[Locked, ...]:
    return tuple(Locked(path, by, tuple(sorted(each))) for (path, by), each in sorted(locks.items()))
