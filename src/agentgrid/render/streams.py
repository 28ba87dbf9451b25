"""stdout is the answer, stderr everything else. A reader that left (`| head`) is no error."""

import os
import sys


def answer(text: str) -> None:
    _write(sys.stdout, text)


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
