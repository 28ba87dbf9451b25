"""Paths as people type them, and as they are shown."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.errors import InputError
from agentgrid.git.paths import RepoPath, enter_worktree, json_path, locate_path, quote_path, show_path
from agentgrid.git.repository import Repository
from support.repositories import Sandbox

BILLING = b"services/billing/main.py"


def locate(where: Path, text: str) -> RepoPath:
    return locate_path(Repository.discover(where), text)


@pytest.mark.parametrize(
    ("here", "text", "expected"),
    [
        (".", "README.md", RepoPath(b"README.md", False)),
        ("services", "billing/main.py", RepoPath(BILLING, False)),
        ("services/orders", "../billing/main.py", RepoPath(BILLING, False)),
        ("services", "./billing//./main.py", RepoPath(BILLING, False)),
        ("services", "..", RepoPath(b".", True)),
        (".", ".", RepoPath(b".", True)),
        (".", "services/", RepoPath(b"services", True)),
        ("services", "new/file.py", RepoPath(b"services/new/file.py", False)),
    ],
)
def test_a_path_is_taken_from_where_one_stands(repo: Sandbox, here: str, text: str, expected: RepoPath) -> None:
    assert locate(repo.path / here, text) == expected
    assert locate(repo.path / here, str(repo.path / here / text)) == expected


@pytest.mark.parametrize("text", ["..", "../other", "/etc/hosts", "services/../../x", "../shop2/README.md"])
def test_a_path_outside_is_refused(repo: Sandbox, text: str) -> None:
    (repo.path.parent / "shop2").mkdir()
    with pytest.raises(InputError, match="is outside the work tree"):
        locate(repo.path, text)


def test_a_path_typed_through_a_link_to_the_work_tree_is_found(repo: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(repo.path)
    assert locate(tmp_path / "alias", str(tmp_path / "alias/services/billing/main.py")).path == BILLING


def test_a_link_is_itself_and_leads_somewhere(repo: Sandbox) -> None:
    (repo.path / "alias.py").symlink_to("services/billing/main.py")
    (repo.path / "folder").symlink_to("services/billing")
    (repo.path / "out").symlink_to("/etc")
    assert locate(repo.path, "alias.py") == RepoPath(b"alias.py", False, BILLING)
    assert locate(repo.path, "folder/main.py") == RepoPath(b"folder/main.py", False, BILLING)
    assert locate(repo.path, "folder") == RepoPath(b"folder", True, b"services/billing")
    assert locate(repo.path, "folder/new.py") == RepoPath(b"folder/new.py", False, b"services/billing/new.py")
    assert locate(repo.path, "out/hosts") == RepoPath(b"out/hosts", False, None, leaves=True)


def test_dots_behind_a_link_lead_where_the_system_goes(repo: Sandbox) -> None:
    (repo.path / "docs").mkdir()
    (repo.path / "docs/in").symlink_to("../services/billing")
    assert locate(repo.path, "docs/in/../orders/main.py") == RepoPath(
        b"docs/orders/main.py", False, b"services/orders/main.py"
    )


def test_a_linked_worktree_has_paths_of_its_own(repo: Sandbox, tmp_path: Path) -> None:
    linked = repo.worktree(tmp_path / "wt", "feature")
    assert locate(linked.path / "services", "billing/main.py").path == BILLING
    with pytest.raises(InputError, match="is outside the work tree"):
        locate(linked.path, str(repo.path / "README.md"))


def test_names_that_are_not_text_stay_what_they_are(repo: Sandbox) -> None:
    assert locate(repo.path, os.fsdecode(b"caf\xe9\n.py")).path == b"caf\xe9\n.py"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (b"plain name.py", "plain name.py"),
        ("\u00e9t\u00e9".encode(), "\u00e9t\u00e9"),
        (b"a\nb\t\x1b[31m", "a\\nb\\t\\x1b[31m"),
        (b"caf\xe9", "caf\\xe9"),
        ("\u202eevil".encode(), "\\u202eevil"),
    ],
)
def test_a_path_for_a_terminal_has_nothing_that_moves_it(path: bytes, shown: str) -> None:
    assert show_path(path) == shown


@given(st.binary(max_size=20))
def test_a_path_in_json_is_the_name_that_python_gives_it(path: bytes) -> None:
    assert os.fsencode(json_path(path)) == path
    assert show_path(path).isprintable()


@pytest.mark.parametrize(
    ("target", "inside"),
    [
        ("shop/README.md", b"README.md"),
        ("shop/a/../b", b"a/../b"),
        ("shop/../shop/b", b"b"),
        ("alias/b", b"b"),
        ("shop/wt/b", b"b"),
        ("shop", b""),
        ("shop/", b""),
        ("shopping/b", None),
        ("gone/b", None),
    ],
)
def test_an_absolute_path_enters_the_innermost_work_tree_on_its_way(
    repo: Sandbox, tmp_path: Path, target: str, inside: bytes | None
) -> None:
    (tmp_path / "alias").symlink_to(repo.path)
    inner = repo.worktree(repo.path / "wt", "feature")
    tops = [repo.path, inner.path, tmp_path / "gone"]
    assert enter_worktree(os.fsencode(f"{tmp_path}/{target}"), tops) == inside


@pytest.mark.parametrize(
    ("path", "quoted"),
    [
        (b"src/a.py", "src/a.py"),
        (b"it's here", "'it'\"'\"'s here'"),
        ("\u00e9t\u00e9".encode(), "'\u00e9t\u00e9'"),
        ("e\u0301".encode(), "$'e\\314\\201'"),
        (b"a\n'b\\\xff", "$'a\\012\\047b\\134\\377'"),
    ],
)
def test_a_path_to_type_is_the_same_path_in_a_shell(path: bytes, quoted: str) -> None:
    assert quote_path(path) == quoted
    said = subprocess.run(["bash", "-c", f"printf %s {quoted}"], check=True, capture_output=True).stdout
    assert said == path
