"""Patterns that meet: against every path of a small world, against git, against the textbook's automaton."""

import itertools
import random
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agentgrid
from agentgrid.boundaries.leases.asked_paths import make_pattern
from agentgrid.boundaries.patterns.intersection import (
    do_names_meet,
    do_patterns_meet,
    dump_shape,
    is_satisfiable,
    load_shape,
    meet_any,
)
from agentgrid.boundaries.patterns.matching import Matcher
from agentgrid.boundaries.patterns.parsing import parse_pattern
from agentgrid.boundaries.patterns.shapes import Segment, Shape
from agentgrid.boundaries.patterns.trie import build_trie
from support.automata import product_meets
from support.gitignore import ask_git
from support.repositories import create_repository

SEED = 20250303
SEGMENTS = ["a", "b", "aa", "ab", "ba", "?", "*", "a*", "*b", "?a", "b?", "[ab]", "[!a]", "[!a]*"]
FEWER_SEGMENTS = ["a", "b", "?", "*", "a*", "*b", "[!a]*"]
TOKENS = ["a", "b", "\\.", "*", "?", "[ab]", "[!a]", "[.a]", "[.]", "[!.]"]

tokens = st.sampled_from([0, 0, 1, b"a", b"ab", b".", b"..", frozenset(b"ab"), frozenset(b"."), frozenset(b"\0/")])
segments = st.none() | st.lists(tokens, min_size=1, max_size=5).map(tuple) | st.sampled_from([b"a", b"ab", b"b", b".."])
shapes = st.lists(segments, min_size=1, max_size=6).map(tuple)


def shape(text: str) -> Shape:
    return parse_pattern(text).segments


def meet(a: str, b: str) -> bool:
    answer = do_patterns_meet(shape(a), shape(b))
    assert do_patterns_meet(shape(b), shape(a)) == answer
    return answer


def random_patterns(chance: random.Random, count: int, segments: Sequence[str], names: int) -> list[str]:
    """Patterns of at most that many names, with `**` among them: anchored or floating, for directories or for all."""
    found: dict[str, None] = {}
    while len(found) < count:
        parts = chance.choices(segments, k=chance.randint(1, names))
        places = range(len(parts) + (len(parts) < names))  # one at the end wants a name more
        for place in sorted(chance.sample(places, k=min(len(places), chance.choice([0, 0, 1, 2]))), reverse=True):
            parts.insert(place, "**")
        found[chance.choice(["", "/"]) + "/".join(parts) + chance.choice(["", "", "/"])] = None
    return list(found)


def as_expression(segment: str) -> str:
    """The regular expression of one segment."""
    return "".join({"?": ".", "*": ".*"}.get(token, token.replace("[!", "[^")) for token in _split(segment))


def _split(segment: str) -> list[str]:
    return re.findall(r"\[[^]]*\]|\\.|.", segment)


def telling_names(segments: Sequence[str]) -> list[bytes]:
    """One name for each largest set of segments that match a common name: what meets at all meets in one of these."""
    matches = {segment: re.compile(as_expression(segment)).fullmatch for segment in segments}
    matched: dict[frozenset[str], bytes] = {}
    for name in ("".join(each) for length in range(1, 6) for each in itertools.product("abc", repeat=length)):
        matched.setdefault(frozenset(each for each in segments if matches[each](name)), name.encode())
    return [name for several, name in matched.items() if not any(several < more for more in matched)]


