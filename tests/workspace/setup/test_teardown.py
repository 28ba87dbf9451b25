"""`setup.teardown` runs in the worktree before it goes, once a person has approved it; what went wrong is one line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgrid.grid import Grid
from agentgrid.workspace.desks import require_desk
from support.grids import GRID, GridSandbox, make_grid
from support.program import agentgrid


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., GridSandbox]:
    return lambda *teardown: make_grid(
        tmp_path / "shop", grid=f"{GRID}setup: {json.dumps({'teardown': teardown, 'timeout': '2s'})}\n"
    )


def tear_down(grid: GridSandbox) -> str | None:
    opened = Grid.open(grid.main.path)
    return opened.desks.teardown(lambda _agent, _what: None)(require_desk(opened.repository, "a2"))


def test_it_runs_as_the_agent_in_its_worktree(make: Callable[..., GridSandbox]) -> None:
    grid = make('echo "$AGENT_ID" >gone', "echo two >>gone")
    assert agentgrid(grid.main, "setup", "--trust").code == 0
    assert not (grid.desks["a2"].path / "gone").exists()
    assert tear_down(grid) is None
    assert grid.desks["a2"].read("gone") == "a2\ntwo\n"


def test_without_approval_it_doesnt_run(make: Callable[..., GridSandbox]) -> None:
    grid = make("touch gone")
    assert agentgrid(grid.main, "setup").code == 0  # nothing to set up
    assert "agentgrid.yaml:5 setup.teardown is not approved on this machine" in (tear_down(grid) or "")
    assert not (grid.desks["a2"].path / "gone").exists()


@pytest.mark.parametrize(
    ("command", "told"),
    [("exit 4", "exit 4: failed with exit code 4 (output: "), ("sleep 300", "ended: it took longer than 2 s")],
)
def test_a_failure_is_told_and_stops_the_rest(make: Callable[..., GridSandbox], command: str, told: str) -> None:
    grid = make(command, "touch after")
    agentgrid(grid.main, "setup", "--trust")
    assert told in (tear_down(grid) or "")
    assert not (grid.desks["a2"].path / "after").exists()


def test_without_commands_there_is_nothing_to_run(make: Callable[..., GridSandbox]) -> None:
    assert tear_down(make()) is None
