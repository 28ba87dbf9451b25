"""Submodules and LFS don't break a sync: links are followed where nothing is lost, large files come in whole."""

from pathlib import Path

import pytest

from support.grids import GridSandbox
from support.program import BILLING, InitialisedGrid
from support.repositories import Sandbox, create_repository
from support.syncs import commit, sync, whole
from support.tools import IS_CI, require_git_lfs

README = "README.md"


@pytest.fixture
def grid(small_grid: InitialisedGrid) -> GridSandbox:
    """Put back as a whole: `git clean` leaves what a submodule was."""
    return GridSandbox(small_grid.main, small_grid.desks)


@pytest.fixture
def library(grid: GridSandbox, tmp_path: Path) -> Sandbox:
    """A library that the base links as `lib`, checked out in a1's worktree too; it has gone on since."""
    library = create_repository(tmp_path / "library", **{"code.py": "VERSION = 1\n"})
    grid.main.git("submodule", "--quiet", "add", "--force", library.path, "lib")
    grid.main.commit("Link the library")
    assert sync(grid, "a1")["a1"].is_done
    grid.desks["a1"].git("submodule", "--quiet", "update", "--init")
    commit(grid.desks["a1"], BILLING, "INVOICES = [1]\n")
    library.commit("Two", **{"code.py": "VERSION = 2\n"})
    Sandbox(grid.main.path / "lib").git("pull", "--quiet", "origin", "main")
    grid.main.commit("The library's next version")
    return library


@pytest.mark.parametrize("rebase", [False, True])
def test_a_submodule_that_stands_at_its_link_follows_it(grid: GridSandbox, library: Sandbox, *, rebase: bool) -> None:
    done = sync(grid, "a1", rebase=rebase)["a1"]

    desk = grid.desks["a1"]
    assert (done.state, done.warnings) == ("rebased" if rebase else "merged", ())
    assert desk.read("lib/code.py") == "VERSION = 2\n"
    assert desk.git("status", "--porcelain", "--untracked-files=no") == ""


def test_a_submodule_with_uncommitted_work_is_in_the_way(grid: GridSandbox, library: Sandbox) -> None:
    desk = grid.desks["a1"]
    desk.write("lib/code.py", "VERSION = 'mine'\n")

    done = sync(grid, "a1")["a1"]

    assert (done.state, done.message) == ("refused", "uncommitted files are in the way: lib")
    assert desk.read("lib/code.py") == "VERSION = 'mine'\n"


def test_a_submodule_that_was_moved_on_is_in_the_way(grid: GridSandbox, library: Sandbox) -> None:
    inner = Sandbox(grid.desks["a1"].path / "lib")
    mine = inner.commit("Mine", **{"code.py": "VERSION = 'mine'\n"})

    done = sync(grid, "a1")["a1"]

    assert (done.state, "uncommitted files are in the way: lib" in done.message, inner.oid()) == ("refused", True, mine)


def test_a_submodule_where_the_base_has_a_folder_now_is_in_the_way(grid: GridSandbox, library: Sandbox) -> None:
    grid.main.git("rm", "--quiet", "--force", "lib")
    grid.main.commit("A folder of our own", **{"lib/code.py": "OURS = 1\n"})
    before = whole(grid.desks["a1"])

    done = sync(grid, "a1")["a1"]

    assert (done.state, done.message) == ("refused", "uncommitted files are in the way: lib")
    assert whole(grid.desks["a1"]) == before


def test_large_files_come_in_whole(grid: GridSandbox) -> None:
    require_git_lfs(is_ci=IS_CI)
    for name, command in (("clean", "git-lfs clean -- %f"), ("smudge", "git-lfs smudge -- %f"),
                          ("process", "git-lfs filter-process"), ("required", "true")):  # fmt: skip
        grid.main.git("config", f"filter.lfs.{name}", command)
    desk = grid.desks["a1"]
    commit(desk, BILLING, "INVOICES = [1]\n")
    grid.main.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    grid.main.write("model.bin", b"\0large\xff" * 1000)
    grid.main.commit("A model")

    assert sync(grid, "a1")["a1"].state == "merged"
    assert (desk.path / "model.bin").read_bytes() == b"\0large\xff" * 1000
    assert desk.git("show", "HEAD:model.bin").startswith("version https://git-lfs")
    assert desk.git("status", "--porcelain", "--untracked-files=no") == ""
