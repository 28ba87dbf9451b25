"""A secret in memory. Nothing that is printed, logged, formatted, pickled or put into JSON shows it; who needs the
text asks for it by name."""

import hmac
from typing import NoReturn

HIDDEN = "********"


class Secret:
    """Holds one secret text (bytes that aren't UTF-8 as surrogates, as in `os.environ`)."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: for a process's environment, a file with mode 0600, or a person who asked for it."""
        return self._text

    def is_same_as(self, other: "Secret") -> bool:
        """Whether both hold one text."""
        return hmac.compare_digest(_encode(self._text), _encode(other._text))  # noqa: SLF001 - its own kind

    def __str__(self) -> str:
        return HIDDEN

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})"

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not copied to anywhere")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
