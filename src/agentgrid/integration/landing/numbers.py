"""Migrations that would have one number in the base: found in names alone, before anything lands."""

import re
from collections.abc import Iterable, Mapping

_NUMBER = re.compile(rb"^[A-Za-z]?(\d+)(?=[_.-])")
_DIRECTIONS = (b".up", b".down")


def find_duplicates(
    directories: Mapping[str, str], present: Iterable[bytes], added: Iterable[bytes]
) -> list[tuple[str, bytes, bytes]]:
    """(lineage, path that is added, path with the same number) for each of `added` whose number is taken.

    `directories`: lineage → its directory. A pair of `up` and `down` is one migration.
    """
    new = set(added)
    there = [path for path in present if path not in new]
    found: list[tuple[str, bytes, bytes]] = []
    for lineage, directory in directories.items():
        prefix = directory.strip("/").encode() + b"/"
        taken = {number: path for path in there if (number := _number(prefix, path)) is not None}
        for path in sorted(new):
            number = _number(prefix, path)
            if number is None:
                continue
            other = taken.setdefault(number, path)
            if other != path and _subject(other) != _subject(path):
                found.append((lineage, path, other))
    return found


def _number(prefix: bytes, path: bytes) -> int | None:
    name = path.removeprefix(prefix)
    if not path.startswith(prefix) or b"/" in name:
        return None
    match = _NUMBER.match(name)
    return int(match[1]) if match else None


def _subject(path: bytes) -> bytes:
    stem = path.rpartition(b".")[0]
    for direction in _DIRECTIONS:
        stem = stem.removesuffix(direction)
    return stem
