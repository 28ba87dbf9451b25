"""A text of SQL in its statements, each with the line on which it begins. Pure.

Read by sqlglot's tokenizer of the dialect, so that semicolons in strings, dollar quotes, comments and bodies of
triggers end nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import Tokenizer

_WITH_BODY = frozenset({"TRIGGER", "FUNCTION", "PROCEDURE", "EVENT"})


@dataclass(frozen=True)
class Statement:
    """`text`: without what stands around it. `line`: counted from 1. `start`, `end`: its place in the whole text, in
    characters. `words`: its words in capital letters, without strings."""

    text: str
    line: int
    start: int
    end: int
    words: tuple[str, ...]

    def begins(self, *words: str) -> bool:
        return self.words[: len(words)] == words

    @property
    def told(self) -> str:
        """Its beginning, on one line."""
        line = " ".join(self.text.split())
        return line if len(line) <= 80 else f"{line[:77]}…"


class Unsplittable(Exception):
    """A text that has no end: an open string or comment."""


def split_statements(text: str, dialect: str) -> list[Statement]:
    """The statements of `text`. Raises Unsplittable."""
    from sqlglot import TokenType
    from sqlglot.errors import TokenError

    try:
        tokens = _tokenizer(dialect).tokenize(text)
    except TokenError as error:
        raise Unsplittable(str(error)) from error
    strings = {TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.NATIONAL_STRING, TokenType.BYTE_STRING}
    found, line, seen = [], 1, 0
    for group in _groups(tokens):
        start, end = group[0].start, group[-1].end + 1
        line += text.count("\n", seen, start)
        seen = start
        words = tuple(each.text.upper() for each in group if each.token_type not in strings)
        found.append(Statement(text[start:end], line, start, end, words))
    return found


def line_at(text: str, offset: int) -> int:
    """The line of the character at `offset`, counted from 1."""
    return text.count("\n", 0, offset) + 1


def _groups(tokens: list[Any]) -> Iterator[list[Any]]:
    group: list[Any] = []
    has_body, depth = False, 0
    for token in tokens:
        word = token.text.upper()
        if word == ";" and depth == 0:
            if group:
                yield group
            group, has_body = [], False
            continue
        group.append(token)
        has_body = has_body or (word in _WITH_BODY and len(group) < 8 and group[0].text.upper() == "CREATE")
        if has_body and word in {"BEGIN", "CASE"}:
            depth += 1
        elif has_body and word == "END":
            depth = max(0, depth - 1)
    if group:
        yield group


@cache
def _tokenizer(dialect: str) -> "Tokenizer":
    """Without the habit of taking everything after a command's first word, up to a semicolon, for one string."""
    from sqlglot.dialects.dialect import Dialect

    found = Dialect.get_or_raise(dialect)
    tokenizer: type[Tokenizer] = type("WholeTokenizer", (found.tokenizer_class,), {"COMMANDS": set()})
    return tokenizer(dialect=found)