def bits_by_matcher(texts: Sequence[str], paths: Sequence[bytes]) -> list[int]:
    """For each pattern the set of the paths that it matches, as one number."""
    matcher = Matcher(build_trie([(number, parse_pattern(text)) for number, text in enumerate(texts)]))
    bits = [bytearray(len(paths) // 8 + 1) for _ in texts]
    for position, path in enumerate(paths):
        for number in matcher.hits(path):
            bits[number][position >> 3] |= 1 << (position & 7)
    return [int.from_bytes(each, "little") for each in bits]


def disagreements(texts: Sequence[str], bits: Sequence[int], pairs: Iterable[tuple[int, int]]) -> tuple[int, list[str]]:
    """How many of the pairs meet, and those of which something else is said."""
    parsed = [shape(text) for text in texts]
    meeting, wrong = 0, []
    for a, b in pairs:
        expected = bits[a] & bits[b] != 0
        meeting += expected
        if do_patterns_meet(parsed[a], parsed[b]) != expected:
            wrong.append(f"{texts[a]} and {texts[b]}: {'a miss' if expected else 'a false meeting'}")
    return meeting, wrong


def random_pairs(chance: random.Random, count: int, among: int) -> list[tuple[int, int]]:
    return [(chance.randrange(among), chance.randrange(among)) for _ in range(count)]


@pytest.mark.parametrize(("segments", "names"), [(SEGMENTS, 2), (FEWER_SEGMENTS, 3)])
def test_a_hundred_thousand_pairs_meet_just_when_both_match_a_path_of_the_whole_world(
    segments: Sequence[str], names: int
) -> None:
    chance = random.Random(SEED)
    texts = random_patterns(chance, 700, segments, names)
    # As deep as two patterns one behind the other, and one more for those that match directories alone. What is matched
    # is matched with all below it, so the deepest paths tell of all others.
    world = telling_names(segments)
    paths = [b"/".join(each) for each in itertools.product(world, repeat=2 * names + 1)]
    pairs = random_pairs(chance, 50_000, len(texts))
    meeting, wrong = disagreements(texts, bits_by_matcher(texts, paths), pairs)
    assert (wrong, 5_000 < meeting < 48_000) == ([], True)


def test_a_hundred_thousand_pairs_of_names_meet_just_when_both_match_a_name() -> None:
    chance = random.Random(SEED)
    texts = dict.fromkeys("/" + "".join(chance.choices(TOKENS, k=chance.randint(1, 4))) for _ in range(500))
    kept = [text for text in texts if "**" not in text]
    # Longer than both patterns together: a star needs no more than what the other pattern spells out.
    long = ["".join(name) for length in range(1, 8) for name in itertools.product("ab.", repeat=length)]
    short = ["".join(name) for length in range(1, 6) for name in itertools.product("abc.", repeat=length)]
    names = [name for name in dict.fromkeys(long + short) if name not in {".", ".."}]
    expressions = [re.compile(as_expression(text[1:])) for text in kept]
    bits = [int("".join("01"[each.fullmatch(name) is not None] for name in names), 2) for each in expressions]
    meeting, wrong = disagreements(kept, bits, random_pairs(chance, 100_000, len(kept)))
    assert (wrong, 10_000 < meeting < 90_000) == ([], True)


def test_a_few_hundred_patterns_meet_as_git_matches_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    chance = random.Random(SEED)
    texts = random_patterns(chance, 220, SEGMENTS, 2)
    paths = {b"/".join(each): False for each in itertools.product(telling_names(SEGMENTS)[:4], repeat=5)}
    paths = dict.fromkeys(chance.sample(list(paths), 150), False)
    ground = create_repository(tmp_path_factory.mktemp("meeting") / "ground")
    matched = ask_git(ground, texts, paths)
    pairs = list(itertools.combinations_with_replacement(range(len(texts)), 2))
    missed = [(texts[a], texts[b]) for a, b in pairs if matched[a] & matched[b] and not meet(texts[a], texts[b])]
    seen = sum(1 for a, b in pairs if matched[a] & matched[b])
    assert (missed, seen > 3_000, seen < len(pairs) - 3_000) == ([], True, True)


@given(a=shapes, b=shapes)
def test_any_two_patterns_meet_as_the_product_of_their_automata_has_it(a: Shape, b: Shape) -> None:
    expected = product_meets(a, b)
    assert (do_patterns_meet(a, b), do_patterns_meet(b, a)) == (expected, expected)


@given(a=segments.filter(bool), b=segments.filter(bool))
def test_any_two_names_meet_as_the_product_of_their_automata_has_it(a: Segment, b: Segment) -> None:
    expected = product_meets((a,), (b,))
    assert (do_names_meet(a, b), do_names_meet(b, a)) == (expected, expected)


@given(a=shapes)
def test_a_pattern_meets_itself_and_what_lies_below_it_unless_it_matches_nothing(a: Shape) -> None:
    expected = is_satisfiable(a)
    below = (*a, b"x")
    assert (do_patterns_meet(a, a), do_patterns_meet(a, below), do_patterns_meet((None,), a)) == (expected,) * 3


@given(a=shapes)
def test_a_shape_comes_back_from_the_store_as_it_was(a: Shape) -> None:
    assert load_shape(dump_shape(a)) == a


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("src/**/test_*.py", "src/api/**"),
        ("src/**/test_*.py", "src/test_a.py"),
        ("/a", "/a/b/c"),
        ("*.py", "src/"),
        ("*.py", "/src/main.js"),  # it may become a directory with x.py in it
        ("a/**/b", "a/b"),
        ("a/**/b", "a/x/y/b/c"),
        ("a/**", "a/**/b/"),
        ("**", "/x"),
        ("/x", "x/**"),
        ("src/", "/src"),
        ("/src/*/tests/", "src/api/tests/unit/**"),
        ("/[!a]", "/b"),
        ("/[!a]", "/[!b]"),
        ("/[[:digit:]]x", "/[0-3]*"),
        ("/*a*a*a*b", "/*b*b*"),
        ("/ab*", "/*ba"),
        ("/*.tar.gz", "/a.*"),
        ("/.*", "/*."),
        ("/caf\udce9", "/caf?"),
        ("/\\*", "/[*]"),
    ],
)
def test_these_meet(a: str, b: str) -> None:
    assert meet(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("src/*.py", "src/*.js"),
        ("/[!a]", "/a"),
        ("/src/api/**", "/src/web/**"),
        ("/a/b", "/a/c"),
        ("/a/*/c", "/a/b/d"),
        ("/a/*", "/b/**"),
        ("/Makefile", "/makefile"),
        ("/??", "/?"),
        ("/a?", "/?b?"),
        ("/[a-c]*", "/[d-f]*"),
        ("/*x", "/*y"),
        ("/a*a*a*b", "/b*b*"),
        ("/é", "/?"),  # byte by byte, as git
        ("/*aab", "/abab"),
        ("/*[ab]b", "/ac?"),
        ("/[[:alpha:]]", "/[[:digit:]]"),
    ],
)
def test_these_do_not_meet(a: str, b: str) -> None:
    assert not meet(a, b)


