"""What a command prints, kept in a file of its own: without secrets, and not without end."""

import os
from collections import deque
from pathlib import Path

from agentgrid.work.workplaces import Redaction

_PIECE = 65536
_MOST_BYTES = 64 * 2**20
_TAIL_BYTES = 65536
_KEPT_DIRECTORIES = 20


class OutputLog:
    """Reads the pipe `handle` and writes `path`. Of a very long output the beginning and the end are kept."""

    def __init__(self, handle: int, path: Path, redaction: Redaction) -> None:
        self.handle = handle
        self.path = path
        self.is_readable = True
        os.set_blocking(handle, False)
        self._is_closed = False
        self._redaction = redaction
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._room = _MOST_BYTES
        self._tail: deque[bytes] = deque()
        self._tail_bytes = self._left_out = 0

    def pump(self) -> None:
        """Takes what is there. `is_readable` is False from when the last writer has closed its end."""
        while self.is_readable:
            try:
                piece = os.read(self.handle, _PIECE)
            except BlockingIOError:
                return
            self.is_readable = bool(piece)
            self._keep(self._redaction.feed(piece))

    def close(self) -> None:
        """The program has ended: what it left behind may still hold the pipe, and isn't waited for."""
        if self._is_closed:
            return
        self.pump()
        self._keep(self._redaction.finish())
        if self._left_out:
            end = b"".join(self._tail)[-min(self._left_out, _TAIL_BYTES) :]
            _write_all(self._file, b"\n[%d bytes left out]\n" % (self._left_out - len(end)) + end)
        self._is_closed, self.is_readable = True, False
        os.close(self.handle)
        os.close(self._file)

    def last_lines(self, most: int) -> tuple[str, ...]:
        """The last lines with something in them, without what would move a cursor."""
        text = b"".join(self._tail)[-_TAIL_BYTES:].decode("utf-8", "replace")
        lines = [_printable(line) for line in text.replace("\r", "\n").split("\n")]
        return tuple([line for line in lines if line.strip()][-most:])

    def _keep(self, piece: bytes) -> None:
        written = piece[: self._room]
        _write_all(self._file, written)
        self._room -= len(written)
        self._left_out += len(piece) - len(written)
        self._tail.append(piece)
        self._tail_bytes += len(piece)
        while self._tail_bytes - len(self._tail[0]) >= _TAIL_BYTES:
            self._tail_bytes -= len(self._tail.popleft())


def make_log_directory(top: Path, name: str) -> Path:
    """A new directory for the logs of one `each` below `top`, for its owner alone; the oldest ones go."""
    top.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = sorted(entry for entry in top.iterdir() if entry.is_dir())
    for old in kept[: max(0, len(kept) - _KEPT_DIRECTORIES + 1)]:
        for file in old.glob("*.log"):
            file.unlink(missing_ok=True)
        try:
            old.rmdir()
        except OSError:
            pass  # somebody keeps something there
    made = top / name
    made.mkdir(mode=0o700)
    return made


def _write_all(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]


def _printable(line: str) -> str:
    """Without colours and other sequences."""
    import re

    plain = re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\-_])", "", line)
    return "".join(char for char in plain if char == "\t" or char.isprintable())
