"""Secrets are taken out by value, whole or in pieces, and nothing else is."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.machine.secrets.redaction import Redactor, redact
from agentgrid.machine.secrets.value import Secret

KEYS = ["abcdabcd", "abcdabcdab", "bcdabcdabcd", "aaaaaaaaab", "line one\nline two!!"]


def redactor(*values: str) -> Redactor:
    return Redactor(Secret(value) for value in values)


def test_a_value_becomes_asterisks() -> None:
    assert redact("key=sk-12345678; sk-12345678", [Secret("sk-12345678")]) == "key=********; ********"


def test_values_of_fewer_than_8_characters_are_left() -> None:
    assert redact("a debug line", [Secret("debug"), Secret("")]) == "a debug line"


def test_the_longer_of_two_values_counts() -> None:
    assert redact("12345678 123456789012", [Secret("12345678"), Secret("123456789012")]) == "******** ********"


def test_each_long_line_of_a_value_counts_by_itself() -> None:
    assert redact("> second line\r\n", [Secret("a\nsecond line\n")]) == "> ********\r\n"


def test_bytes_that_are_not_utf8_pass() -> None:
    assert redactor("k\udcffy-12345678").redact(b"\xfe k\xffy-12345678 \xff") == b"\xfe ******** \xff"


def test_what_can_not_be_a_value_any_more_is_written_at_once() -> None:
    stream = redactor("sk-12345678")

    assert stream.feed(b"ready> ") == b"ready> "
    assert stream.feed(b"sk-1234") == b""
    assert stream.feed(b"X") == b"sk-1234X"
    assert stream.finish() == b""


def test_a_stream_keeps_no_more_than_the_beginning_of_a_value() -> None:
    stream = redactor("sk-12345678")

    assert stream.feed(b"sk-1234567sk-12345") == b"sk-1234567"
    assert stream.feed(b"678!") == b"********!"


@given(text=st.text("abcd \n", max_size=60), keys=st.lists(st.sampled_from(KEYS), max_size=5),
       cuts=st.lists(st.integers(0, 60), max_size=6), place=st.integers(0, 60))  # fmt: skip
def test_pieces_give_what_the_whole_gives(text: str, keys: list[str], cuts: list[int], place: int) -> None:
    content = (text[:place] + "".join(keys) + text[place:]).encode()
    whole = redactor(*KEYS)
    stream = whole.fresh()
    edges = [0, *sorted(cut for cut in cuts if cut < len(content)), len(content)]

    pieces = b"".join(stream.feed(content[start:end]) for start, end in pairwise(edges)) + stream.finish()

    assert pieces == whole.redact(content)
    assert not any(key.encode() in pieces for key in KEYS)


def test_without_secrets_nothing_changes() -> None:
    stream = redactor()

    assert (stream.feed(b"abc"), stream.finish()) == (b"abc", b"")


def test_it_does_not_show_what_it_looks_for() -> None:
    assert "12345678" not in repr(redactor("sk-12345678"))


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_two_streams_do_not_mix(size: int) -> None:
    one = redactor("sk-12345678")
    other = one.fresh()
    text = b"a sk-12345678 b"

    found = [b"", b""]
    for start in range(0, len(text), size):
        found[0] += one.feed(text[start : start + size])
        found[1] += other.feed(text[start : start + size])

    assert [found[0] + one.finish(), found[1] + other.finish()] == [b"a ******** b"] * 2
