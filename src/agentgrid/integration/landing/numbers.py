"""Migrations that would have one number in the base: found in names alone, before anything lands."""

from collections.abc import Iterable, Mapping

from agentgrid.boundaries.migrations.names import parse_name
from agentgrid.boundaries.policy.compiled import lineage_prefix


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
        prefix = lineage_prefix(directory)
        taken = {number: path for path in there if (number := _number(prefix, path)) is not None}
        for path in sorted(new):
            number = _number(prefix, path)
            if number is None:
                continue
            other = taken.setdefault(number, path)
            if other != path and _subject(other) != _subject(path):
                found.append((lineage, path, other))
    return found


def _number(prefix: bytes, path: bytes) -> str | None:
    """The number as names are told apart by it; None for none, and for one that is provisional."""
    name = path.removeprefix(prefix)
    if not path.startswith(prefix) or b"/" in name:
        return None
    parts = parse_name(name)
    return parts.key if parts is not None and not parts.is_provisional else None


def _subject(path: bytes) -> bytes:
    """What the way there and the way back have in common."""
    parts = parse_name(path.rpartition(b"/")[2])
    return parts.slug if parts is not None else path
