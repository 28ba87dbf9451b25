"""Where symbolic links of a tree lead: through one another, and back into the repository from outside."""

import os
from pathlib import Path

import pytest

from agentgrid.boundaries.paths.links import TreeLinks
from support.desks import open_repository
from support.repositories import Sandbox

BILLING = b"services/billing/main.py"


def follow(repo: Sandbox, link: str, target: str | bytes | Path, **others: str) -> list[bytes]:
    """Where `link` leads, in the index and in the commit alike; `others`: more links."""
    for name, content in {link: target, **others}.items():
        path = repo.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(content, path if isinstance(content, str | Path) else os.fsencode(path))
    repo.git("add", "--all")
    repository = open_repository(repo)
    staged = TreeLinks(repository, repository.git, None).follow(link.encode())
    repo.commit("Links")
    assert TreeLinks(repository, repository.git, repo.oid()).follow(link.encode()) == staged
    return staged


@pytest.mark.parametrize(
    ("link", "target", "expected"),
    [
        ("services/orders/link", "../billing/main.py", [BILLING]),
        ("services/orders/link", "../billing/", [b"services/billing"]),
        ("services/orders/link", "./../billing//./new/../main.py", [BILLING]),
        ("link", "..dots", [b"..dots"]),
        ("a/link", b"caf\xe9\n", [b"a/caf\xe9\n"]),
        ("a/link", "../../x", []),
        ("a/link", "../../shop/README.md", []),  # out of the tree, and back in by its name here
        ("a/link", "..", []),
        ("link", ".", []),
        ("link", "/etc/hosts", []),
        ("link", "/nowhere/at/all", []),
        ("link", ".git/config", []),
        ("link", "link", [b"link"]),
    ],
)
def test_a_link_leads_where_it_says(repo: Sandbox, link: str, target: str | bytes, expected: list[bytes]) -> None:
    assert follow(repo, link, target) == expected


def test_a_link_to_a_link_leads_to_both_ends(repo: Sandbox) -> None:
    others = {"two": "three", "three": "services/billing/main.py"}
    assert follow(repo, "one", "two", **others) == [b"two", b"three", BILLING]


def test_links_in_a_circle_come_to_an_end(repo: Sandbox) -> None:
    assert follow(repo, "one", "two", two="three", three="two") == [b"two", b"three"]
    assert follow(repo, "into", "round/x", round="round/y") == []


def test_a_folder_on_the_way_that_is_a_link_is_gone_through(repo: Sandbox) -> None:
    assert follow(repo, "services/orders/link", "theirs/main.py", **{"services/orders/theirs": "../billing"}) == [
        BILLING
    ]


def test_dots_behind_a_link_go_up_from_where_it_leads(repo: Sandbox) -> None:
    others = {"docs/in": "../services/billing"}
    assert follow(repo, "docs/link", "in/../orders/main.py", **others) == [b"services/orders/main.py"]


def test_an_absolute_link_into_the_work_tree_leads_into_the_tree(repo: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(repo.path)
    assert follow(repo, "a", repo.path / "services/billing/main.py") == [BILLING]
    assert follow(repo, "b", tmp_path / "alias/services/orders/../billing/main.py") == [BILLING]
    assert follow(repo, "c", repo.path / "services/orders/new/file.py") == [b"services/orders/new/file.py"]
    assert follow(repo, "d", f"{repo.path}/../shop/d2", d2="services") == [b"d2", b"services"]
    assert follow(repo, "e", repo.path) == []
    assert follow(repo, "f", f"{repo.path}-too/services/billing/main.py") == []


def test_an_absolute_link_into_another_worktree_leads_to_the_same_path_here(repo: Sandbox, tmp_path: Path) -> None:
    inner = repo.worktree(repo.path / ".worktrees/a2", "a2")
    linked = repo.worktree(tmp_path / "a1", "a1")
    assert follow(linked, "own", linked.path / "services/billing/main.py") == [BILLING]
    assert follow(linked, "main", repo.path / "services/billing/main.py") == [BILLING]
    assert follow(linked, "sibling", inner.path / "services/billing/main.py") == [BILLING]


def test_an_absolute_link_in_the_middle_of_a_chain_is_followed_too(repo: Sandbox) -> None:
    others = {"services/orders/theirs": str(repo.path / "services/billing"), "services/orders/out": "/etc"}
    assert follow(repo, "services/orders/link", "theirs/main.py", **others) == [BILLING]
    assert follow(repo, "services/orders/gone", "out/hosts") == []


def test_a_bare_repository_is_no_work_tree(repo: Sandbox, tmp_path: Path) -> None:
    bare = repo.clone(tmp_path / "shop.git", "--bare")
    linked = bare.worktree(tmp_path / "a1", "a1")
    assert follow(linked, "bare", bare.path / "services/billing/main.py") == []
    assert follow(linked, "own", linked.path / "services/billing/main.py") == [BILLING]
