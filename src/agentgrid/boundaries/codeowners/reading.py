"""A CODEOWNERS file as lines of pattern and owners; what GitHub wouldn't read, or reads otherwise than it looks, is an
error with its line.

Source: GitHub's documentation, "About code owners". A line is a pattern as in gitignore, then owners; the last line
that matches decides, and one without owners takes them away. `docs/*` is one level. `#` begins a comment, also behind
a pattern. Not there: `!`, character ranges, a pattern that begins with an escaped `#`; files of 3 MB and more aren't
loaded. A backslash escapes spaces, as any character in gitignore.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from agentgrid.boundaries.codeowners.areas import Area, area_of
from agentgrid.boundaries.patterns.parsing import PatternError, parse_pattern
from agentgrid.config.owner_handles import HANDLE_ACCEPTED, is_handle
from agentgrid.errors import ConfigError, ConfigProblem, InputError

FILE_NAME = "CODEOWNERS"
PLACES = (f".github/{FILE_NAME}", FILE_NAME, f"docs/{FILE_NAME}")  # GitHub takes the first that there is
LIMIT_BYTES = 3_000_000

_WORD = re.compile(r"(?:\\.|[^ \t\\])+\\?|\\")
_STARS = re.compile(r"\\.|\*+|[^\\*]+|\\")
_SECTION = re.compile(r"\^?\[[^\]]+\](\[\d+\])?(\s|$)")
_PATTERN_HINT = "see docs/codeowners.md for what is read"


@dataclass(frozen=True, slots=True)
class OwnersLine:
    """`number` counts from 1. `owners`: as written; empty where the line takes them away."""

    number: int
    pattern: str
    area: Area
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnersFile:
    """`name`: as shown to people."""

    name: str
    lines: tuple[OwnersLine, ...]


def find_owners_file(path: Path) -> Path:
    """The file itself, or where GitHub would look for it in a directory. Raises InputError when there is none."""
    if not path.is_dir():
        return path
    found = next((path / place for place in PLACES if (path / place).is_file()), None)
    if found is None:
        raise InputError(f"there is no {FILE_NAME} in {path}", hint=f"looked for {', '.join(PLACES)}")
    return found


def read_owners_file(path: Path) -> OwnersFile:
    """Reads a file, or the one in a directory. Raises InputError when it can't be read, ConfigError with every line
    that can't."""
    found = find_owners_file(path)
    try:
        with found.open("rb") as stream:
            content = stream.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise InputError(f"{found} can't be read: {error.strerror}") from error
    return parse_owners(str(found), content)


def parse_owners(name: str, content: bytes) -> OwnersFile:
    """Parses the content of a file. Raises as `read_owners_file`."""
    if len(content) >= LIMIT_BYTES:
        raise InputError(f"{name} has 3 MB or more: GitHub doesn't load it",
                         hint="patterns with wildcards say more in less")  # fmt: skip
    if b"\0" in content:
        raise InputError(f"{name}:{_line_at(content, content.index(0))}: a NUL byte: this is no text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}:{_line_at(content, error.start)}: the file is not UTF-8") from error
    lines: list[OwnersLine] = []
    problems: list[ConfigProblem] = []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            lines += _parse_line(number, line.removesuffix("\r").strip(" \t"))
        except _LineError as error:
            problems.append(ConfigProblem(name, number, "", error.message, accepted=error.accepted, hint=error.hint))
    if problems:
        raise ConfigError(problems, hint=_PATTERN_HINT)
    return OwnersFile(name, tuple(lines))


class _LineError(Exception):
    def __init__(self, message: str, *, accepted: str | None = None, hint: str | None = None) -> None:
        self.message = message
        self.accepted = accepted
        self.hint = hint


def _parse_line(number: int, line: str) -> list[OwnersLine]:
    if not line or line.startswith("#"):
        return []
    section = _SECTION.match(line)
    if section is not None:
        raise _LineError(f"{section[0].strip()!r} is a section of GitLab: GitHub has none, and nor has a map",
                         hint="put its default owners behind each pattern, and take the heading away")  # fmt: skip
    word = _WORD.match(line)
    assert word is not None
    return [OwnersLine(number, word[0], _read_pattern(word[0]), _read_owners(line[word.end() :]))]


def _read_pattern(word: str) -> Area:
    if word.startswith("!"):
        raise _LineError(f"{word!r}: `!` doesn't work in CODEOWNERS",
                         hint="a later line without owners takes them away")  # fmt: skip
    if word.startswith("\\#"):
        raise _LineError(f"{word!r}: an escaped # at the beginning doesn't work in CODEOWNERS",
                         hint=f"write /{word} or **/{word}")  # fmt: skip
    if re.search(r"(?<!\\)(\\\\)*[\[\]]", word):
        raise _LineError(f"{word!r}: character ranges don't work in CODEOWNERS",
                         hint=r"write both \[ and \] for the characters themselves")  # fmt: skip
    if word == "/":
        raise _LineError("'/' never matches anything", hint="write * for everything")
    try:
        pattern = parse_pattern(_plain_stars(word))
    except PatternError as error:
        raise _LineError(f"{word!r}: {error}") from error
    return area_of(pattern, is_one_level=word == "*" or word.endswith("/*"))


def _plain_stars(word: str) -> str:
    """gitignore(5): stars that stand together but not alone between slashes are as one."""
    segments = word.split("/")
    if any(segment.strip("*") == "" and len(segment) > 2 for segment in segments):
        raise _LineError(f"{word!r}: three stars mean nothing of their own", accepted="* for one name, ** for many")
    return "/".join(segment if segment == "**" else _one_star(segment) for segment in segments)


def _one_star(segment: str) -> str:
    return "".join("*" if part.startswith("*") else part for part in _STARS.findall(segment))


def _read_owners(text: str) -> tuple[str, ...]:
    owners: list[str] = []
    for word in text.split():
        if word.startswith("#"):
            break
        if not is_handle(word):
            raise _LineError(f"{word!r} is no owner", accepted=HANDLE_ACCEPTED, hint=_owner_hint(word))
        owners.append(word)
    return tuple(dict.fromkeys(owners))


def _owner_hint(word: str) -> str | None:
    if word.startswith("@@") or word.count("/") > 1:
        return "roles and nested groups are GitLab's"
    return "a space in a pattern is written with a backslash before it"


def _line_at(content: bytes, position: int) -> int:
    return content[:position].count(b"\n") + 1
