"""A CODEOWNERS file is read as GitHub's documentation says, and what it doesn't allow is named with its line."""

from pathlib import Path

import pytest

from agentgrid.boundaries.codeowners.chart import Chart, Line
from agentgrid.boundaries.codeowners.reading import LIMIT_BYTES, PLACES, OwnersFile, parse_owners, read_owners_file
from agentgrid.errors import ConfigError, InputError

RANGE = r"character ranges don't work in CODEOWNERS; write both \[ and \] for the characters themselves"
NO_OWNER = "is no owner (accepted: @user, @org/team or an e-mail address)"


def read(text: str | bytes) -> OwnersFile:
    return parse_owners("CODEOWNERS", text.encode() if isinstance(text, str) else text)


def owners_of(text: str, path: str) -> tuple[str, ...]:
    lines = [Line(line.area, line.owners) for line in read(text).lines]
    return Chart[tuple[str, ...]]((), lines).at(path.encode())


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        read(text)
    return [str(problem) for problem in raised.value.problems]


def test_comments_blank_lines_and_comments_behind_owners_say_nothing() -> None:
    file = read("# @a\n\n   \t\n  # @b\n/x @a @b # and @c\n/y @d #also\n/z # nobody\n")

    assert [(line.number, line.pattern, line.owners) for line in file.lines] == [
        (5, "/x", ("@a", "@b")), (6, "/y", ("@d",)), (7, "/z", ()),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["/x @a\r\n/y @b\r\n", "\ufeff/x @a\n/y @b", "/x\t@a\n/y   @b  \n"])
def test_line_ends_a_byte_order_mark_and_tabs_change_nothing(text: str) -> None:
    assert [(line.pattern, line.owners) for line in read(text).lines] == [("/x", ("@a",)), ("/y", ("@b",))]


def test_an_empty_file_has_no_lines() -> None:
    assert read("").lines == ()


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("*", ["a", "a/b/c"], []),
        ("*.js", ["a.js", "x/y/a.js", "a.js/b"], ["a.jsx", "js"]),
        ("/build/logs/", ["build/logs/a", "build/logs/x/y"], ["build/logs", "x/build/logs/a"]),
        ("docs/*", ["docs/a.md"], ["docs/x/a.md", "x/docs/a.md", "docs"]),
        ("/*", ["a"], ["a/b"]),
        ("docs/**", ["docs/a", "docs/x/y"], ["docs"]),
        ("docs/*.md", ["docs/a.md", "docs/a.md/x"], ["docs/x/a.md"]),
        ("apps/", ["apps/a", "x/apps/y/z"], ["apps"]),
        ("/docs/", ["docs/a", "docs/x/a"], ["x/docs/a"]),
        ("**/logs", ["logs", "a/b/logs", "a/logs/x"], ["logs1"]),
        ("a/**/b", ["a/b", "a/x/y/b", "a/b/c"], ["x/a/b"]),
        ("f?o", ["foo", "x/fxo"], ["fo", "fooo"]),
        (r"path\ with\ spaces/", ["path with spaces/x"], ["path"]),
        (r"/pages/\[id\].tsx", ["pages/[id].tsx"], ["pages/i.tsx"]),
        (r"a\*b", ["a*b"], ["axb"]),
        (r"/x\#y", ["x#y"], ["x"]),
        ("x#y", ["x#y"], ["x"]),
        ("/logs/**.conf", ["logs/a.conf"], ["logs/x/a.conf"]),
    ],
)
def test_a_pattern_matches_what_the_documentation_says(pattern: str, inside: list[str], outside: list[str]) -> None:
    assert [path for path in inside if not owners_of(f"{pattern} @a", path)] == []
    assert [path for path in outside if owners_of(f"{pattern} @a", path)] == []


