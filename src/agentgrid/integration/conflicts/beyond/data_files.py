"""JSON, YAML and TOML: which keys a side changed, and to what. Values are compared, never told: some are secret."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

from agentgrid.git.paths import show_path
from agentgrid.integration.conflicts.beyond.dependencies import names_dependencies
from agentgrid.integration.conflicts.beyond.facts import BELOW, REMOVED, Change, Facts
from agentgrid.integration.conflicts.beyond.flattening import GROUP, Key, flatten, show_key
from agentgrid.integration.conflicts.beyond.reading import read_data
from agentgrid.integration.conflicts.model import LineRange

_KINDS = (b".json", b".yaml", b".yml", b".toml")
_NAMED = re.compile(rb"[ \t]*(?:- +)?(?:\[+ *)?[\"']?([^\s\"':=\]{}\[,]{1,200})[\"']?[ \t]*[:=\]]")
_MADE = (b"package-lock.json", b"npm-shrinkwrap.json", b"pnpm-lock.yaml", b"packages.lock.json")
"""Written by tools as a whole: their keys are nobody's change."""


@dataclass(frozen=True)
class Data:
    """A file's values by key. `content`: to find lines in."""

    values: Mapping[Key, str] = field(default_factory=dict)
    content: bytes = b""

    def line_of(self, key: Key) -> LineRange | None:
        """Where the key stands, when its last part stands once at the start of a line; else nobody can tell."""
        line = self._lines.get(key[-1].encode("utf-8", "surrogatepass")) if key else None
        return LineRange(line, 1) if line else None

    @cached_property
    def _lines(self) -> dict[bytes, int | None]:
        """Name → its line; None for one that stands in several."""
        found: dict[bytes, int | None] = {}
        for number, line in enumerate(self.content.split(b"\n"), 1):
            if name := _NAMED.match(line):
                found[name[1]] = None if name[1] in found else number
        return found


class DataFiles:
    """Files of keys and values."""

    name = "data"

    def handles(self, path: bytes) -> bool:
        return path.lower().endswith(_KINDS) and path.rpartition(b"/")[2] not in _MADE

    def parse(self, path: bytes, content: bytes) -> Data:
        name = path.rpartition(b"/")[2]
        values = flatten(read_data(path, content))
        return Data({key: value for key, value in values.items() if not names_dependencies(name, key)}, content)

    def compare(self, path: bytes, before: Any, after: Any) -> Facts:
        changes = _changes(path, before or Data(), after or Data())
        return Facts({change.key: change for change in changes})


def _changes(path: bytes, before: Data, after: Data) -> Iterator[Change]:
    place = path.decode("utf-8", "surrogateescape")
    old, new = before.values, after.values
    moved = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    groups = {key[:length] for key in moved for length in range(1, len(key))}
    kept = [key for key in groups if old.get(key) == new.get(key) == GROUP]
    for key in [*moved, *kept]:
        label = f"the key {show_path(show_key(key).encode('utf-8', 'backslashreplace'))}"
        state = _state(old.get(key), new.get(key))
        was = before.line_of(key) if key in old else None
        now = after.line_of(key) if key in new else None
        yield Change("key", ("key", place, *key), state, path, label, key not in old, was, now)


def _state(was: str | None, now: str | None) -> str:
    if now is None:
        return REMOVED
    if now == GROUP and was in (None, GROUP):
        return BELOW  # what is in it says it
    return sha256(now.encode("utf-8", "backslashreplace")).hexdigest()
