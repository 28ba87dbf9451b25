"""Where each string of a TOML document stands. The document has been read by `tomllib` before: it is valid."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

Key = tuple[str | int, ...]
Spans = Mapping[Key, tuple[int, int, bool]]
"""Path of keys → (start, end, is_plain) of what stands between the quotes; plain text has no escapes in it."""

_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_OTHER = re.compile(r"[^,\]}\r\n#]*")
_STRINGS = (
    ('"""', re.compile(r'"""((?:[^\\]|\\.)*?)"""(?!")', re.DOTALL)),
    ("'''", re.compile(r"'''(.*?)'''(?!')", re.DOTALL)),
    ('"', re.compile(r'"((?:[^"\\]|\\.)*)"')),
    ("'", re.compile(r"'([^']*)'")),
)


def find_toml_spans(text: str, start: int = 0) -> Spans:
    """The spans of all strings in the document that begins at `start`."""
    scan = _Scan(text, start)
    scan.document()
    return scan.spans


@dataclass
class _Scan:
    text: str
    place: int
    spans: dict[Key, tuple[int, int, bool]] = field(default_factory=dict)
    counts: dict[Key, int] = field(default_factory=dict)

    def document(self) -> None:
        table: Key = ()
        self.skip(_GAP)
        while self.place < len(self.text):
            if self.text[self.place] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_GAP)

    def header(self) -> Key:
        is_array = self.text.startswith("[[", self.place)
        self.place += 2 if is_array else 1
        key = self.resolve(self.key("]"))
        self.place += 2 if is_array else 1
        if is_array:
            number = self.counts.get(key, -1) + 1
            self.counts[key] = number
            return (*key, number)
        return key

    def resolve(self, key: Key) -> Key:
        """A header's key with the number of the last element where an array of tables stands on the way."""
        found: Key = ()
        for position, part in enumerate(key):
            found = (*found, part)
            if found in self.counts and position < len(key) - 1:
                found = (*found, self.counts[found])
        return found

    def key(self, end: str) -> Key:
        parts: list[str] = []
        while True:
            self.skip(_BLANK)
            parts.append(self.key_part())
            self.skip(_BLANK)
            if self.text[self.place] == end:
                return tuple(parts)
            self.place += 1  # the dot

    def key_part(self) -> str:
        if self.text[self.place] in "\"'":
            start, end, is_plain = self.string()
            return self.text[start:end] if is_plain else _unescape(self.text[start:end])
        found = _BARE.match(self.text, self.place)
        if found is None:
            raise ValueError("a key was expected")
        self.place = found.end()
        return found[0]

    def pair(self, table: Key) -> None:
        key = self.key("=")
        self.place += 1
        self.skip(_BLANK)
        self.value((*table, *key))

    def value(self, path: Key) -> None:
        first = self.text[self.place]
        if first in "\"'":
            self.spans[path] = self.string()
        elif first == "[":
            self.array(path)
        elif first == "{":
            self.inline_table(path)
        else:
            self.skip(_OTHER)

    def array(self, path: Key) -> None:
        self.place += 1
        number = 0
        self.skip(_GAP)
        while self.text[self.place] != "]":
            self.value((*path, number))
            number += 1
            self.skip(_GAP)
            if self.text[self.place] == ",":
                self.place += 1
                self.skip(_GAP)
        self.place += 1

    def inline_table(self, path: Key) -> None:
        self.place += 1
        self.skip(_GAP)
        while self.text[self.place] != "}":
            self.pair(path)
            self.skip(_GAP)
            if self.text[self.place] == ",":
                self.place += 1
                self.skip(_GAP)
        self.place += 1

    def string(self) -> tuple[int, int, bool]:
        for quote, pattern in _STRINGS:
            if self.text.startswith(quote, self.place):
                found = pattern.match(self.text, self.place)
                if found is None:
                    break
                self.place = found.end()
                is_plain = len(quote) == 1 and not (quote == '"' and "\\" in found[1])
                return found.start(1), found.end(1), is_plain
        raise ValueError("a string was expected")

    def skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.place)
        assert found is not None  # each may match nothing
        self.place = found.end()


def _unescape(text: str) -> str:
    import tomllib

    return str(tomllib.loads(f'x = "{text}"')["x"])
