"""One gitignore pattern, parsed: what `git check-ignore` would make of it in the repository's root .gitignore.

Matching works on bytes, segment by segment (git's own matcher is byte-wise too). Text that git would quietly
never match is an error here: a pattern in a policy is meant to mean something.
Source: gitignore(5) and git's wildmatch rules.
"""

import re
from dataclasses import dataclass

# A segment is a literal name, any number of directories, or tokens to match one name.
GLOBSTAR = None
STAR, ANY_BYTE = 0, 1
Token = bytes | int | frozenset[int]
Segment = bytes | tuple[Token, ...] | None

PATTERN_ACCEPTED = "gitignore patterns: src/api/**, **/fixtures/, docs/*.md, /Makefile"
_POSIX_CLASSES: dict[bytes, str] = {
    b"alnum": r"[0-9A-Za-z]", b"alpha": r"[A-Za-z]", b"blank": r"[ \t]", b"cntrl": r"[\x00-\x1f\x7f]",
    b"digit": r"[0-9]", b"graph": r"[!-~]", b"lower": r"[a-z]", b"print": r"[ -~]",
    b"punct": r"[!-/:-@\[-`{-~]", b"space": r"[ \t\n\r]", b"upper": r"[A-Z]", b"xdigit": r"[0-9A-Fa-f]",
}  # fmt: skip


class PatternError(ValueError):
    """The text is not a pattern that can match anything; the message says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """`segments` start at the root; a pattern that floats (no slash) starts with GLOBSTAR. `is_negated`: written
    with `!`. `directories_only`: written with a final slash (a submodule link counts as a directory)."""

    text: str
    is_negated: bool
    directories_only: bool
    segments: tuple[Segment, ...]


def parse_pattern(text: str) -> Pattern:
    """Parses one pattern. Raises PatternError with the reason."""
    rest = _trim(text)
    is_negated = rest.startswith("!")
    rest = rest.removeprefix("!")
    if not rest or rest in {"/", "//"}:
        raise PatternError("an empty pattern matches nothing")
    if rest.startswith("#") and not is_negated:
        raise PatternError(r"git reads this as a comment; write \# for a name that starts with #")
    directories_only = rest.endswith("/")
    body = rest.removesuffix("/") if directories_only else rest
    floats = "/" not in body
    parts = _split(body.removeprefix("/"))
    segments = [_parse_segment(part) for part in parts]
    if floats and segments != [GLOBSTAR]:
        segments.insert(0, GLOBSTAR)
    if segments[-1] is GLOBSTAR:  # a final ** needs something to match
        segments.append((STAR,))
    return Pattern(text, is_negated, directories_only, _without_repeats(segments))


def escape_path(path: str) -> str:
    """The pattern that matches exactly this path: specials escaped, anchored at the root."""
    escaped = re.sub(r"([\\*?\[\]])", r"\\\1", path)
    if escaped.endswith(" "):
        escaped = escaped[:-1] + "\\ "
    return "/" + escaped


def _trim(text: str) -> str:
    """Final spaces don't count unless a backslash stands before them."""
    stripped = text.rstrip(" ")
    if stripped != text and (len(stripped) - len(stripped.rstrip("\\"))) % 2:
        return stripped + " "
    return stripped


def _split(body: str) -> list[bytes]:
    whole = body.encode("utf-8", "surrogateescape")
    _refuse_slash_in_class(whole)
    parts = whole.split(b"/")
    for part in parts:
        if part == b"":
            raise PatternError("two slashes in a row match nothing")
        if part in {b".", b".."}:
            raise PatternError("paths start at the repository's root; `.` and `..` match nothing")
    return parts


def _refuse_slash_in_class(whole: bytes) -> None:
    position = 0
    while position < len(whole):
        end = position + 1
        if whole[position] == ord("["):
            end = _parse_class(whole, position + 1)[1]
            if b"/" in whole[position:end]:
                raise PatternError("a slash inside [...] matches nothing")
        position = end + 1 if whole[position] == ord("\\") else end


def _parse_segment(part: bytes) -> Segment:
    if part == b"**":
        return GLOBSTAR
    tokens: list[Token] = []
    literal = bytearray()
    position = 0
    while position < len(part):
        byte = part[position]
        if byte in b"*?[":
            if literal:
                tokens.append(bytes(literal))
                literal.clear()
            position = _parse_special(part, position, tokens)
            continue
        if byte == ord("\\"):
            position += 1
            if position == len(part):
                raise PatternError("a backslash at the end of a name escapes nothing")
        literal.append(part[position])
        position += 1
    if literal:
        tokens.append(bytes(literal))
    if len(tokens) == 1 and isinstance(tokens[0], bytes):
        return tokens[0]
    return tuple(tokens)


def _parse_special(part: bytes, position: int, tokens: list[Token]) -> int:
    if part[position] == ord("["):
        members, position = _parse_class(part, position + 1)
        tokens.append(members)
        return position
    if part[position] == ord("*") and tokens and tokens[-1] == STAR:
        raise PatternError("`**` must stand alone between slashes: src/**/test_*.py")
    tokens.append(STAR if part[position] == ord("*") else ANY_BYTE)
    return position + 1


def _parse_class(part: bytes, position: int) -> tuple[frozenset[int], int]:
    """A bracket expression from just behind its `[`; the bytes it matches, and where it ends."""
    is_negated = part[position : position + 1] in {b"!", b"^"}
    position += is_negated
    members: set[int] = set()
    previous: int | None = None
    is_first = True
    while True:
        byte = _class_byte(part, position)
        if byte == ord("]") and not is_first:
            break
        is_first = False
        if byte == ord("[") and part[position + 1 : position + 2] == b":":
            end = part.find(b"]", position + 2)
            if end > position + 2 and part[end - 1] == ord(":"):
                members |= _posix_class(part[position + 2 : end - 1])
                previous, position = None, end + 1
                continue
        if byte == ord("-") and previous is not None and part[position + 1 : position + 2] not in {b"", b"]"}:
            position += 1
            if part[position] == ord("\\"):
                position += 1
            members.update(range(previous, _class_byte(part, position) + 1))
            previous, position = None, position + 1
            continue
        if byte == ord("\\"):
            position += 1
            byte = _class_byte(part, position)
        members.add(byte)
        previous, position = byte, position + 1
    members.discard(ord("/"))
    everything = frozenset(range(1, 256)) - {ord("/")}
    return (everything - members if is_negated else frozenset(members)), position + 1


def _class_byte(part: bytes, position: int) -> int:
    if position >= len(part):
        raise PatternError("`[` is never closed; write \\[ for the character itself")
    return part[position]


def _posix_class(name: bytes) -> set[int]:
    if name not in _POSIX_CLASSES:
        raise PatternError(f"[:{name.decode('utf-8', 'replace')}:] is not a character class")
    wanted = re.compile(_POSIX_CLASSES[name])
    return {byte for byte in range(128) if wanted.match(chr(byte))}


def _without_repeats(segments: list[Segment]) -> tuple[Segment, ...]:
    kept: list[Segment] = []
    for segment in segments:
        if segment is GLOBSTAR and kept and kept[-1] is GLOBSTAR:
            continue
        kept.append(segment)
    return tuple(kept)
