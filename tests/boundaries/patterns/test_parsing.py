"""One pattern: what git would match, and the reason when it could match nothing."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agentgrid.boundaries.patterns.matching import Matcher
from agentgrid.boundaries.patterns.parsing import GLOBSTAR, STAR, Pattern, PatternError, escape_path, parse_pattern
from agentgrid.boundaries.patterns.trie import build_trie
from support.gitignore import ask_git, consistent_paths
from support.repositories import Sandbox, create_repository

CHARACTERS = ["a", "b", "ab", "-", "!", "#", " ", "é", "\udcff", "]", "A"]
WILDCARDS = ["*", "?", "[ab]", "[!a]", "[^b]", "[a-c]", "[]a]", "[!]]", "[a\\]]", "[-a]", "[a-]", "[[:alpha:]]",
             "[[:^a]", "[[:]", "[é]", "[b-a]", "[\\\\]", "[!\\]-a]", "[*?]", "\\*", "\\?", "\\[", "\\\\", "\\a", "\\#",
             "\\!", "\\ ", "[", "\\"]  # fmt: skip
SEGMENTS = st.just("**") | st.lists(st.sampled_from(CHARACTERS + WILDCARDS), min_size=1, max_size=4).map("".join)
NAME = st.lists(st.sampled_from([*CHARACTERS, "*", "?", "[", "\\", "c"]), min_size=1, max_size=3).map("".join)
NAMES = NAME.filter(lambda name: name not in {".", ".."})

# Git reads these otherwise; a policy may not contain them, because people would read them differently from git.
REFUSED_THOUGH_GIT_READS_THEM = (
    "`**` must stand alone", "a slash inside [...]", "a backslash at the end of a name", "git reads this as a comment",
)  # fmt: skip


@st.composite
def patterns(draw: st.DrawFn) -> str:
    body = "/".join(draw(st.lists(SEGMENTS, min_size=1, max_size=4)))
    return draw(st.sampled_from(["", "", "/"])) + body + draw(st.sampled_from(["", "", "/", " "]))


@st.composite
def paths_like(draw: st.DrawFn, pattern: str) -> bytes:
    """A path near `pattern`: its wildcards are filled in, or it is any path at all."""
    parts: list[str] = []
    for segment in pattern.strip("/ ").split("/"):
        if segment == "**":
            parts += draw(st.lists(NAMES, max_size=2))
        else:
            parts.append(draw(st.just(segment.replace("\\", "").replace("*", "a").replace("?", "b")) | NAMES))
    parts += draw(st.lists(NAMES, max_size=1))
    kept = [part for part in parts if part not in {"", ".", ".."}] or ["a"]
    return "/".join(kept).encode("utf-8", "surrogateescape")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return create_repository(tmp_path_factory.mktemp("patterns") / "ground")


def matched_by(pattern: Pattern, paths: dict[bytes, bool]) -> set[bytes]:
    matcher = Matcher(build_trie([(0, pattern)]))
    return {path for path, is_directory in paths.items() if matcher.hits(path, is_directory)}


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],  # to shrink a dozen patterns takes minutes; the assertion names the one
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_each_positive_pattern_matches_exactly_what_git_matches(ground: Sandbox, data: st.DataObject) -> None:
    texts = data.draw(st.lists(patterns().filter(lambda text: not text.startswith("!")), min_size=12, max_size=12))
    drawn = [data.draw(paths_like(text)) for text in texts for _ in range(3)]
    paths = consistent_paths(drawn, data.draw(st.lists(st.sampled_from(drawn), max_size=6)))
    for text, by_git in zip(texts, ask_git(ground, texts, paths), strict=True):
        try:
            pattern = parse_pattern(text)
        except PatternError as error:
            said = str(error)
            assert by_git == set() or said.startswith(REFUSED_THOUGH_GIT_READS_THEM), (text, said)
        else:
            assert (text, matched_by(pattern, paths)) == (text, by_git)


@pytest.mark.parametrize(
    "name",
    ["alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"],
)
def test_a_character_class_has_the_members_that_git_gives_it(ground: Sandbox, name: str) -> None:
    paths = {b"x%c" % byte: False for byte in range(1, 256) if byte != ord("/")}
    texts = [f"x[[:{name}:]]", f"x[^[:{name}:]]"]
    assert [matched_by(parse_pattern(text), paths) for text in texts] == ask_git(ground, texts, paths)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "an empty pattern matches nothing"),
        ("   ", "an empty pattern matches nothing"),
        ("!", "an empty pattern matches nothing"),
        ("/", "an empty pattern matches nothing"),
        ("//", "an empty pattern matches nothing"),
        ("#x", r"git reads this as a comment; write \# for a name that starts with #"),
        ("a//b", "two slashes in a row match nothing"),
        ("//a", "two slashes in a row match nothing"),
        ("a//", "two slashes in a row match nothing"),
        ("./a", "paths start at the repository's root; `.` and `..` match nothing"),
        ("a/../b", "paths start at the repository's root; `.` and `..` match nothing"),
        ("a**", "`**` must stand alone between slashes: src/**/test_*.py"),
        ("**a/b", "`**` must stand alone between slashes: src/**/test_*.py"),
        ("a/***/b", "`**` must stand alone between slashes: src/**/test_*.py"),
        ("src/**.py", "`**` must stand alone between slashes: src/**/test_*.py"),
        ("a[]x/[y]", "a slash inside [...] matches nothing"),
        ("a[x/y]", "a slash inside [...] matches nothing"),
        ("a[b", "`[` is never closed; write \\[ for the character itself"),
        ("a[]", "`[` is never closed; write \\[ for the character itself"),
        ("a[b-", "`[` is never closed; write \\[ for the character itself"),
        ("a[\\", "`[` is never closed; write \\[ for the character itself"),
        ("a[[:nope:]]", "[:nope:] is not a character class"),
        ("a\\", "a backslash at the end of a name escapes nothing"),
        ("a\\/", "a backslash at the end of a name escapes nothing"),
        ("a\\/b", "a backslash at the end of a name escapes nothing"),
    ],
)
def test_a_pattern_that_can_match_nothing_is_an_error_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(PatternError) as raised:
        parse_pattern(text)
    assert str(raised.value) == reason


def test_an_escaped_star_may_stand_beside_a_star() -> None:
    assert parse_pattern("/x\\**").segments == ((b"x*", STAR),)


def test_an_escaped_backslash_before_a_final_slash_is_a_name() -> None:
    assert parse_pattern("a\\\\/").segments == (GLOBSTAR, b"a\\")


def test_a_pattern_without_a_slash_floats_and_one_with_a_slash_is_anchored() -> None:
    assert parse_pattern("*.md").segments == (GLOBSTAR, (STAR, b".md"))
    assert parse_pattern("/a.md").segments == (b"a.md",)
    assert parse_pattern("docs/") == Pattern("docs/", False, True, (GLOBSTAR, b"docs"))


def test_two_globstars_in_a_row_are_one() -> None:
    assert parse_pattern("a/**/**/b").segments == (b"a", GLOBSTAR, b"b")


def test_only_the_first_exclamation_mark_negates() -> None:
    assert parse_pattern("!!a").segments == (GLOBSTAR, b"!a")
    assert parse_pattern("!!a").is_negated


@given(parts=st.lists(NAMES, min_size=1, max_size=3))
def test_an_escaped_path_matches_that_path_alone(parts: list[str]) -> None:
    path = "/".join(parts)
    pattern = parse_pattern(escape_path(path))
    encoded = path.encode("utf-8", "surrogateescape")
    others = [encoded + b"a", b"a" + encoded, b"z/" + encoded, encoded[:-1] + b"z"]
    assert matched_by(pattern, dict.fromkeys([encoded, *others], False)) == {encoded}
