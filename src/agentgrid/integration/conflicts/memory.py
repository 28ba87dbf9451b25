"""What was found out about pairs of commits and of files, kept in a file that may be lost or broken at any time.

Answers of git's for two commits hold as long as git and its settings for merging are the same: the file says which.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.git.hunks import BlobPair, LineChange
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.trial_merges import Sides
from agentgrid.integration.conflicts.git_verdict import GitVerdict
from agentgrid.machine.files import write_atomically

MOST_VERDICTS = 30_000
MOST_FILES = 20_000
MOST_BYTES = 16 << 20
_VERSION = 1


class Memory:
    """Verdicts by the two commits, changed lines by the two blobs; what was learnt first is forgotten first."""

    def __init__(self, verdicts: dict[Sides, GitVerdict], lines: dict[BlobPair, tuple[LineChange, ...] | None]) -> None:
        self._verdicts = verdicts
        self._lines = lines
        self.has_grown = False

    def verdict(self, sides: Sides) -> GitVerdict | None:
        return self._verdicts.get(sides)

    def keep_verdict(self, sides: Sides, verdict: GitVerdict) -> None:
        """What git could not tell isn't kept: it may be able to next time."""
        if verdict.problem is None:
            self._verdicts[sides] = verdict
            self.has_grown = True

    def knows_lines(self, pair: BlobPair) -> bool:
        return pair in self._lines

    def lines(self, pair: BlobPair) -> tuple[LineChange, ...] | None:
        return self._lines.get(pair)

    def keep_lines(self, found: Mapping[BlobPair, tuple[LineChange, ...] | None]) -> None:
        self._lines.update(found)
        self.has_grown = self.has_grown or bool(found)

    def as_document(self, settings: str) -> bytes:
        """As it is written; the newest where there is more than may be kept."""
        verdicts = dict(list(self._verdicts.items())[-MOST_VERDICTS:])
        lines = dict(list(self._lines.items())[-MOST_FILES:])
        content = _encode(settings, verdicts, lines)
        while len(content) > MOST_BYTES and (verdicts or lines):
            verdicts = dict(list(verdicts.items())[len(verdicts) // 2 + 1 :])
            lines = dict(list(lines.items())[len(lines) // 2 + 1 :])
            content = _encode(settings, verdicts, lines)
        return content


@contextmanager
def open_memory(repository: Repository, settings: str) -> Iterator[Memory]:
    """The memory of a repository for `settings`. Of two commands at once the later one's is kept: the other's is worked
    out again."""
    path = grid_directory(repository) / "cache" / "conflicts.json"
    memory = _decode(path, settings)
    yield memory
    if memory.has_grown:
        write_atomically(path, memory.as_document(settings))


def merge_settings(git: Git) -> str:
    """A digest of all that decides how git merges two given commits: its version, its settings, attributes."""
    seen = git.run("--version").stdout
    seen += git.run("config", "--null", "--get-regexp", r"^(merge|diff|rename|core\.(attributesfile|ignorecase))\.?",
                    accept=(0, 1)).stdout  # fmt: skip
    for place in (".gitattributes", ".git/info/attributes", "info/attributes"):
        try:
            seen += b"\0" + Path(os.path.join(git.directory, place)).read_bytes()
        except OSError:
            seen += b"\0none"
    return sha256(seen).hexdigest()


def _encode(
    settings: str, verdicts: Mapping[Sides, GitVerdict], lines: Mapping[BlobPair, tuple[LineChange, ...] | None]
) -> bytes:
    document = {
        "version": _VERSION,
        "settings": settings,
        "verdicts": {
            " ".join(sides): [[path.decode("latin-1"), kind] for path, kind in verdict.conflicts]
            for sides, verdict in verdicts.items()
        },
        "lines": {
            b" ".join(pair).decode(): None
            if changes is None
            else [[each.old_start, each.old_count, each.new_start, each.new_count] for each in changes]
            for pair, changes in lines.items()
        },
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _decode(path: Path, settings: str) -> Memory:
    """What the file says; empty where it says something else than it should."""
    try:
        found = json.loads(path.read_bytes())
        if found["version"] != _VERSION or found["settings"] != settings:
            return Memory({}, {})
        verdicts = {_pair(key): _verdict(value) for key, value in found["verdicts"].items()}
        lines = {_blobs(key): _lines(value) for key, value in found["lines"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Memory({}, {})
    return Memory(verdicts, lines)


def _pair(key: str) -> Sides:
    one, other = key.split(" ")
    return one, other


def _blobs(key: str) -> BlobPair:
    one, other = key.encode().split(b" ")
    return one, other


def _verdict(value: list[list[str]]) -> GitVerdict:
    return GitVerdict(tuple((path.encode("latin-1"), str(kind)) for path, kind in value))


def _lines(value: list[list[int]] | None) -> tuple[LineChange, ...] | None:
    return None if value is None else tuple(LineChange(*(int(number) for number in each)) for each in value)