@pytest.mark.parametrize("text", ["/\\.", "/\\.\\.", "/a/[.]/b", "/[.]\\.", "**/\\.", "/x\0y", "/[\0]", "/a/\\./b"])
def test_what_can_match_no_path_meets_nothing_not_even_itself(text: str) -> None:
    assert not is_satisfiable(shape(text))
    for other in (text, "**", "/*", "/a/*/b", "/??", "/a/**", "/.?*"):
        assert not meet(text, other)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((1,), (frozenset(b"."),), False),
        ((0,), (frozenset(b"."),), False),
        ((0,), b"..", False),
        ((1, 1), (frozenset(b"."), b"."), False),
        ((1, 1), (frozenset(b".x"), b"."), True),
        ((0, b"."), (b".", 1), False),  # of two bytes, both dots
        ((0, b"."), (b".", 0), True),  # `...` is a name
        ((0, frozenset(), 0), (0,), False),
        ((0, b"x", frozenset(b"/"), 0), (0,), False),
    ],
)
def test_what_only_dots_or_nothing_would_fit_is_no_name(a: Segment, b: Segment, expected: bool) -> None:
    assert (do_names_meet(a, b), do_names_meet(b, a)) == (expected, expected)


def test_of_several_patterns_the_first_pair_that_meets_is_told() -> None:
    mine = [shape("/docs"), shape("/src/*.py"), shape("/src/**")]
    assert meet_any(mine, [shape("/web"), shape("/src/a.js"), shape("/src/a.py")]) == (1, 2)
    assert meet_any(mine, [shape("/web")]) is None


def test_patterns_of_many_stars_take_no_exponential_time() -> None:
    stars: Shape = ((0, b"a") * 400 + (b"b",),)
    assert not do_patterns_meet(stars, ((1,) * 900 + (b"a",),))
    assert do_patterns_meet(stars, ((0, b"b") * 400,))
    assert do_patterns_meet((None, b"a") * 400, (None, b"b") * 400)
    assert not do_patterns_meet(((0,),) * 900 + (b"a",), ((0,),) * 900 + (b"b",))


def test_it_can_be_used_where_nothing_heavy_may_be_loaded() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import agentgrid.boundaries.patterns.intersection; "
        "print(sorted({'re', 'typing', 'dataclasses', 'json', 'pathlib', 'subprocess'} & set(sys.modules)))"
    )
    place = Path(agentgrid.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, place], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("/src/api/cache.py", "src/**/test_*.py", False),
        ("/src/api/test_cache.py", "src/**/test_*.py", True),
        ("/src/api", "/src/api/", True),
        ("/src/api", "/src/api/cache.py", False),
        ("/src/api/", "/src/api/cache.py", True),
        ("/src/api/cache.py", "/src/api/cache.py", True),
        ("/src/api/cache.py", "src/api/**", True),
        ("/src/api/cache.py", "**/cache.py", True),
        ("/src/api/cache.py", "*.js", False),
    ],
)
def test_a_lease_on_one_path_meets_only_what_matches_that_path(one: str, other: str, meet: bool) -> None:
    shapes = [make_pattern(text).shape for text in (one, other)]
    assert (do_patterns_meet(*shapes), do_patterns_meet(*reversed(shapes))) == (meet, meet)
