"""A worktree's own `core.hooksPath` turns the guard off: told to all, mended for a person, who can put it back."""

import subprocess
from collections.abc import Iterator

import pytest

from agentgrid.config.in_force import find_in_force
from agentgrid.git.repository import Repository
from agentgrid.workspace.hook_section import section_name
from agentgrid.workspace.repair import repair
from support.grids import BILLING, ORDERS, GridSandbox, admin_dir_of, try_commit
from support.repositories import Sandbox

OLD = "some where/it's mine"


@pytest.fixture(autouse=True)
def own_configuration(grid: GridSandbox) -> Iterator[None]:
    """Gone after each test: a fresh grid still has it."""
    yield
    for file in (grid.main.path / ".git").rglob("config.worktree"):
        file.unlink()


@pytest.fixture
def unguarded(grid: GridSandbox, a2: Sandbox) -> Sandbox:
    grid.main.git("config", "extensions.worktreeConfig", "true")
    a2.git("config", "--worktree", "core.hooksPath", OLD)
    return a2


def mend(where: Sandbox, *, dry_run: bool = False) -> list[tuple[str, str, str, bool]]:
    repository = Repository.discover(where.path)
    mended = repair(repository, find_in_force(repository).policy, dry_run=dry_run)
    return [(each.fault.agent, each.fault.kind, each.action, each.is_done) for each in mended]


def test_a_persons_repair_takes_it_out_and_says_how_to_put_it_back(grid: GridSandbox, unguarded: Sandbox) -> None:
    assert try_commit(unguarded, ORDERS).code == 0
    unguarded.git("reset", "--quiet", "--hard", "HEAD~1")
    ((agent, kind, action, is_done),) = mend(grid.main)
    assert (agent, kind, is_done) == ("a2", "hooks-path", True)
    assert (try_commit(unguarded, BILLING).code, try_commit(unguarded, ORDERS).code) == (0, 1)
    assert mend(grid.main) == []

    told, _, command = action.partition(": ")
    assert told == "taken out; to put it back"
    subprocess.run(["sh", "-ec", command], check=True)
    assert unguarded.git("config", "--worktree", "core.hooksPath") == OLD


def test_several_values_all_come_back_in_order(grid: GridSandbox, unguarded: Sandbox) -> None:
    unguarded.git("config", "--worktree", "--add", "core.hooksPath", "second")
    ((_, _, action, _),) = mend(grid.main)
    subprocess.run(["sh", "-ec", action.partition(": ")[2]], check=True)
    assert unguarded.git("config", "--worktree", "--get-all", "core.hooksPath").splitlines() == [OLD, "second"]


def test_a_dry_run_and_an_agent_are_told_the_command_and_change_nothing(grid: GridSandbox, unguarded: Sandbox) -> None:
    file = admin_dir_of(unguarded) / "config.worktree"
    before = file.read_bytes()
    command = f"git config --file {file} --unset-all core.hooksPath"
    assert mend(grid.main, dry_run=True) == [("a2", "hooks-path", command, False)]
    assert mend(unguarded) == [("a2", "hooks-path", command, False)]
    assert file.read_bytes() == before


def test_other_settings_of_a_worktree_are_no_fault(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.git("config", "extensions.worktreeConfig", "true")
    a2.git("config", "--worktree", "alias.st", "status")
    grid.main.git("config", "--worktree", "core.hooksPath", "elsewhere")
    assert mend(grid.main) == []


def test_a_file_that_git_does_not_read_is_left_alone(grid: GridSandbox, a2: Sandbox) -> None:
    admin_dir = admin_dir_of(a2)
    (admin_dir / "config.worktree").write_text("[core]\n\thooksPath = elsewhere\n")
    grid.main.git("config", "--remove-section", section_name(admin_dir))
    assert mend(grid.main) == []
