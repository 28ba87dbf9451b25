"""A manifest's bytes as text, in which a span may be replaced while every other byte stays."""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Text:
    """`text` begins with the byte order mark where the file has one. `encoding` turns it into the same bytes."""

    text: str
    encoding: str

    def line_at(self, offset: int) -> int:
        """The line, counted from 1, that the character stands on."""
        return self.text.count("\n", 0, offset) + 1

    @property
    def body_start(self) -> int:
        """Where the content begins: after a byte order mark."""
        return 1 if self.text.startswith("\ufeff") else 0


def read_text(content: bytes) -> Text:
    """The content as text. UTF-16 with a byte order mark is what PowerShell writes, and pip reads. Bytes that aren't
    UTF-8 (a comment in an old encoding) survive as surrogates. Raises ValueError for UTF-16 that is none."""
    for mark, encoding in _MARKS:
        if content.startswith(mark) and encoding != "utf-8":
            return Text(content.decode(encoding), encoding)
    return Text(content.decode("utf-8", "surrogateescape"), "utf-8")


def replace_spans(content: bytes, edits: Iterable[tuple[tuple[int, int], str]]) -> bytes:
    """The content with each span of its text replaced; spans don't overlap. Every other byte is the same."""
    source = read_text(content)
    pieces: list[str] = []
    place = 0
    for (start, end), new in sorted(edits):
        pieces += [source.text[place:start], new]
        place = end
    return "".join([*pieces, source.text[place:]]).encode(source.encoding, "surrogateescape")
