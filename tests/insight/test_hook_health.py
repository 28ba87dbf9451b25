"""Whatever is wrong with an agent's hooks, `status` and `doctor` see it and `agent repair` mends it."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgrid.workspace.dispatcher import interpreter
from support.program import ORDERS, InitialisedGrid, agentgrid, try_commit
from support.repositories import Sandbox

TOOLS = "#!/bin/sh\necho a tool\n"


def hooks_of(grid: InitialisedGrid) -> Path:
    return grid.main.path / ".git/agentgrid/agents/a1/hooks"


def put(hooks: Path, name: str, text: str, mode: int = 0o555) -> None:
    hooks.chmod(0o755)
    (hooks / name).unlink(missing_ok=True)
    (hooks / name).write_text(text)
    (hooks / name).chmod(mode)
    hooks.chmod(0o555)


def displace(grid: InitialisedGrid) -> None:
    """As lefthook does: what was there under another name, its own in the place."""
    text = (hooks_of(grid) / "pre-commit").read_text()
    put(hooks_of(grid), "pre-commit.old", text)
    put(hooks_of(grid), "pre-commit", TOOLS)


def edit(grid: InitialisedGrid) -> None:
    text = (hooks_of(grid) / "pre-commit").read_text()
    put(hooks_of(grid), "pre-commit", text.replace("#!/bin/sh\n", "#!/bin/sh\nexit 0\n"))


def disarm(grid: InitialisedGrid) -> None:
    (hooks_of(grid) / "pre-commit").chmod(0o644)


def let_dangle(grid: InitialisedGrid) -> None:
    text = (hooks_of(grid) / "pre-commit").read_text()
    put(hooks_of(grid), "pre-commit", text.replace(f"python={interpreter()}", "python=/gone/bin/python"))


def take_away(grid: InitialisedGrid) -> None:
    hooks_of(grid).chmod(0o755)
    (hooks_of(grid) / "pre-commit").unlink()
    hooks_of(grid).chmod(0o555)


def unset(grid: InitialisedGrid) -> None:
    """As husky does in a repository where another tool has been before."""
    with (grid.main.path / ".git/config").open("a") as stream:
        stream.write("[core]\n\thooksPath = .husky/_\n")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (displace, "pre-commit is not the one agentgrid wrote"),
        (edit, "pre-commit is not the one agentgrid wrote"),
        (disarm, "pre-commit has mode 644, not 555"),
        (let_dangle, "pre-commit points to /gone/bin/python, which is gone"),
        (take_away, "pre-commit is missing or can't be read"),
        (unset, "core.hooksPath is '.husky/_' (local) in the worktree of a1"),
    ],
)
def test_each_fault_is_seen_by_all_and_mended(
    small_grid: InitialisedGrid, damage: Callable[[InitialisedGrid], None], message: str
) -> None:
    grid = small_grid
    assert agentgrid(grid.main, "status", "--json").data["warnings"] == []  # what it remembers is of sound hooks
    damage(grid)

    status = agentgrid(grid.main, "status", "--json").data["warnings"]
    doctor = agentgrid(grid.main, "doctor", "--json")
    planned = agentgrid(grid.main, "agent", "repair", "--dry-run", "--json").data["furnished"]

    assert (status[0].startswith(f"a1: the guard is not in order ({message}"), len(status)) == (
        True,
        1 + ("husky" in message),
    )
    hooks = [check for check in doctor.data["checks"] if check["subject"] == "hooks"]
    assert (doctor.code, hooks[0]["level"], hooks[0]["hint"]) == (1, "no-go", "agentgrid agent repair")
    assert hooks[0]["message"].startswith(f"a1: {message}")
    assert planned[0] == f"a1: {message}"

    assert "a1: hooks put in order" in agentgrid(grid.main, "agent", "repair", "--json").data["furnished"]

    assert agentgrid(grid.main, "status", "--json").data["warnings"] == []
    assert agentgrid(grid.main, "doctor", "--json").code == 0
    assert agentgrid(grid.main, "agent", "repair", "--json").data["furnished"] == []
    assert try_commit(grid.desks["a1"], ORDERS).code == 1


def test_the_next_command_in_a_moved_repository_puts_the_hooks_in_order(
    small_grid: InitialisedGrid, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere"
    shutil.move(small_grid.main.path.parent, moved)
    main, desk = Sandbox(moved / "shop"), Sandbox(moved / small_grid.desks["a1"].path.name)
    main.git("worktree", "repair", desk.path, moved / small_grid.desks["a2"].path.name)
    assert try_commit(desk, ORDERS).code == 0  # git finds no hook where it looks
    desk.git("reset", "--quiet", "--hard", "HEAD~1")
    assert agentgrid(main, "doctor", "--json").code == 1

    status = agentgrid(main, "status", "--json").data["warnings"]

    assert status == [f"{agent}: hooks written anew: the repository or the program has moved" for agent in ("a1", "a2")]
    assert agentgrid(main, "status", "--json").data["warnings"] == []
    assert try_commit(desk, ORDERS).code == 1


def test_the_next_command_after_the_program_has_moved_puts_the_hooks_in_order(small_grid: InitialisedGrid) -> None:
    note = small_grid.main.path / ".git/agentgrid/installation"
    pre_commit = hooks_of(small_grid) / "pre-commit"
    right = pre_commit.read_text()
    put(hooks_of(small_grid), "pre-commit", right.replace(f"python={interpreter()}", "python=/gone/bin/python"))
    note.write_text(note.read_text().replace(sys.executable, "/gone/bin/python"))
    assert "/gone/bin/python" in note.read_text()
    profile = small_grid.main.path / ".git/agentgrid/agents/a1/config"
    profile.write_text(profile.read_text() + "[user]\n\tname = Agent One\n\temail = a1@example.invalid\n")

    assert agentgrid(small_grid.main, "owner", ORDERS).code == 0

    assert pre_commit.read_text() == right
    assert small_grid.desks["a1"].git("config", "user.name") == "Agent One"


def test_another_installation_that_works_is_left_in_charge(small_grid: InitialisedGrid) -> None:
    note = small_grid.main.path / ".git/agentgrid/installation"
    text = note.read_text().replace(sys.executable, shutil.which("sh") or "/bin/sh")
    note.write_text(text)
    before = (hooks_of(small_grid) / "pre-commit").stat().st_ctime_ns
    assert agentgrid(small_grid.main, "status").code == 0
    assert (note.read_text(), (hooks_of(small_grid) / "pre-commit").stat().st_ctime_ns) == (text, before)
