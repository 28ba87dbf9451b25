"""Which patterns of a lease cover a path, and how they are written into a commit message and read back."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgrid.boundaries.messages.lock_evidence import quote, read_evidence, unquote, write_evidence
from agentgrid.boundaries.patterns.matching import Matcher
from agentgrid.boundaries.patterns.parsing import PatternError, parse_pattern
from agentgrid.boundaries.patterns.shapes import covers
from agentgrid.boundaries.patterns.trie import build_trie

PARTS = st.sampled_from(["a", "b", "*", "**", "?", "a*", "*.py", "[ab]", "x.py", "ab"])
NAMES = st.sampled_from(["a", "b", "ab", "x.py", "c"])


def parsed(text: str) -> tuple[int, bytes, tuple[object, ...]]:
    return 7, os.fsencode(text), parse_pattern(text).segments


@given(
    st.lists(PARTS, min_size=1, max_size=4),
    st.booleans(),
    st.booleans(),
    st.lists(NAMES, min_size=1, max_size=5),
    st.booleans(),
)
@settings(max_examples=1500, deadline=None)
def test_a_pattern_covers_what_the_map_would_match(
    parts: list[str], anchored: bool, for_folders: bool, names: list[str], is_directory: bool
) -> None:
    text = ("/" if anchored else "") + "/".join(parts) + ("/" if for_folders else "")
    try:
        pattern = parse_pattern(text)
    except PatternError:
        return
    path = "/".join(names).encode()
    matched = bool(Matcher(build_trie([(0, pattern)])).hits(path, is_directory))
    assert covers(pattern.segments, path, is_directory, pattern.directories_only) is matched


@given(st.binary(min_size=1).filter(lambda each: b"\0" not in each))
def test_any_pattern_is_read_back_as_it_was_written_and_takes_one_line(pattern: bytes) -> None:
    written = quote(pattern)
    assert unquote(written) == pattern
    assert written.isascii()
    assert b"\n" not in written


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        (b"/a b", b'"/a b"'),
        (b'q"\\\t\n', b'"q\\"\\\\\\t\\n"'),
        (b"gr\xc3\xb6\xff", b'"gr\\303\\266\\377"'),
        (b"\x01", b'"\\001"'),
    ],
)
def test_it_is_quoted_as_git_quotes_paths(pattern: bytes, written: bytes) -> None:
    assert quote(pattern) == written


@pytest.mark.parametrize("text", [b'"', b'""', b'"a', b'"a"b', b'"\\q"', b'"\\4"', b'"\\777"', b"two words", b""])
def test_what_was_damaged_on_its_way_is_no_pattern(text: bytes) -> None:
    assert unquote(text) is None


def test_each_pattern_that_covers_a_changed_path_gets_one_trailer() -> None:
    leases = [parsed("/common/cache.py"), parsed("/common/*.py"), parsed("/other/**"), parsed("/lib/")]
    assert write_evidence("a1", [(b"common/cache.py", False), (b"common/x.py", False)], leases) == [
        b'Agentgrid-Lock: 7 a1 "/common/cache.py"',
        b'Agentgrid-Lock: 7 a1 "/common/*.py"',
    ]
    assert write_evidence("a1", [(b"lib", False)], leases) == []
    assert write_evidence("a1", [(b"lib", True)], leases) == [b'Agentgrid-Lock: 7 a1 "/lib/"']


def test_evidence_is_read_from_every_block_and_only_where_it_makes_sense() -> None:
    message = (
        b'First\n\nAgentgrid-Lock: 7 a1 "/a b"\nSigned-off-by: A\n\nSecond\n\n'
        b'agentgrid-lock: 8 a2 /plain\nAgentgrid-Lock: x a1 "/no"\nAgentgrid-Lock: 9 a1\n'
        b'Agentgrid-Lock: 9 a1 "cut\nAgent: a1\n'
    )
    assert read_evidence(message) == [("a1", 7, b"/a b"), ("a2", 8, b"/plain")]
    assert read_evidence(b'Agentgrid-Lock: 7 a1 "/title"\n') == []
