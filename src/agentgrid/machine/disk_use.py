"""How much disk a directory takes, in steps: who looks at a large tree goes on with other things in between."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK = 512  # of st_blocks, whatever the file system's own


@dataclass(frozen=True, slots=True)
class DiskUse:
    """`is_whole`: False while there is more to look at, so that it is at least `used_bytes`."""

    used_bytes: int
    is_whole: bool


class DiskWalk:
    """One walk over what is below `top`: blocks on this file system, hard links once, nothing behind a link."""

    def __init__(self, top: str) -> None:
        self._used = 0
        self._is_whole = False
        self._linked: set[tuple[int, int]] = set()
        self._steps = self._walk(top)

    @property
    def found(self) -> DiskUse:
        return DiskUse(self._used, self._is_whole)

    def go_on(self, seconds: float) -> DiskUse:
        """Walks on for about this long."""
        until = time.monotonic() + seconds
        for _ in self._steps:
            if time.monotonic() >= until:
                return self.found
        self._is_whole = True
        return self.found

    def _walk(self, top: str) -> Iterator[None]:
        try:
            device = os.lstat(top).st_dev
        except OSError:
            return  # it has gone: nothing is used
        waiting = [top]
        while waiting:
            for entry in _entries(waiting.pop()):
                self._count(entry, device, waiting)
            yield

    def _count(self, entry: "os.DirEntry[str]", device: int, waiting: list[str]) -> None:
        try:
            facts = entry.stat(follow_symlinks=False)
            if facts.st_dev != device:
                return
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
        except OSError:
            return  # it went meanwhile
        if facts.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
            name = (facts.st_dev, facts.st_ino)
            if name in self._linked:
                return
            self._linked.add(name)
        self._used += facts.st_blocks * _BLOCK


def measure_disk(top: str, *, within_s: float) -> DiskUse:
    """What is below `top`, or as much of it as there was time for."""
    return DiskWalk(top).go_on(within_s)


def _entries(directory: str) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(directory) as found:
            return list(found)
    except OSError:  # gone, or not for us to look at
        return []
