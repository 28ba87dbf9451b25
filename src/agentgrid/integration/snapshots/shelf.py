"""Where snapshots are kept: an object directory of their own, and what each was made from.

All of it may be lost at any time: it is made again. Users hold the shelf together; whoever finds it too full, and
nobody at it, empties it.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_atomically

MOST_OBJECTS = 20_000
MOST_BYTES = 512 << 20
_MOST_RECORDS = 1000
_VERSION = 1


@dataclass(frozen=True)
class Record:
    """A snapshot and what it was made from. `index`: facts of the index file. `hidden`: paths that git doesn't look
    at. `stamp`: of `Dirt`. `taken_at`: ns since 1970, before the work tree was read."""

    index: str
    hidden: tuple[str, ...]
    stamp: str
    oid: str
    taken_at: int


@dataclass
class Shelf:
    """`objects`: the directory that git writes snapshots to. `records`: work tree → its last one."""

    objects: Path
    records: dict[str, Record] = field(default_factory=dict)
    has_grown: bool = False

    def has(self, oid: str) -> bool:
        """Whether the commit was written here and still is."""
        return (self.objects / oid[:2] / oid[2:]).exists()


@contextmanager
def open_shelf(repository: Repository, *, most_objects: int = MOST_OBJECTS) -> Iterator[Shelf]:
    """The shelf of a repository, in the grid's own directory; what was put there stays until the next time it is too
    full."""
    place = grid_directory(repository) / "snapshots"
    objects, book = place / "objects", place / "records.json"
    objects.mkdir(parents=True, exist_ok=True)
    handle = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _make_room(handle, place, most_objects)
        fcntl.flock(handle, fcntl.LOCK_SH)
        before = _read(book)
        shelf = Shelf(objects, dict(before))
        yield shelf
        if shelf.has_grown or shelf.records != before:
            _write(book, {**_read(book), **shelf.records}, _measure(objects))
    finally:
        os.close(handle)


def _make_room(handle: int, place: Path, most_objects: int) -> None:
    known = _load(place / "records.json")
    if _number(known, "objects") <= most_objects and _number(known, "bytes") <= MOST_BYTES:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return  # somebody is at it: another time
    (place / "records.json").unlink(missing_ok=True)
    shutil.rmtree(place / "objects", ignore_errors=True)
    (place / "objects").mkdir(exist_ok=True)


def _measure(objects: Path) -> tuple[int, int]:
    """(how many files, bytes)."""
    count = total = 0
    for folder, _, names in os.walk(objects):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue  # a temporary one that has its name now
            count += 1
    return count, total


def _read(book: Path) -> dict[str, Record]:
    """What is written there; what can't be read is as if it weren't there."""
    found: dict[str, Record] = {}
    records = _load(book).get("records")
    for name, facts in (records if isinstance(records, dict) else {}).items():
        try:
            record = Record(**{**facts, "hidden": tuple(facts["hidden"])})
        except (TypeError, KeyError):
            continue
        if isinstance(record.oid, str) and isinstance(record.taken_at, int):
            found[name] = record
    return found


def _write(book: Path, records: dict[str, Record], size: tuple[int, int]) -> None:
    kept = dict(list(records.items())[-_MOST_RECORDS:])
    document = {
        "version": _VERSION,
        "objects": size[0],
        "bytes": size[1],
        "records": {name: asdict(record) for name, record in kept.items()},
    }
    write_atomically(book, json.dumps(document).encode())


def _load(book: Path) -> dict[str, object]:
    try:
        found = json.loads(book.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("version") == _VERSION else {}


def _number(known: dict[str, object], name: str) -> int:
    found = known.get(name)
    return found if isinstance(found, int) else 0
