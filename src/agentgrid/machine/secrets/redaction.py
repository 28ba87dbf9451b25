"""Taking secrets out of text by their value, also out of a stream that comes in pieces.

Values shorter than 8 characters are left: they would be found in words that are none.
"""

import os
import re
from collections.abc import Iterable

from agentgrid.machine.secrets.value import HIDDEN, Secret

SHORTEST = 8
_MASK = HIDDEN.encode()


def searchable(secrets: Iterable[Secret]) -> list[bytes]:
    """The byte strings to look for, longest first: each value, and of one with several lines each long line, which may
    stand alone."""
    found: set[bytes] = set()
    for secret in secrets:
        value = os.fsencode(secret.reveal())
        found.update(each for each in (value, *value.splitlines()) if len(each) >= SHORTEST)
    return sorted(found, key=lambda each: (-len(each), each))


class Redactor:
    """Replaces every value of `secrets` by asterisks. One for each stream: it keeps what may be the beginning of a
    value until the next piece tells, and nothing longer."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._values = searchable(secrets)
        self._pattern = re.compile(b"|".join(map(re.escape, self._values))) if self._values else None
        self._longest = len(self._values[0]) if self._values else 0
        self._kept = b""

    def __repr__(self) -> str:
        return f"Redactor({len(self._values)} values)"

    def fresh(self) -> "Redactor":
        """Another one for the same values, at the beginning of its stream."""
        other = Redactor(())
        other._values, other._pattern, other._longest = self._values, self._pattern, self._longest
        return other

    def feed(self, piece: bytes) -> bytes:
        """What can be written by now."""
        if self._pattern is None:
            return piece
        text, done, place = self._kept + piece, [], 0
        while True:
            match = self._pattern.search(text, place)
            pending = self._pending(text, place)
            if match is None or pending <= match.start():
                done.append(text[place:pending])
                self._kept = text[pending:]
                return b"".join(done)
            done += (text[place : match.start()], _MASK)
            place = match.end()

    def finish(self) -> bytes:
        """The rest, at the end of the stream."""
        rest, self._kept = self._kept, b""
        return self._pattern.sub(_MASK, rest) if self._pattern else rest

    def redact(self, content: bytes) -> bytes:
        """A whole text at once."""
        return self._pattern.sub(_MASK, content) if self._pattern else content

    def redact_text(self, text: str) -> str:
        """As `redact`, for text as Python has it."""
        return self.redact(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")

    def _pending(self, text: bytes, place: int) -> int:
        """From where on `text` may be the beginning of a value: its end, when nowhere."""
        for start in range(max(place, len(text) - self._longest + 1), len(text)):
            tail = text[start:]
            if any(len(value) > len(tail) and value.startswith(tail) for value in self._values):
                return start
        return len(text)


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """`text` without the values of `secrets`."""
    return Redactor(secrets).redact_text(text)
