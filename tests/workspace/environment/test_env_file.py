"""A written env file: its owner's alone, out of git's sight, never over anything else."""

from pathlib import Path

import pytest

from agentgrid.config.in_force import find_in_force
from agentgrid.errors import InputError, Refused
from agentgrid.workspace.desks import require_desk
from agentgrid.workspace.environment.env_file import drop_env_files, plan_env_file, write_env_file
from agentgrid.workspace.furnishing import furnish_desks
from agentgrid.workspace.removal import assess_removal, remove_desk
from support.grids import GridSandbox
from support.program import InitialisedGrid
from support.repositories import Sandbox

TEXT = "OPENAI_API_KEY=sk-test-0123456789\n"


def write(grid: GridSandbox, output: Path | None = None, text: str = TEXT) -> Path:
    plan = plan_env_file(require_desk(grid.repository, "a2"), output)
    write_env_file(grid.repository, plan, text)
    return plan.path


def test_it_is_its_owners_alone_and_git_does_not_see_it(grid: GridSandbox, a2: Sandbox) -> None:
    path = write(grid)

    assert path == a2.path / ".env"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="utf-8").endswith(TEXT)
    assert a2.status() == ""


def test_it_stays_hidden_when_the_desks_are_furnished_again(grid: GridSandbox, a2: Sandbox) -> None:
    path = write(grid, a2.path / "config/a b[1].env ")
    repository = grid.repository
    furnish_desks(repository, find_in_force(repository).policy, report=lambda _subject, _what: None)

    assert a2.status() == ""
    assert path.exists()


def test_our_own_is_replaced_and_an_equal_one_left(grid: GridSandbox) -> None:
    path = write(grid)
    before = path.stat().st_ino
    plan = plan_env_file(require_desk(grid.repository, "a2"), None)

    assert plan.replaces
    assert not write_env_file(grid.repository, plan, TEXT)
    assert path.stat().st_ino == before
    assert write_env_file(grid.repository, plan, "X=1\n")
    assert path.read_text(encoding="utf-8").endswith("\nX=1\n")


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_what_something_else_wrote_is_refused(grid: GridSandbox, a2: Sandbox, tmp_path: Path, kind: str) -> None:
    if kind == "file":
        a2.write(".env", "MINE=1\n")
    else:
        if kind == "link":
            (tmp_path / "elsewhere").write_text("# written by agentgrid for a2\n", encoding="utf-8")
        (a2.path / ".env").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(Refused, match="agentgrid didn't write it") as raised:
        write(grid)

    assert raised.value.hint == f"agentgrid env write a2 --output {a2.path}/.env.agentgrid"


def test_a_tracked_file_is_refused(grid: GridSandbox, a2: Sandbox) -> None:
    a2.write(".env", "# written by agentgrid for a2: but tracked\n")
    a2.git("add", "-f", ".env")

    with pytest.raises(Refused, match="git tracks"):
        write(grid)


def test_a_file_that_git_would_see_all_the_same_is_refused(grid: GridSandbox, a2: Sandbox) -> None:
    a2.write(".gitignore", "!.env\n")

    with pytest.raises(Refused, match="git would see"):
        write(grid)

    assert not (a2.path / ".env").exists()


def test_a_place_outside_of_every_work_tree_is_fine(grid: GridSandbox, tmp_path: Path) -> None:
    path = write(grid, tmp_path / "new/a2.env")

    assert path.stat().st_mode & 0o777 == 0o600


def test_another_work_tree_must_ignore_it(grid: GridSandbox) -> None:
    with pytest.raises(Refused, match="git would see"):
        write(grid, grid.main.path / "a2.env")

    grid.main.write(".gitignore", "*.env\n")
    assert write(grid, grid.main.path / "a2.env").exists()


def test_a_directory_is_no_file(grid: GridSandbox, a2: Sandbox) -> None:
    with pytest.raises(InputError, match="is a directory"):
        write(grid, a2.path / "services")


def test_dropping_takes_our_own_alone(grid: GridSandbox, a2: Sandbox) -> None:
    ours, theirs = write(grid), write(grid, a2.path / "other.env")
    theirs.write_text("MINE=1\n", encoding="utf-8")

    assert drop_env_files(grid.repository, a2.path) == [ours]
    assert (ours.exists(), theirs.exists()) == (False, True)


def test_no_key_stays_in_the_trash_of_a_removed_worktree(small_grid: InitialisedGrid) -> None:
    made = GridSandbox(small_grid.main, small_grid.desks)
    write(made)
    made.desks["a2"].write("kept.env", "x")
    made.main.write(".git/info/exclude", made.main.read(".git/info/exclude") + "kept.env\n")
    repository = made.repository
    removed = remove_desk(repository, assess_removal(repository, require_desk(repository, "a2"),
                                                     find_in_force(repository).base), force=True)  # fmt: skip

    assert removed.trash is not None
    assert (removed.trash / "kept.env").exists()
    assert [
        path for path in (made.main.path / ".git").rglob("*") if path.is_file() and b"sk-test" in path.read_bytes()
    ] == []
