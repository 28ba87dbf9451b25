"""What a command prints, kept: without secrets, not without end, and fit to be shown."""

import os
from pathlib import Path

import pytest

from agentgrid.work.each import output
from agentgrid.work.each.output import OutputLog
from agentgrid.work.workplaces import NoRedaction, Redaction


class Masked:
    """Takes `secret` out, also where it comes in two pieces."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, piece: bytes) -> bytes:
        text = (self._kept + piece).replace(b"secret", b"****")
        self._kept = text[-5:]
        return text[: len(text) - len(self._kept)]

    def finish(self) -> bytes:
        return self._kept


def write(place: Path, *pieces: bytes, redaction: Redaction | None = None) -> OutputLog:
    reading, writing = os.pipe()
    log = OutputLog(reading, place, redaction or NoRedaction())
    for piece in pieces:
        os.write(writing, piece)
        log.pump()
    os.close(writing)
    log.close()
    return log


def test_all_of_it_is_kept_byte_for_byte(tmp_path: Path) -> None:
    pieces = [bytes(range(256)), b"", b"no newline at the end"]

    write(tmp_path / "log", *pieces)

    assert (tmp_path / "log").read_bytes() == b"".join(pieces)


def test_a_secret_is_taken_out_before_anything_is_written(tmp_path: Path) -> None:
    log = write(tmp_path / "log", b"my sec", b"ret is secret\n", redaction=Masked())

    assert (tmp_path / "log").read_bytes() == b"my **** is ****\n"
    assert log.last_lines(5) == ("my **** is ****",)


def test_the_last_lines_have_nothing_that_moves_a_cursor(tmp_path: Path) -> None:
    log = write(tmp_path / "log", b"1\n\n\x1b[31mred\x1b[0m\x1b]0;title\x07\n50%\r100%\n", "caf\u00e9 \x07\n".encode())

    assert log.last_lines(4) == ("red", "50%", "100%", "caf\u00e9 ")


def test_bytes_that_are_no_text_are_shown_as_such(tmp_path: Path) -> None:
    assert write(tmp_path / "log", b"a\xff\xfeb\n").last_lines(1) == ("a\ufffd\ufffdb",)


def test_of_a_very_long_output_beginning_and_end_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_MOST_BYTES", 1000)
    monkeypatch.setattr(output, "_TAIL_BYTES", 100)

    log = write(tmp_path / "log", b"begin\n", *[b"." * 99 + b"\n"] * 50, b"end\n")

    text = (tmp_path / "log").read_bytes()
    assert text.startswith(b"begin\n...")
    assert text.endswith(b"end\n")
    assert b" bytes left out]\n" in text
    assert len(text) < 1200
    assert log.last_lines(1) == ("end",)


def test_an_output_just_as_long_as_there_is_room_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_MOST_BYTES", 10)

    write(tmp_path / "log", b"0123456789")

    assert (tmp_path / "log").read_bytes() == b"0123456789"
