"""Numbers of database migrations: two sides that add the same one, each for its own change."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Literal

from agentgrid.boundaries.migrations.lineages import LineagePlace
from agentgrid.boundaries.migrations.names import parse_name
from agentgrid.integration.conflicts.beyond.facts import Change, Facts, join_facts
from agentgrid.integration.conflicts.model import LineRange

_FOLDERS = (b"migrations", b"migration", b"migrate")
_WHOLE = LineRange(1, 1)

Reader = Callable[[Literal["base", "side"], bytes], bytes | None]


def find_numbers(reader: Reader, changed: Sequence[bytes], lineages: Sequence[LineagePlace]) -> Facts:
    """The numbers that a side took. `lineages`: those that the policy names; folders that are called so count too."""
    parts = []
    for path in changed:
        number, lineage = number_of(path), _lineage_of(path, lineages)
        if number is None or lineage is None or reader("base", path) is not None:
            continue
        content = reader("side", path)
        if content is not None:
            parts.append(Facts({each.key: each for each in [_taken(path, lineage, number, content)]}))
    return join_facts(parts)


def number_of(path: bytes) -> str | None:
    """The number that a file's name starts with, without leading zeros; None for none, for a date (nobody counts it up,
    so that only a lineage as a whole tells whether one is there twice), and for the provisional number of a request."""
    name = parse_name(path.rpartition(b"/")[2])
    return None if name is None or name.is_stamp or name.is_provisional else name.key


def _lineage_of(path: bytes, lineages: Sequence[LineagePlace]) -> bytes | None:
    around = [each for each in lineages if path.startswith(each.prefix)]
    if around:
        lineage = max(around, key=lambda each: len(each.prefix))
        return lineage.prefix.rstrip(b"/") if lineage.is_migration(path) else None
    folder = path.rpartition(b"/")[0]
    return folder if folder.rpartition(b"/")[2] in _FOLDERS else None


def _taken(path: bytes, lineage: bytes, number: str, content: bytes) -> Change:
    key = ("migration-number", lineage.decode("utf-8", "surrogateescape"), number)
    state = sha256(path + b"\0" + content).hexdigest()
    return Change("migration-number", key, state, path, f"migration {number}", is_new=True, now=_WHOLE)
