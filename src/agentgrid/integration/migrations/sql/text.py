"""The bytes of a migration as text: of a bearable size, in UTF-8, with something in it."""

from agentgrid.errors import InputError

LARGEST_BYTES = 1 << 20
ACCEPTED = f"accepted: UTF-8 without a byte order mark, at most {LARGEST_BYTES >> 20} MiB"

_MARKS = (
    (b"\xef\xbb\xbf", "begins with a byte order mark"),
    (b"\xff\xfe", "is UTF-16"),
    (b"\xfe\xff", "is UTF-16"),
)


def require_bearable(size: int, name: str) -> None:
    """Raises InputError for more than LARGEST_BYTES; asked before anything is read."""
    if size > LARGEST_BYTES:
        raise InputError(f"{name} is larger than {LARGEST_BYTES >> 20} MiB: that is no migration",
                         hint=f"{ACCEPTED}; bring data in by other means")  # fmt: skip


def decode_text(content: bytes, name: str) -> str:
    """The text of the file `name`. Raises InputError that names the line of the first byte that isn't UTF-8."""
    require_bearable(len(content), name)
    for mark, words in _MARKS:
        if content.startswith(mark):
            raise InputError(f"{name}:1: the file {words}", hint=ACCEPTED)
    zero = content.find(b"\0")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = error.start if zero < 0 else min(zero, error.start)
        raise InputError(f"{name}:{_line(content, bad)}: the byte 0x{content[bad]:02x} is not UTF-8",
                         hint=f"{ACCEPTED}; convert it: iconv -f latin1 -t utf-8") from error  # fmt: skip
    if zero >= 0:
        raise InputError(f"{name}:{_line(content, zero)}: there is a NUL byte", hint=ACCEPTED)
    if not text.strip():
        raise InputError(f"{name} is empty", hint="a migration has at least one statement")
    return text


def _line(content: bytes, place: int) -> int:
    return content.count(b"\n", 0, place) + 1
