"""Reading the manifests and lock files of trees: each content once, however many trees have it."""

import os
import posixpath
from collections.abc import Iterable, Sequence
from typing import Protocol

from agentgrid.git.content import read_blobs_by_id
from agentgrid.git.process import Git
from agentgrid.integration.dependencies.locks.lock import Lock
from agentgrid.integration.dependencies.locks.reading import is_lock, lock_of_compiled, read_lock
from agentgrid.integration.dependencies.manifests import STRUCTURED, is_installed, is_manifest, read_manifest
from agentgrid.integration.dependencies.sides import Contents
from agentgrid.integration.dependencies.wanted import Manifest, Unread

_PLAIN, _LINK = b"100", b"120000"


class Surveyor:
    """Reads trees with `git`, which has to see their objects."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._contents: dict[bytes, bytes] = {}
        self._manifests: dict[tuple[bytes, bytes], Manifest] = {}
        self._locks: dict[tuple[bytes, bytes], Lock | Unread] = {}

    def read(self, treeish: str | None) -> Contents:
        """What the tree has; nothing for None."""
        if treeish is None:
            return Contents()
        plain, links = self._list(treeish)
        return gather(_Tree(self, plain), links)

    def manifest(self, path: bytes, oid: bytes) -> Manifest:
        key = (kind_of(path), oid)
        if key not in self._manifests:
            self._manifests[key] = read_manifest(key[0], self._content(oid))
        return self._manifests[key]

    def lock(self, path: bytes, oid: bytes) -> Lock | Unread:
        key = (kind_of(path), oid)
        if key not in self._locks:
            self._locks[key] = read_lock(key[0], self._content(oid))
        return self._locks[key]

    def fetch(self, oids: Iterable[bytes]) -> None:
        """Reads contents ahead, in one process."""
        missing = [oid for oid in oids if oid not in self._contents]
        self._contents.update(read_blobs_by_id(self._git, missing))

    def _content(self, oid: bytes) -> bytes:
        self.fetch([oid])
        return self._contents[oid]

    def _list(self, treeish: str) -> tuple[dict[bytes, bytes], frozenset[bytes]]:
        """(path → object id of each file, paths of links)."""
        plain: dict[bytes, bytes] = {}
        links: set[bytes] = set()
        for field in self._git.run("ls-tree", "-r", "-z", "--full-tree", treeish).fields:
            facts, _, path = field.partition(b"\t")
            mode, _, oid = facts.split()
            if mode.startswith(_PLAIN):
                plain[path] = oid
            elif mode == _LINK:
                links.add(path)
        return plain, frozenset(links)


class Files(Protocol):
    """Files of one tree, wherever it is."""

    def paths(self) -> Iterable[bytes]: ...

    def has(self, path: bytes) -> bool: ...

    def fetch(self, paths: Sequence[bytes]) -> None: ...

    def manifest(self, path: bytes) -> Manifest: ...

    def lock(self, path: bytes) -> Lock | Unread: ...


class _Tree:
    """Those of a commit."""

    def __init__(self, surveyor: Surveyor, files: dict[bytes, bytes]) -> None:
        self._surveyor = surveyor
        self._files = files

    def paths(self) -> Iterable[bytes]:
        return self._files

    def has(self, path: bytes) -> bool:
        return path in self._files

    def fetch(self, paths: Sequence[bytes]) -> None:
        self._surveyor.fetch(self._files[path] for path in paths)

    def manifest(self, path: bytes) -> Manifest:
        return self._surveyor.manifest(path, self._files[path])

    def lock(self, path: bytes) -> Lock | Unread:
        return self._surveyor.lock(path, self._files[path])


def gather(tree: Files, links: frozenset[bytes] = frozenset()) -> Contents:
    """The manifests that are named so, and those that requirements files include, however they are named."""
    named = [path for path in tree.paths() if (is_manifest(path) or is_lock(path)) and not is_installed(path)]
    tree.fetch(named)
    manifests: dict[bytes, Manifest] = {}
    unread: dict[bytes, tuple[Unread, ...]] = {}
    open_ = [path for path in named if is_manifest(path)]
    while open_:
        path = open_.pop()
        if path in manifests:
            continue
        found = tree.manifest(path)
        manifests[path] = found
        missing = [Unread(each.line, f"{each.target} is not here") for each in found.includes
                   if not _is_address(each.target) and not tree.has(_beside(path, each.target))
                   and _beside(path, each.target) not in links]  # fmt: skip
        far = [Unread(each.line, f"{each.target} is not read: it is elsewhere") for each in found.includes
               if _is_address(each.target)]  # fmt: skip
        open_ += [place for each in found.includes if tree.has(place := _beside(path, each.target))]
        if found.unread or missing or far:
            unread[path] = (*found.unread, *missing, *far)
    locks: dict[bytes, Lock] = {}
    for path in named:
        if is_lock(path):
            lock = tree.lock(path)
            if isinstance(lock, Unread):
                unread[path] = (lock,)
            else:
                locks[path] = lock
    for path, each in manifests.items():
        if each.compiled_by:
            locks[path] = lock_of_compiled(os.fsdecode(path.rpartition(b"/")[2]), each)
    return Contents(manifests, locks, unread)


def kind_of(path: bytes) -> bytes:
    """The name that decides how a file is read: one for all requirements files."""
    name = path.rpartition(b"/")[2]
    return name if name in STRUCTURED or is_lock(path) else b"requirements.txt"


def _beside(path: bytes, target: str) -> bytes:
    """The path that an include leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), os.fsencode(target)))


def _is_address(target: str) -> bool:
    return "://" in target