def test_the_last_line_that_matches_decides_and_one_without_owners_takes_them_away() -> None:
    text = "* @all\n/apps/ @a\n/apps/github\n*.js @js @web"

    assert [owners_of(text, path) for path in ("x", "apps/x", "apps/github/x", "apps/github/x.js")] == [
        ("@all",), ("@a",), (), ("@js", "@web"),
    ]  # fmt: skip


def test_an_owner_may_be_a_user_a_team_or_an_address() -> None:
    assert read("* @some-user @org_x/team.name user.name+tag@mail.example.com").lines[0].owners == (
        "@some-user", "@org_x/team.name", "user.name+tag@mail.example.com",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("!/docs @a", "'!/docs': `!` doesn't work in CODEOWNERS; a later line without owners takes them away"),
        (r"\#x @a", r"'\\#x': an escaped # at the beginning doesn't work in CODEOWNERS; write /\#x or **/\#x"),
        ("*.[ch] @a", f"'*.[ch]': {RANGE}"),
        ("a] @a", f"'a]': {RANGE}"),
        ("/ @a", "'/' never matches anything; write * for everything"),
        ("a//b @a", "'a//b': two slashes in a row match nothing"),
        ("../x @a", "'../x': paths start at the repository's root; `.` and `..` match nothing"),
        ("a/*** @a", "'a/***': three stars mean nothing of their own (accepted: * for one name, ** for many)"),
        ("x\\", "'x\\\\': a backslash at the end of a name escapes nothing"),
        ("/x team", f"'team' {NO_OWNER}; a space in a pattern is written with a backslash before it"),
        ("/x @@maintainer", f"'@@maintainer' {NO_OWNER}; roles and nested groups are GitLab's"),
        ("/x @a/b/c", f"'@a/b/c' {NO_OWNER}; roles and nested groups are GitLab's"),
    ],
)  # fmt: skip
def test_what_github_does_not_read_is_refused_by_name(line: str, problem: str) -> None:
    assert problems_of(f"# first\n{line}\n/y @a\n") == [f"CODEOWNERS:2: {problem}"]


@pytest.mark.parametrize("heading", ["[Docs]", "^[Optional]", "[Two approvals][2] @owner", "[Docs] @a @b", "^[X][3]"])
def test_a_section_of_gitlab_is_refused_by_name(heading: str) -> None:
    (problem,) = problems_of(f"{heading}\n")

    assert problem.startswith(f"CODEOWNERS:1: {heading.partition(' @')[0]!r} is a section of GitLab")
    assert problem.endswith("put its default owners behind each pattern, and take the heading away")


def test_every_problem_is_told() -> None:
    assert [problem.split(": ")[0] for problem in problems_of("[A]\n/x @a\n!y @b\n/z c\n")] == [
        "CODEOWNERS:1", "CODEOWNERS:3", "CODEOWNERS:4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"/x @a\n\0\1", "CODEOWNERS:2: a NUL byte: this is no text"),
        (b"/x @a\n\n/caf\xe9 @b", "CODEOWNERS:3: the file is not UTF-8"),
        (b"#" * LIMIT_BYTES, "CODEOWNERS has 3 MB or more: GitHub doesn't load it"),
    ],
)
def test_a_file_that_is_no_such_text_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(InputError) as raised:
        read(content)

    assert raised.value.message == message


def test_a_file_just_below_the_limit_is_read() -> None:
    assert read(b"/x @a\n" + b"#" * (LIMIT_BYTES - 7)).lines[0].owners == ("@a",)


def test_in_a_folder_the_first_place_where_github_looks_counts(tmp_path: Path) -> None:
    for place in reversed(PLACES):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(f"/{place} @a\n", encoding="utf-8")
        assert read_owners_file(tmp_path).lines[0].pattern == f"/{place}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere can't be read: No such file or directory"):
        read_owners_file(tmp_path / "nowhere")
    with pytest.raises(InputError) as raised:
        read_owners_file(tmp_path)
    assert raised.value.hint == "looked for .github/CODEOWNERS, CODEOWNERS, docs/CODEOWNERS"
