"""Claude Code asks for a worktree and gets an agent's, or one inside the agent's own; its path is all that is on
stdout, and nothing is ever removed."""

from pathlib import Path

import pytest

from agentgrid.workspace.identity import is_sub_worktree, read_identity
from support.edits import EditAnswer, edit_hook_of, refusal, run_asked
from support.grids import ORDERS, GridSandbox, admin_dir_of, make_grid
from support.program import BIN, InitialisedGrid, agentgrid
from support.repositories import Sandbox


def ask_for(
    name: object, stands: Sandbox, *, hook: Path | None = None, event: str = "WorktreeCreate", key: str = "name"
) -> EditAnswer:
    """Asks by the installed hook, or by hand as a person's settings do."""
    command: list[str | Path] = [hook, "claude"] if hook else [BIN / "agentgrid", "hook", "claude"]
    call = {"hook_event_name": event, "cwd": str(stands.path), "session_id": "s", key: name}
    return run_asked(command, call, stands.path)


def test_an_agents_name_is_its_worktree(grid: GridSandbox) -> None:
    assert ask_for("a2", grid.main) == EditAnswer(0, f"{grid.desks['a2'].path}\n", "")


def test_one_that_is_missing_is_made_with_its_guard(small_grid: InitialisedGrid) -> None:
    assert agentgrid(small_grid.main, "remove", "a1", "--force").code == 0
    answer = ask_for("a1", small_grid.main)
    assert (answer.code, answer.out.count("\n")) == (0, 1)
    made = Sandbox(Path(answer.out.strip()))
    assert made.git("branch", "--show-current").endswith("__a1")
    assert edit_hook_of(made).exists()
    assert (made.path / ".claude/settings.local.json").exists()


def test_a_name_that_is_nobodys_is_told_what_to_type(grid: GridSandbox) -> None:
    answer = ask_for("feature", grid.main)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == ("agentgrid: no worktree was made: the grid has no agent 'feature', and each worktree is an "
                          "agent's\nhint: make it one first: agentgrid agent add feature\n")  # fmt: skip


def test_in_an_agents_worktree_another_name_is_one_more_of_its_own(tmp_path: Path) -> None:
    a2 = make_grid(tmp_path / "shop").desks["a2"]
    hook = edit_hook_of(a2)
    answer = ask_for("agent-1f2e", a2, hook=hook)
    inner = Sandbox(a2.path / ".claude/worktrees/agent-1f2e")
    assert (answer.code, answer.out) == (0, f"{inner.path}\n")
    identity = read_identity(admin_dir_of(inner))
    assert (identity and identity[0], is_sub_worktree(admin_dir_of(inner))) == ("a2", True)
    assert inner.oid() == a2.oid()
    assert "belongs to a1" in (refusal(a2, inner.path / ORDERS) or "")
    again = ask_for("agent-1f2e", a2, hook=hook, key="worktree_name")
    assert (again.code, again.out) == (0, answer.out)


def test_it_gets_the_edit_hook_that_the_agent_has(tmp_path: Path) -> None:
    a2 = make_grid(tmp_path / "shop").desks["a2"]
    assert agentgrid(a2, "agent", "hooks", "a2", "--write").code == 0
    made = Path(ask_for("helper", a2, hook=edit_hook_of(a2)).out.strip())
    settings = (made / ".claude/settings.local.json").read_text()
    assert f"{edit_hook_of(a2)} claude" in settings
    assert Sandbox(made).git("status", "--porcelain") == a2.git("status", "--porcelain") == ""


def test_where_the_client_stands_elsewhere_the_hooks_own_agent_gets_it(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop")
    a2 = grid.desks["a2"]
    answer = ask_for("x", grid.main, hook=edit_hook_of(a2))
    assert answer.out == f"{a2.path}/.claude/worktrees/x\n"


def test_an_agent_doesnt_get_another_ones(grid: GridSandbox) -> None:
    a2 = grid.desks["a2"]
    answer = ask_for("a1", a2, hook=edit_hook_of(a2))
    assert (answer.code, answer.out) == (1, "")
    assert "an agent doesn't work in that of a1" in answer.err
    assert ask_for("a2", a2, hook=edit_hook_of(a2)).out == f"{a2.path}\n"


@pytest.mark.parametrize("name", ["../out", "a/b", "", "-x", 7, None, "x" * 200, ".git", "a b"])
def test_a_name_that_is_no_folders_is_refused(a2: Sandbox, name: object) -> None:
    answer = ask_for(name, a2, hook=edit_hook_of(a2))
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("agentgrid: no worktree was made: ")
    assert "Traceback" not in answer.err


def test_outside_a_repository_none_is_made(tmp_path: Path) -> None:
    answer = ask_for("x", Sandbox(tmp_path))
    assert (answer.code, answer.out) == (2, "")


def test_nothing_is_removed(tmp_path: Path) -> None:
    a2 = make_grid(tmp_path / "shop").desks["a2"]
    made = Path(ask_for("x", a2, hook=edit_hook_of(a2)).out.strip())
    answer = ask_for("x", a2, hook=edit_hook_of(a2), event="WorktreeRemove")
    assert (answer.code, answer.out, made.is_dir()) == (0, "", True)
