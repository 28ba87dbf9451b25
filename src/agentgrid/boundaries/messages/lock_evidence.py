"""`Agentgrid-Lock` trailers: which leases a commit was made under, said in the commit itself. Builtins only.

A trailer is `<token> <agent> "<pattern>"`, the pattern quoted as git quotes odd paths, always in double quotes.
"""

from agentgrid.boundaries.messages.trailer_text import LOCK_KEY, read_trailers
from agentgrid.boundaries.patterns.shapes import covers
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import needs_lease

# A pattern of a lease: token, text, `Pattern.segments`.
OwnPattern = tuple[int, bytes, tuple]  # type: ignore[type-arg]
_ESCAPES = {7: b"a", 8: b"b", 9: b"t", 10: b"n", 11: b"v", 12: b"f", 13: b"r", 34: b'"', 92: b"\\"}
_ESCAPED = {letter[0]: byte for byte, letter in _ESCAPES.items()}


def find_leased(territory: Territory, changed: list[tuple[bytes, bool]]) -> list[tuple[bytes, bool]]:
    """Those of `changed` (path, is it a submodule link) that an agent changes only under a lease."""
    unowned = territory.compiled["unowned"]
    return [each for each in changed if needs_lease(territory.place(*each), unowned)]


def write_evidence(agent: str, changed: list[tuple[bytes, bool]], leases: list[OwnPattern]) -> list[bytes]:
    """A trailer for each pattern of the agent's leases that covers a path of `changed`."""
    return [
        b"%s: %d %s %s" % (LOCK_KEY, token, agent.encode("utf-8", "surrogateescape"), quote(pattern))
        for token, pattern, shape in leases
        if any(covers(shape, path, is_directory, pattern.endswith(b"/")) for path, is_directory in changed)
    ]


def read_evidence(message: bytes) -> list[tuple[str, int, bytes]]:
    """(agent, token, pattern) of each such trailer of a commit message; what can't be read is no evidence."""
    found: list[tuple[str, int, bytes]] = []
    for key, value in read_trailers(message, anywhere=True):
        words = value.split(b" ", 2)
        if key.lower() != LOCK_KEY.lower() or len(words) != 3 or not words[0].isdigit():
            continue
        pattern = unquote(words[2].strip())
        if pattern is not None:
            found.append((words[1].decode("utf-8", "surrogateescape"), int(words[0]), pattern))
    return found


def quote(pattern: bytes) -> bytes:
    """As git does with core.quotePath, in double quotes whatever there is in it."""
    written = bytearray(b'"')
    for byte in pattern:
        if byte in _ESCAPES:
            written += b"\\" + _ESCAPES[byte]
        elif 32 <= byte < 127:
            written.append(byte)
        else:
            written += b"\\%03o" % byte
    return bytes(written) + b'"'


def unquote(text: bytes) -> bytes | None:
    """What was quoted; a word without quotes is itself; None when it is neither."""
    if text[:1] != b'"':
        return text if text and b" " not in text else None
    read, position = bytearray(), 1
    while position < len(text):
        byte = text[position]
        if byte == ord('"'):
            return bytes(read) if position == len(text) - 1 and read else None
        position += 1
        if byte != ord("\\"):
            read.append(byte)
            continue
        digits = text[position : position + 3]
        if len(digits) == 3 and not digits.strip(b"01234567") and digits[0] < ord("4"):
            read.append(int(digits, 8))
            position += 3
        elif digits[:1] and digits[0] in _ESCAPED:
            read.append(_ESCAPED[digits[0]])
            position += 1
        else:
            return None
    return None
