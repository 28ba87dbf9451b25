"""The text of a commit message as git reads it: what it cuts off, strips and takes for nothing. Builtins only.

Text is bytes: it is in whatever encoding the repository commits in.
"""

_SCISSORS = b" ------------------------ >8 ------------------------"
_SPACE = b" \t\n\r\v\f"
_SIGN_OFF = b"Signed-off-by: "


def cut_at_scissors(text: bytes, comment: bytes) -> tuple[bytes, bytes]:
    """(the message, what `commit --verbose` put below it)."""
    place = (b"\n" + text).find(b"\n" + comment + _SCISSORS)
    return (text, b"") if place < 0 else (text[:place], text[place:])


def clean(text: bytes, comment: bytes | None) -> bytes:
    """As `git stripspace`: no blanks at the end of lines, no blank lines but single ones inside; `comment`: what the
    lines to leave out begin with, None when all stay. Ends in a newline unless it is empty."""
    kept: list[bytes] = []
    for raw in text.split(b"\n"):
        if comment is not None and raw.startswith(comment):
            continue
        line = raw.rstrip(_SPACE)
        if line or (kept and kept[-1]):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return b"".join(line + b"\n" for line in kept)


def is_unwritten(cleaned: bytes) -> bool:
    """True when git takes the message for empty: there is nothing but sign-offs."""
    return all(not line or line.startswith(_SIGN_OFF) for line in cleaned.split(b"\n"))
