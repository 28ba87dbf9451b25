"""One work tree in which manifests are read from disk, and rewritten where nothing uncommitted is in the way."""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from agentgrid.errors import OutsideError, WouldLoseWork
from agentgrid.git.paths import show_path
from agentgrid.git.process import Git
from agentgrid.git.status import read_status
from agentgrid.integration.dependencies.locks.lock import Lock
from agentgrid.integration.dependencies.locks.reading import read_lock
from agentgrid.integration.dependencies.manifests import read_manifest
from agentgrid.integration.dependencies.sides import Contents
from agentgrid.integration.dependencies.standardizing.planning import FilePlan
from agentgrid.integration.dependencies.surveying import gather, kind_of
from agentgrid.integration.dependencies.texts import replace_spans
from agentgrid.integration.dependencies.wanted import Manifest, Unread
from agentgrid.machine.files import write_atomically


@dataclass(frozen=True)
class Rewrite:
    """One file's bytes before and after."""

    path: bytes
    before: bytes
    after: bytes


class DeskFiles:
    """The work tree at `top`: what git tracks there and what it might, as it lies on disk."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._git = Git(top)

    @cached_property
    def contents(self) -> Contents:
        """Its manifests and lock files."""
        return gather(self)

    @cached_property
    def dirty(self) -> frozenset[bytes]:
        """Paths with uncommitted changes, or that git doesn't track."""
        return frozenset(read_status(self._git, untracked="all").paths)

    @cached_property
    def _files(self) -> frozenset[bytes]:
        listed = self._git.run("ls-files", "-z", "--cached", "--others", "--exclude-standard").fields
        return frozenset(path for path in listed if self._is_plain(path))

    def paths(self) -> Iterable[bytes]:
        return sorted(self._files)

    def has(self, path: bytes) -> bool:
        return path in self._files

    def fetch(self, paths: Sequence[bytes]) -> None:
        """Nothing to read ahead on disk."""

    def manifest(self, path: bytes) -> Manifest:
        return read_manifest(kind_of(path), self.read(path))

    def lock(self, path: bytes) -> Lock | Unread:
        return read_lock(kind_of(path), self.read(path))

    def read(self, path: bytes) -> bytes:
        """Raises OutsideError for a file that can't be read."""
        try:
            return self._place(path).read_bytes()
        except OSError as error:
            raise OutsideError(f"{show_path(path)} can't be read: {error.strerror}") from error

    def rewrites(self, plans: Iterable[FilePlan]) -> list[Rewrite]:
        """What the plans make of the files; they were made from these very contents."""
        found: list[Rewrite] = []
        for plan in plans:
            before = self.read(plan.path)
            after = replace_spans(before, [(edit.span, edit.after) for edit in plan.edits])
            found.append(Rewrite(plan.path, before, after))
        return found

    def write(self, rewrites: Sequence[Rewrite]) -> None:
        """Writes all, or puts back what was written. Raises WouldLoseWork where a file is not what it was read as,
        OutsideError where one can't be written."""
        done: dict[bytes, bytes] = {}
        try:
            for each in rewrites:
                self._require_same(each)
                self._replace(each.path, each.after)
                done[each.path] = each.before
        except OSError as error:
            self._put_back(done)
            raise OutsideError(f"a manifest in {self.top} can't be written: {error.strerror}") from error
        except BaseException:
            self._put_back(done)
            raise

    def _require_same(self, rewrite: Rewrite) -> None:
        if self.read(rewrite.path) != rewrite.before:
            raise WouldLoseWork(f"{show_path(rewrite.path)} is being changed by somebody else", hint="run it again")

    def _put_back(self, done: Mapping[bytes, bytes]) -> None:
        for path, content in done.items():
            self._replace(path, content)

    def _replace(self, path: bytes, content: bytes) -> None:
        place = self._place(path)
        write_atomically(place, content, mode=stat.S_IMODE(place.stat().st_mode))

    def _place(self, path: bytes) -> Path:
        return self.top / os.fsdecode(path)

    def _is_plain(self, path: bytes) -> bool:
        """A file, and no link leads to it: what is behind a link is another path's business."""
        try:
            return stat.S_ISREG(os.lstat(self._place(path)).st_mode)
        except OSError:
            return False
