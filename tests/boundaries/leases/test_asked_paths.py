"""What people type, as patterns."""

from pathlib import Path

import pytest

from agentgrid.boundaries.leases.asked_paths import exact_pattern, make_pattern, read_asked
from agentgrid.errors import InputError
from agentgrid.git.repository import Repository
from support.gitignore import ask_git
from support.repositories import Sandbox, create_repository


def texts(where: Path, typed: str) -> list[str]:
    return [pattern.text.decode() for pattern in read_asked(Repository.discover(where), typed).patterns]


@pytest.mark.parametrize(
    ("below", "typed", "text"),
    [
        (".", "services/common/cache.py", "services/common/cache.py"),
        (".", "README.md", "/README.md"),
        (".", "not/there/yet.py", "not/there/yet.py"),
        (".", "services/common", "services/common/"),
        (".", "services/common/", "services/common/"),
        (".", "services", "/services/"),
        (".", "new-folder/", "/new-folder/"),
        (".", "a/new/", "a/new/"),
        (".", "services/**/*.py", "services/**/*.py"),
        (".", "*.md", "/*.md"),
        (".", "**/test_*.py", "**/test_*.py"),
        (".", "**", "/**"),
        (".", ".", "/**"),
        ("services", ".", "/services/"),
        ("services/common", "cache.py", "services/common/cache.py"),
        ("services/common", "*.py", "services/common/*.py"),
        ("services/common", "../orders/t*/", "services/orders/t*/"),
        ("services/common", "../../*.md", "/*.md"),
        ("services/common", "**/x.py", "**/x.py"),
    ],
)
def test_a_path_or_pattern_is_read_from_where_one_stands(repo: Sandbox, below: str, typed: str, text: str) -> None:
    assert texts(repo.path / below, typed) == [text]


def test_a_path_that_exists_is_meant_literally_whatever_is_in_its_name(repo: Sandbox) -> None:
    for name in ("app/[id]/page.tsx", "what?.txt", "a*b", "!important", "#1", "end "):
        repo.write(name, "")

    assert texts(repo.path, "app/[id]/page.tsx") == ["app/\\[id\\]/page.tsx"]
    assert texts(repo.path, "what?.txt") == ["/what\\?.txt"]
    assert texts(repo.path, "!important") == ["/!important"]
    assert texts(repo.path, "#1") == ["/#1"]
    assert texts(repo.path / "app", "[id]/*.tsx") == ["app/[id]/*.tsx"]
    assert texts(repo.path / "app/[id]", "*.tsx") == ["app/\\[id\\]/*.tsx"]


def test_a_symbolic_link_stands_for_itself_and_for_what_it_leads_to(repo: Sandbox) -> None:
    (repo.path / "shortcut").symlink_to("services/common")

    assert texts(repo.path, "shortcut/cache.py") == ["shortcut/cache.py", "services/common/cache.py"]


@pytest.mark.parametrize("typed", ["../outside.py", "/etc/passwd", "src/*//x", "a/b**", "src/[/*.py"])
def test_what_cannot_be_meant_is_refused(repo: Sandbox, typed: str) -> None:
    with pytest.raises(InputError):
        texts(repo.path, typed)


@pytest.fixture
def empty(tmp_path: Path) -> Sandbox:
    return create_repository(tmp_path / "asked")


def test_an_exact_pattern_matches_its_path_alone_and_git_agrees(empty: Sandbox) -> None:
    paths = [b"src/a.py", b"a.py", b"[x]/*?.py", b"!a", b"#a", b"a b ", b"back\\slash", b"\xff\xfe", b"src2/a.py"]
    exact = [exact_pattern(path).text.decode("utf-8", "surrogateescape") for path in paths]

    assert ask_git(empty, exact, dict.fromkeys(paths, False)) == [{path} for path in paths]


def test_one_pattern_has_one_form() -> None:
    assert make_pattern("/src/*.py") == make_pattern("src/*.py")
    assert make_pattern("/*.py") != make_pattern("*.py")
    assert make_pattern("/**/x") != make_pattern("x")
