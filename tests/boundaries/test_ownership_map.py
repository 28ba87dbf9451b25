"""The map over a real tree."""

from pathlib import Path

from agentgrid.boundaries.findings import Rule
from agentgrid.boundaries.ownership_map import Folder, Overlap, OwnershipMap, Share, draw_map
from agentgrid.git.history import list_tree
from agentgrid.git.process import Git
from support.maps import make_territory
from support.repositories import Sandbox, create_repository

GRID = "version: 1\ncommon: [lib/**]\nfrozen: [/LICENSE]\n"


def draw(sandbox: Sandbox) -> OwnershipMap:
    territory = make_territory(GRID, a1="{critical: [a/**, gone/**]}", a2="{critical: [b/**, a/both.txt, sub/]}")
    return draw_map(territory, list_tree(Git(sandbox.path), "HEAD"))


def test_the_whole_map(tmp_path: Path) -> None:
    files = {"a/x": "1234", "a/deep/er/y": "12", "a/both.txt": "1", "b/z": "123", "lib/l": "1", "LICENSE": "12345",
             "README": "123456789"}  # fmt: skip
    drawn = draw(create_repository(tmp_path / "repo", **files))
    assert drawn.agents == (Share("a1", 2, 6, 6 / 20), Share("a2", 1, 3, 3 / 20))
    assert drawn.rest == (
        Share("common", 1, 1, 1 / 20), Share("frozen", 1, 5, 0.0), Share("unowned", 1, 9, 9 / 20),
        Share("shared-conflict", 1, 1, 1 / 20),
    )  # fmt: skip
    assert drawn.overlaps == (Overlap(b"a/both.txt", ("a1", "a2")),)
    assert drawn.unowned == (b"README",)
    assert drawn.idle_rules == (
        Rule("gone/**", "config/agents/a1.yaml", 2), Rule("sub/", "config/agents/a2.yaml", 2),
    )  # fmt: skip
    assert drawn.folders() == [
        Folder(b"LICENSE", "frozen", 1, 5), Folder(b"README", "unowned", 1, 9),
        Folder(b"a/both.txt", "shared-conflict", 1, 1), Folder(b"a/deep/", "a1", 1, 2), Folder(b"a/x", "a1", 1, 4),
        Folder(b"b/", "a2", 1, 3), Folder(b"lib/", "common", 1, 1),
    ]  # fmt: skip


def test_a_submodule_link_is_a_path_without_size(tmp_path: Path) -> None:
    library = create_repository(tmp_path / "library", code="x\n")
    repo = create_repository(tmp_path / "repo", **{"a/x": "1"})
    repo.git("submodule", "--quiet", "add", library.path, "sub")
    repo.commit("Library")
    drawn = draw(repo)
    assert (drawn.holders[b"sub"], drawn.sizes[b"sub"]) == ("a2", 0)


def test_an_empty_tree_has_an_empty_map(tmp_path: Path) -> None:
    repo = create_repository(tmp_path / "repo")
    repo.commit("Nothing")
    drawn = draw(repo)
    assert [share.share for share in (*drawn.agents, *drawn.rest)] == [0.0] * 6
    assert (drawn.folders(), drawn.unowned) == ([], ())


def test_names_that_are_not_text_are_placed_and_shown(tmp_path: Path) -> None:
    repo = create_repository(tmp_path / "repo", **{"a/new\nline": "1"})
    assert draw(repo).folders() == [Folder(b"a/", "a1", 1, 1)]
