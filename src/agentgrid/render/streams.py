"""stdout is the answer, stderr everything else. A reader that left (`| head`) is no error."""

import os
import sys


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


def _write(stream: "object", text: str) -> None:
    try:
        print(text.encode("utf-8", "backslashreplace").decode(), file=stream, flush=True)  # type: ignore[call-overload]
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def clear_screen() -> None:
    """For a view that is drawn again and again; nothing when stdout is no terminal."""
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[H\x1b[2J")
