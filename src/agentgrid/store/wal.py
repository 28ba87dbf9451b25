"""Whether a write-ahead log belongs to the database file beside it. A light module: builtins alone.

SQLite replays any log of the right name, also into an older copy or another database, and drops one whose header is
damaged. So each of our transactions leaves a stamp in the database's header, a random number (`user_version`), and
beside it the stamp before (`application_id`): https://sqlite.org/fileformat2.html#the_database_header. Every version of
that page in the log then is a link of one chain. A database file belongs to a log exactly when its own stamp is the one
before the log's first, or any of the log's: nothing, a part or all of the log has been moved into it.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

_HEADER, _FRAME_HEADER = 32, 24
_MAGIC = (0x377F0682, 0x377F0683)  # checksums of little-endian, of big-endian words
_STAMP, _STAMP_BEFORE = slice(60, 64), slice(68, 72)

FOREIGN, DAMAGED, TRUNCATED = "foreign", "damaged", "truncated"


def find_wal_fault(wal_path: str, stamp: int, pages_there: int, *, is_short: bool) -> str:
    """What is wrong with the log at `wal_path`, in a word; empty when it may be replayed.

    Of the database file without its log: `stamp`; how many whole pages there are; whether its header counts more. A log
    that isn't there is as good as an empty one. Raises OSError.
    """
    try:
        with open(wal_path, "rb") as wal:
            header = wal.read(_HEADER)
            if len(header) == _HEADER and any(header):
                return _compare(wal, header, stamp, pages_there if is_short else 0) if _is_header(header) else DAMAGED
    except FileNotFoundError:
        pass
    return TRUNCATED if is_short else ""


def _compare(wal: "BinaryIO", header: bytes, stamp: int, cut_after: int) -> str:
    """`cut_after`: where the database ends too early, or 0. After an interrupted checkpoint, what is missing is all in
    the log, whose commits say how many pages the database has by then."""
    step = _FRAME_HEADER + int.from_bytes(header[8:12], "big")
    wanted = stamp.to_bytes(4, "big", signed=True)
    beyond: set[int] = set()
    pages, position = 0, _HEADER
    has_link = is_linked = False
    while not is_linked or cut_after:
        number, pages_by_then = _read_frame(wal, position, header)
        if not number:
            break
        pages, position = pages_by_then or pages, position + step
        if cut_after < number:
            beyond.add(number)
        if number == 1:
            page = wal.read(_STAMP_BEFORE.stop)
            if len(page) < _STAMP_BEFORE.stop:
                break  # a crash ended the log here
            is_linked = is_linked or wanted in (page[_STAMP_BEFORE], page[_STAMP])
            has_link = True
    if has_link and not is_linked:
        return FOREIGN
    return TRUNCATED if cut_after and not (pages and beyond.issuperset(range(cut_after + 1, pages + 1))) else ""


def _read_frame(wal: "BinaryIO", position: int, header: bytes) -> tuple[int, int]:
    """Of the frame at `position`: the page's number, and how many pages there are by then if it ends a transaction.
    Zeros where the log ends: what follows is left from an earlier round."""
    wal.seek(position)
    frame = wal.read(_FRAME_HEADER)
    if frame[8:16] != header[16:24]:
        return 0, 0
    return int.from_bytes(frame[:4], "big"), int.from_bytes(frame[4:8], "big")


def _is_header(header: bytes) -> bool:
    """Its checksum holds: https://sqlite.org/fileformat2.html#checksum_algorithm."""
    magic = int.from_bytes(header[:4], "big")
    if magic not in _MAGIC:
        return False
    is_big = magic & 1
    words = [int.from_bytes(header[at : at + 4], "big" if is_big else "little") for at in range(0, 24, 4)]
    first = second = 0
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return header[24:] == first.to_bytes(4, "big") + second.to_bytes(4, "big")
