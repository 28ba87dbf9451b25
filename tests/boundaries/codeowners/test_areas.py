"""Cutting areas, and whether one covers another: compared with matching, path by path."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgrid.boundaries.codeowners.areas import (
    Area,
    area_covers,
    area_of,
    closed,
    cut_areas,
    do_areas_meet,
    strictly_below,
)
from agentgrid.boundaries.codeowners.names import TooIntricateError
from agentgrid.boundaries.codeowners.witness import find_witness
from agentgrid.boundaries.codeowners.wording import UnsayableError, word_codeowners, word_gitignore
from agentgrid.boundaries.patterns.parsing import parse_pattern
from agentgrid.boundaries.patterns.shapes import covers

segments = st.sampled_from(["a", "b", "*", "a*", "*b", "a*b", "?", "?b", "*a*", "[ab]", "**", "*b*a"])
patterns = st.builds(
    lambda lead, parts, tail: lead + "/".join(parts) + tail,
    st.sampled_from(["", "/"]), st.lists(segments, min_size=1, max_size=4), st.sampled_from(["", "/"]),
)  # fmt: skip
paths = st.lists(st.sampled_from(["a", "b", "ab", "aab", "c", "ba", "cb", "abba"]), min_size=1, max_size=5)


def area(text: str, *, is_one_level: bool = False) -> Area:
    return area_of(parse_pattern(text), is_one_level=is_one_level)


def has(area: Area, path: list[str]) -> bool:
    return area_covers(area, tuple(name.encode() for name in path))


@given(patterns, paths)
def test_an_area_is_what_its_pattern_matches(text: str, path: list[str]) -> None:
    pattern = parse_pattern(text)

    matched = covers(
        pattern.segments, "/".join(path).encode(), is_directory=False, folders_only=pattern.directories_only
    )
    assert has(area(text), path) == matched


@settings(max_examples=300, deadline=None)
@given(patterns, patterns, st.booleans(), st.lists(paths, max_size=20))
def test_a_cut_is_what_is_in_both(one: str, other: str, is_one_level: bool, some: list[list[str]]) -> None:
    a, b = area(one, is_one_level=is_one_level), area(other)

    pieces = cut_areas(a, b)
    for path in some:
        assert any(has(piece, path) for piece in pieces) == (has(a, path) and has(b, path))
        if has(a, path) and has(b, path):
            assert do_areas_meet(a, b)
        if area_covers(a, b):
            assert has(a, path) or not has(b, path)


@settings(max_examples=200, deadline=None)
@given(patterns, st.lists(patterns, max_size=4), st.lists(paths, max_size=20))
def test_a_witness_is_in_no_other_and_where_there_is_none_no_path_is(
    text: str, others: list[str], some: list[list[str]]
) -> None:
    inside, hiding = area(text), [area(other) for other in others]
    try:
        witness = find_witness(inside, hiding)
    except TooIntricateError:
        return  # character ranges

    if witness is None:
        assert [path for path in some if has(inside, path) and not any(has(other, path) for other in hiding)] == []
    else:
        names = witness.decode().split("/")
        assert has(inside, names)
        assert not any(has(other, names) for other in hiding)


@settings(deadline=None)
@given(patterns, patterns)
def test_what_is_written_is_read_as_the_same_area(one: str, other: str) -> None:
    for piece in cut_areas(area(one), area(other)):
        try:
            assert area(word_gitignore(piece)) == piece
        except UnsayableError as error:
            assert "ranges" in str(error)  # noqa: PT017 - of the few that are not sayable


@pytest.mark.parametrize(
    ("one", "other", "pieces"),
    [
        ("*.js", "docs/*/", ["/docs/*.js/", "/docs/*/**/*.js"]),
        ("src/**", "**/*.md", ["/src/**/*.md"]),
        ("a*", "*a", ["**/a*/**/*a", "**/*a/**/a*", "a*a", "**/a"]),
        ("/a/b", "/a/c", []),
        ("*", "/x/y", ["/x/y"]),
    ],
)
def test_pieces_are_few_and_read_well(one: str, other: str, pieces: list[str]) -> None:
    assert sorted(word_gitignore(piece) for piece in cut_areas(area(one), area(other))) == sorted(pieces)


def test_one_level_ends_there_and_can_be_closed_again() -> None:
    level = area("docs/*", is_one_level=True)

    assert (word_codeowners(level), word_codeowners(closed(level)), word_codeowners(strictly_below(level))) == (
        "/docs/*", "/docs/", "/docs/*/",
    )  # fmt: skip
    with pytest.raises(UnsayableError):
        word_gitignore(level)


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("**/x y", r"**/x\ y"), ("/a#b", r"/a\#b"), (r"\#x", r"**/\#x"), (r"\!x*", "**/!x*"), (r"/\[id\]", r"/\[id\]"),
        ("[[]", r"**/\["), ("a?", "a?"), (r"/a\\b", r"/a\\b"), ("/ä", "/ä"), (r"\#*", r"**/\#*"),
    ],
)  # fmt: skip
def test_names_are_escaped_so_that_github_reads_them(pattern: str, written: str) -> None:
    assert word_codeowners(area(pattern)) == written


def test_a_control_character_can_not_be_written() -> None:
    with pytest.raises(UnsayableError, match="control character"):
        word_codeowners(area("/a\nb"))


def test_what_would_take_hundreds_of_patterns_is_told() -> None:
    with pytest.raises(TooIntricateError):
        cut_areas(area("*a*b*c*d*e*f*g*"), area("*h*i*j*k*l*m*n*"))
    with pytest.raises(TooIntricateError):
        cut_areas(area("*" + "x" * 900 + "*y"), area("y*" + "x" * 900))
