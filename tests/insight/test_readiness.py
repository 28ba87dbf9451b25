"""`doctor`: go, caution or no-go, with the reason and what to type."""

import os
from pathlib import Path
from typing import Any

import pytest

from support.program import InitialisedGrid, agentgrid, run


@pytest.fixture
def grid(small_grid: InitialisedGrid) -> InitialisedGrid:
    return small_grid


def examine(grid: InitialisedGrid, **env: str) -> tuple[int, dict[str, Any]]:
    """Exit code, and verdict with the checks by subject."""
    answer = agentgrid(grid.main, "doctor", "--json", env=env)
    data = answer.data
    return answer.code, {"verdict": data["verdict"], **{check["subject"]: check for check in data["checks"]}}


def test_a_grid_in_order_is_go(grid: InitialisedGrid) -> None:
    code, found = examine(grid)

    assert (code, found.pop("verdict")) == (0, "go")
    assert list(found) == ["git", "program", "policy", "map", "worktrees", "hooks", "edit hooks", "state", "memory"]
    assert {check["level"] for check in found.values()} == {"go"}


def test_an_agent_without_a_worktree_is_caution(grid: InitialisedGrid) -> None:
    agentgrid(grid.main, "remove", "a1")

    code, found = examine(grid)

    assert (code, found["verdict"]) == (0, "caution")
    assert found["worktrees"] == {
        "subject": "worktrees",
        "level": "caution",
        "message": "no worktree yet: a1",
        "hint": "agentgrid init",
    }


def test_a_guard_that_is_out_of_order_is_no_go(grid: InitialisedGrid) -> None:
    hooks = Path(grid.desks["a1"].git("config", "core.hooksPath"))
    hooks.chmod(0o755)
    (hooks / "pre-commit").unlink()

    code, found = examine(grid)

    assert (code, found["verdict"], found["hooks"]["level"]) == (1, "no-go", "no-go")
    assert found["hooks"]["message"].startswith("a1: pre-commit is missing")


def test_budgets_above_the_machine_are_no_go(grid: InitialisedGrid) -> None:
    profile = "config/agents/a1.yaml"
    grid.main.commit("Think big", **{profile: grid.main.read(profile) + "budget: {memory: 900TB}\n"})

    code, found = examine(grid)

    assert (code, found["verdict"], found["memory"]["level"]) == (1, "no-go", "no-go")
    assert found["memory"]["message"].startswith("budgets 900 TB + reserve ")


def test_a_key_that_is_missing_is_caution_and_programs_are_not_asked(grid: InitialisedGrid) -> None:
    profile = "config/agents/a1.yaml"
    keys = "keys: {ONE: env:KEY_ONE, TWO: 'cmd:touch asked'}\n"
    grid.main.commit("Keys", **{profile: grid.main.read(profile) + keys})

    missing, there = examine(grid)[1]["keys"], examine(grid, KEY_ONE="sk-test-0123456789")[1]["keys"]

    assert (missing["level"], missing["hint"]) == ("caution", "export KEY_ONE=…")
    assert (there["level"], there["message"]) == ("go", "1 of 2 found, 1 to be asked for (agentgrid env check)")
    assert not (grid.main.path / "asked").exists()


def test_a_path_that_two_agents_claim_is_no_go(grid: InitialisedGrid) -> None:
    profile = "config/agents/a1.yaml"
    grid.main.commit("Claim it too", **{profile: grid.main.read(profile) + "  support: ['services/orders/main.py']\n"})

    code, found = examine(grid)

    assert (code, found["map"]["level"]) == (1, "no-go")
    assert found["map"]["message"] == "1 path(s) are claimed twice: services/orders/main.py by a1 and a2"


def test_a_rule_that_matches_nothing_is_caution(grid: InitialisedGrid) -> None:
    profile = "config/agents/a1.yaml"
    grid.main.commit("Plan ahead", **{profile: grid.main.read(profile) + "  support: ['services/later/**']\n"})

    code, found = examine(grid)

    assert (code, found["verdict"], found["map"]["level"]) == (0, "caution", "caution")


def test_a_broken_policy_is_no_go_with_its_place(grid: InitialisedGrid) -> None:
    grid.main.commit("Break it", **{"agentgrid.yaml": "version: 1\ncomon: [a/**]\n"})

    code, found = examine(grid)

    assert (code, found["verdict"], list(found)[-1]) == (1, "no-go", "policy")
    assert found["policy"]["message"].startswith("agentgrid.yaml:2: comon: ")


def test_an_unrelated_program_of_the_same_name_is_caution(grid: InitialisedGrid, tmp_path: Path) -> None:
    other = tmp_path / "agentgrid"
    other.write_text("#!/bin/sh\necho another framework\n", encoding="utf-8")
    other.chmod(0o755)

    code, found = examine(grid, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    assert (code, found["program"]["level"]) == (0, "caution")
    assert found["program"]["message"] == f"`agentgrid` on PATH is another program: {other}"


def test_a_git_that_is_too_old_is_no_go(grid: InitialisedGrid, tmp_path: Path) -> None:
    real = run(grid.main, "sh", "-c", "command -v git").out.strip()
    old = tmp_path / "git"
    old.write_text(
        f'#!/bin/sh\ncase " $* " in *" --version "*) echo git version 2.30.2; exit ;; esac\nexec {real} "$@"\n',
        encoding="utf-8",
    )
    old.chmod(0o755)

    code, found = examine(grid, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    assert (code, found["git"]["level"]) == (1, "no-go")
    assert found["git"]["message"] == "git version 2.30.2; 2.38 or newer is needed"


def test_a_policy_that_only_counts_here_is_caution(grid: InitialisedGrid) -> None:
    grid.main.write("agentgrid.yaml", grid.main.read("agentgrid.yaml") + "# a note\n")
    assert agentgrid(grid.main, "policy", "apply").code == 0

    code, found = examine(grid)

    assert (code, found["verdict"], found["policy"]["level"]) == (0, "caution", "caution")


def test_outside_a_grid_it_says_how_to_make_one(grid: InitialisedGrid) -> None:
    grid.main.git("reset", "--quiet", "--hard", "HEAD~1")

    code, found = examine(grid)

    assert (code, found["policy"]["level"], found["policy"]["hint"]) == (
        1,
        "no-go",
        "`agentgrid init` makes one and shows it first",
    )
