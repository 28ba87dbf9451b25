"""A lineage of SQL files, read from their names alone: an old file in another encoding is no obstacle. Pure.

Flyway reads its directory with all below it; the others read the directory itself, and what lies deeper is not theirs.
Flyway's repeatable files (`R__views.sql`) and callbacks have no number and no place in the chain.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from agentgrid.boundaries.migrations.names import MigrationName, parse_name
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.styles.chain import Chain, Entry
from agentgrid.integration.migrations.styles.ordering import find_gaps
from agentgrid.integration.migrations.styles.placing import split_directory


@dataclass
class _Version:
    """The files of one version, as far as they were seen."""

    name: MigrationName
    ups: list[bytes] = field(default_factory=list)
    downs: list[bytes] = field(default_factory=list)


def migration_name(name: bytes) -> MigrationName | None:
    """The parts of the name of a SQL migration; None when the file is none."""
    directory, own = split_directory(name)
    parts = parse_name(own)
    if parts is None or not parts.ending.lower().endswith(b"sql"):
        return None
    is_flyway = parts.prefix in {b"V", b"U"} and parts.separator == b"__"
    return parts if is_flyway or not directory else None


def read_lineage(names: Iterable[bytes]) -> Chain:
    """The chain that files of these names make, in the order of their versions."""
    versions: dict[tuple[bool, tuple[int, ...]], _Version] = {}
    for name in sorted(names):
        parts = migration_name(name)
        if parts is not None:
            seen = versions.setdefault((parts.is_provisional, parts.version), _Version(parts))
            (seen.downs if parts.is_down else seen.ups).append(name)
    entries: list[Entry] = []
    doubles: list[tuple[bytes, bytes]] = []
    broken: list[str] = []
    for (is_provisional, _), version in sorted(versions.items(), key=lambda each: each[0]):
        entries += _entries(version)
        if not is_provisional:
            doubles += [(version.ups[0], other) for other in version.ups[1:]]
        if not version.ups:
            broken.append(f"{show_path(version.downs[0])} takes back a migration that isn't there")
    given = [each for each in entries if not each.is_provisional]
    return Chain(
        tuple(entries),
        tuple(each.key for each in given[-1:]),
        tuple(doubles),
        find_gaps(each.number for each in given),
        tuple(broken),
    )


def _entries(version: _Version) -> list[Entry]:
    """One migration for each way up; the ways down go with the one that has their title, else with the first."""
    parts = version.name
    number = None if parts.is_stamp or parts.is_provisional else parts.number
    with_title = {_title(name): name for name in reversed(version.ups)}
    downs: dict[bytes, list[bytes]] = {}
    for name in version.downs:
        owner = with_title.get(_title(name), version.ups[0] if version.ups else name)
        downs.setdefault(owner, []).append(name)
    return [
        Entry(parts.key, number, (up, *downs.get(up, ())), is_provisional=parts.is_provisional) for up in version.ups
    ]


def _title(name: bytes) -> bytes:
    directory, own = split_directory(name)
    parts = parse_name(own)
    return directory + (parts.slug if parts else own)
