"""stdout is the answer, stderr everything else. A reader that left (`| head`) is no error."""

import os
import sys
from typing import TextIO


def answer(text: str) -> None:
    _write(sys.stdout, text)


def answer_raw(text: str) -> None:
    """An answer for another program, byte for byte: what isn't UTF-8 stays as it was."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def note(text: str) -> None:
    """Progress, hints, warnings, refusals: for whoever watches."""
    _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"  # what it can't carry is shown by its number
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def clear_screen() -> None:
    """For a view that is drawn again and again; nothing when stdout is no terminal."""
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[H\x1b[2J")
