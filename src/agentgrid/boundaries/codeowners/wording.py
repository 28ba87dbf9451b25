"""An area as the text of a pattern, in gitignore's words or in those of CODEOWNERS, or the reason why that can't be.

Both are written the same way: from the root (`/docs/`), or at any depth (`**/logs`, `*.js`).
Sources: gitignore(5). GitHub's documentation, "About code owners": no character ranges, and an escaped # at the
beginning doesn't work. GitHub's own message on such lines: both `[` and `]` must be escaped with a backslash.
"""

import re

from agentgrid.boundaries.codeowners.areas import EVERYTHING, GAP, Area, is_closed
from agentgrid.boundaries.codeowners.names import ANY_BYTE, ANY_NAME, Name

_GITIGNORE_SPECIAL = re.compile(r"([\\*?\[])")
_CODEOWNERS_SPECIAL = re.compile(r"([\\*?\[\]# ])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class UnsayableError(ValueError):
    """No pattern says it; the message says why."""


def word_gitignore(area: Area) -> str:
    """A pattern of ours that matches exactly `area`. Raises UnsayableError."""
    if not is_closed(area):
        raise UnsayableError("a pattern matches what is below a match too")
    text = _word(area, _GITIGNORE_SPECIAL)
    return f"{text[:-1]}\\ " if text.endswith(" ") else text


def word_codeowners(area: Area) -> str:
    """A pattern of a CODEOWNERS file that matches exactly `area`. Raises UnsayableError."""
    if not is_closed(area) and area[-1] != ANY_NAME:
        raise UnsayableError("a pattern matches what is below a match too")
    text = _word(area, _CODEOWNERS_SPECIAL)
    if _CONTROL.search(text):
        raise UnsayableError("a control character can't stand in a CODEOWNERS file")
    return text


def _word(area: Area, special: re.Pattern[str]) -> str:
    if area == EVERYTHING:
        return "*"
    names = list(area[:-1] if is_closed(area) else area)
    ending = ""
    if is_closed(area) and names[-1] == ANY_NAME:
        ending = "/"
        names.pop()
    words = ["**" if name is GAP else _word_name(name, special) for name in names]
    if words[0] != "**":
        return f"/{'/'.join(words)}{ending}"
    is_glob = len(words) == 2 and not isinstance(names[1], bytes)
    return (words[1] if is_glob and words[1][0] not in "!#\\" else "/".join(words)) + ending


def _word_name(name: Name, special: re.Pattern[str]) -> str:
    words: list[str] = []
    literal = bytearray()
    for unit in (frozenset((byte,)) for byte in name) if isinstance(name, bytes) else name:
        if unit is not None and len(unit) == 1:
            literal += bytes(unit)
            continue
        words.append(_escape(literal, special))
        literal.clear()
        if unit is not None and unit != ANY_BYTE:
            raise UnsayableError("CODEOWNERS has no character ranges like [a-z]")
        words.append("*" if unit is None else "?")
    return "".join([*words, _escape(literal, special)])


def _escape(literal: bytes | bytearray, special: re.Pattern[str]) -> str:
    try:
        return special.sub(r"\\\1", literal.decode())
    except UnicodeDecodeError as error:
        raise UnsayableError("the name is not UTF-8") from error
