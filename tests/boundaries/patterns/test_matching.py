"""Matching a path against many patterns at once, and one name against one wildcard segment."""

import re

from hypothesis import given
from hypothesis import strategies as st

from agentgrid.boundaries.patterns.matching import Matcher, segment_matches
from agentgrid.boundaries.patterns.parsing import parse_pattern
from agentgrid.boundaries.patterns.trie import build_trie

PARTS = st.sampled_from(["a", "b", "ab", "*", "?", "a*", "*b", "[ab]", "**"])
TEXTS = st.lists(PARTS, min_size=1, max_size=4).map("/".join).flatmap(
    lambda body: st.sampled_from([body, f"/{body}", f"{body}/"])
)  # fmt: skip
PATHS = st.lists(st.sampled_from([b"a", b"b", b"ab", b"ba", b"c"]), min_size=1, max_size=5).map(b"/".join)
TOKENS = st.lists(st.sampled_from([0, 1, b"a", b"ab", b"ba", frozenset(b"ab")]), max_size=6).map(tuple)


def matcher_of(*texts: str) -> Matcher:
    return Matcher(build_trie([(number, parse_pattern(text)) for number, text in enumerate(texts)]))


@given(texts=st.lists(TEXTS, min_size=1, max_size=6), paths=st.lists(PATHS, max_size=6), is_directory=st.booleans())
def test_many_patterns_together_match_as_each_does_alone(
    texts: list[str], paths: list[bytes], is_directory: bool
) -> None:
    together = matcher_of(*texts)  # keeps what it learns of directories from one path to the next
    for path in paths:
        alone = [number for number, text in enumerate(texts) if matcher_of(text).hits(path, is_directory)]
        assert sorted(set(together.hits(path, is_directory))) == alone


@given(tokens=TOKENS, name=st.text("abc", max_size=8).map(str.encode))
def test_a_segment_matches_as_the_regular_expression_of_its_tokens(
    tokens: tuple[int | bytes | frozenset[int], ...], name: bytes
) -> None:
    known = {0: b".*", 1: b".", frozenset(b"ab"): b"[ab]"}
    expression = b"".join(token if isinstance(token, bytes) else known[token] for token in tokens)
    assert segment_matches(tokens, name) == (re.fullmatch(expression, name) is not None)


def test_a_star_gives_back_what_it_took_too_much_of() -> None:
    assert segment_matches((0, b"ab"), b"abab")
    assert not segment_matches((0, b"ab"), b"aba")


def test_many_stars_take_no_exponential_time() -> None:
    assert not segment_matches((0, b"a") * 40 + (b"b",), b"a" * 400)


def test_a_pattern_matches_everything_below_the_directory_that_it_names() -> None:
    matcher = matcher_of("/docs", "docs/*.md")
    assert matcher.hits(b"docs/a/b.txt") == [0]
    assert sorted(matcher.hits(b"docs/a.md")) == [0, 1]
    assert matcher.hits(b"other/docs") == []


def test_a_submodule_link_counts_as_a_directory() -> None:
    matcher = matcher_of("vendor/lib/", "vendor/lib/**")
    assert matcher.hits(b"vendor/lib", True) == [0]
    assert matcher.hits(b"vendor/lib") == []
    assert sorted(matcher.hits(b"vendor/lib/x.c")) == [0, 1]


def test_names_are_bytes() -> None:
    matcher = matcher_of("caf\udcff/**", "/na\u00efve?")
    assert matcher.hits(b"caf\xff/menu\n\x01") == [0]
    assert matcher.hits("na\u00efve".encode() + b"\xfe") == [1]
    assert matcher.hits("nai\u0308vex".encode()) == []  # NFD is another name
