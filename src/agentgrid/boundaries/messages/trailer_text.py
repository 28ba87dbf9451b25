"""Our trailers in a commit message: stamped, replaced, read. Builtins only: the hook path imports it.

What a block of trailers is, is git's own rule: a last paragraph, never the first one, that holds trailers alone, or
one that git wrote and a quarter of trailers. Only our own are ever touched; stamping twice changes nothing.
"""

from agentgrid.boundaries.messages.text import is_unwritten

AGENT_KEY = b"Agent"
LOCK_KEY = b"Agentgrid-Lock"
_OWN = frozenset({AGENT_KEY.lower(), LOCK_KEY.lower()})
_GENERATED = (b"Signed-off-by: ", b"(cherry picked from commit ")
_KEY_BYTES = frozenset(b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_ID_BYTES = _KEY_BYTES | frozenset(b"._")


def stamp(message: bytes, trailers: list[bytes], comment: bytes, *, keeps_comments: bool) -> bytes:
    """`message` with these trailers in place of all that are ours.

    They follow the other trailers, above comments that stand last (as `commit --signoff` does). `keeps_comments`:
    git won't strip them, so that a message may begin with one (`#12 Fix it`).
    """
    lines = drop_own(message, comment, keeps_comments=keeps_comments).split(b"\n")
    if not lines[-1]:
        lines.pop()  # what stands before a trailer ends in a newline, else git glues both together
    paragraphs = _paragraphs(lines, comment, keeps_comments=keeps_comments)
    end = 0
    if paragraphs:
        start, end = paragraphs[-1]
        while lines[end - 1].startswith(comment) and not (keeps_comments and len(paragraphs) == 1):
            end -= 1
        if len(paragraphs) == 1 or not _is_block(lines[start:end], comment):
            trailers = [b"", *trailers, *([b""] if lines[end : end + 1] and lines[end].strip() else [])]
    return b"".join(line + b"\n" for line in [*lines[:end], *trailers, *lines[end:]])


def drop_own(message: bytes, comment: bytes, *, keeps_comments: bool) -> bytes:
    """`message` without our trailers, also where a squash has put them between two messages.

    What is nothing but trailers, its first paragraph too, is a message that somebody has deleted.
    """
    lines = message.split(b"\n")
    paragraphs = _paragraphs(lines, comment, keeps_comments=keeps_comments)
    for start, end in reversed(paragraphs[1:]):
        if not _is_block(lines[start:end], comment):
            continue
        kept = _without_own(lines[start:end])
        if not kept:
            while start and not lines[start - 1].strip():
                start -= 1  # noqa: PLW2901 - the empty lines in front go with the paragraph
        lines[start:end] = kept
    if paragraphs:
        start, end = paragraphs[0]
        kept = _without_own(lines[start:end])
        others = [line for line in [*kept, *lines[end:]] if not line.startswith(comment)]
        if len(kept) < end - start and is_unwritten(b"\n".join(line.strip() for line in others)):
            lines[start:end] = kept
    return b"\n".join(lines)


def read_trailers(message: bytes, comment: bytes = b"#", *, anywhere: bool = False) -> list[tuple[bytes, bytes]]:
    """(key, value) of the message's trailers; `anywhere`: also of those that a squash has left between messages."""
    lines = message.split(b"\n")
    blocks = _paragraphs(lines, comment, keeps_comments=True)[1:]
    while blocks and all(line.startswith(comment) for line in lines[blocks[-1][0] : blocks[-1][1]]):
        blocks.pop()
    found: list[tuple[bytes, bytes]] = []
    for start, end in blocks if anywhere else blocks[-1:]:
        if _is_block(lines[start:end], comment):
            found += _pairs(lines[start:end])
    return found


def _pairs(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    found: list[tuple[bytes, bytes]] = []
    is_open = False
    for line in lines:
        if line[:1] in b" \t":
            if is_open:
                found[-1] = (found[-1][0], found[-1][1] + b" " + line.strip())
            continue
        key = _key_of(line)
        is_open = key is not None
        if key is not None:
            found.append((key, line.partition(b":")[2].strip()))
    return found


def _paragraphs(lines: list[bytes], comment: bytes, *, keeps_comments: bool) -> list[tuple[int, int]]:
    """(first line, line behind the last) of each paragraph, the title first. Those of comments alone are none, but
    for a title that git keeps."""
    found: list[tuple[int, int]] = []
    start = None
    for number, line in enumerate([*lines, b""]):
        if line.strip():
            start = number if start is None else start
        elif start is not None:
            is_title = keeps_comments and not found
            if is_title or any(not each.startswith(comment) for each in lines[start:number]):
                found.append((start, number))
            start = None
    return found


def _is_block(lines: list[bytes], comment: bytes) -> bool:
    """Whether a paragraph is one of trailers, by git's rule."""
    trailers = others = 0
    is_generated = follows_trailer = False
    for line in lines:
        if line.startswith(comment):
            follows_trailer = False
        elif line.startswith(_GENERATED):
            trailers += 1
            is_generated = follows_trailer = True
        elif line[:1] in b" \t":
            others += not follows_trailer
        else:
            follows_trailer = _key_of(line) is not None
            trailers += follows_trailer
            others += not follows_trailer
    return trailers > 0 and (not others or (is_generated and trailers * 3 >= others))


def _key_of(line: bytes) -> bytes | None:
    """The key of a line that is a trailer."""
    key, colon, _ = line.partition(b":")
    key = key.rstrip(b" \t")
    return key if colon and key and _KEY_BYTES.issuperset(key) else None


def _without_own(block: list[bytes]) -> list[bytes]:
    kept: list[bytes] = []
    drops = False
    for line in block:
        if line[:1] not in b" \t":  # else it goes on with the trailer before
            drops = _is_own(line)
        if not drops:
            kept.append(line)
    return kept


def _is_own(line: bytes) -> bool:
    """`Agent: somebody's words` is not ours: the id of an agent is one word."""
    key = _key_of(line)
    if key is None or key.lower() not in _OWN:
        return False
    return key.lower() != AGENT_KEY.lower() or _ID_BYTES.issuperset(line.partition(b":")[2].strip())
