"""After set-up the repository's own hooks run in agents' worktrees, behind the guard, and the guard stands: with
husky's layout, the real lefthook and pre-commit, and commands that write over it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgrid.workspace.hookdir import find_hook_faults
from support.grids import (
    BILLING,
    GRID,
    ORDERS,
    GridSandbox,
    admin_dir_of,
    attempt,
    hook_of,
    make_grid,
    replace_hook,
    try_commit,
)
from support.program import agentgrid
from support.repositories import Sandbox
from support.tools import IS_CI, require_lefthook

PRE_COMMIT_CONFIG = """\
repos:
  - repo: local
    hooks:
      - {id: no-todo, name: no todo, entry: "sh -c 'if grep -n TODO \\"$@\\"; then exit 1; fi' --", language: system}
"""
LEFTHOOK_CONFIG = 'pre-commit:\n  commands:\n    told:\n      run: echo "lefthook in ${PWD##*/}" >>"$TOLD"\n'
HUSKY_RUNNER = '#!/usr/bin/env sh\ns=$(dirname "$(dirname "$0")")/$(basename "$0")\n[ ! -f "$s" ] || sh -e "$s" "$@"\n'


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What the hooks wrote since it was asked last."""
    file = tmp_path / "told"
    monkeypatch.setenv("TOLD", str(file))

    def read() -> list[str]:
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    return read


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., GridSandbox]:
    """A grid whose main branch, and so every worktree, has `files`; `setup:` as given."""

    def make(setup: object = None, **files: str) -> GridSandbox:
        grid = make_grid(tmp_path / "shop", grid=f"{GRID}setup: {json.dumps(setup or {})}\n")
        grid.main.commit("Configure", **files)
        for desk in grid.desks.values():
            desk.git("-c", f"core.hooksPath={os.devnull}", "merge", "--quiet", "--ff-only", "main")
        return grid

    return make


def require_guarded(grid: GridSandbox) -> None:
    """The guard is whole and says no; afterwards nothing is staged."""
    a2 = grid.desks["a2"]
    assert find_hook_faults(grid.repository, "a2", admin_dir_of(a2)) == []
    a2.write(ORDERS, "CHANGED = True\n")
    refused = attempt(a2, "commit", "--quiet", "-a", "-m", "Foreign")
    assert (refused.code, f"{ORDERS} belongs to a1" in refused.said) == (1, True)
    a2.git("checkout", "--quiet", "HEAD", "--", ORDERS)


def set_up(grid: GridSandbox) -> str:
    answer = agentgrid(grid.main, "setup", "a2", "--trust")
    assert answer.code == 0, answer.out + answer.err
    return answer.out


# husky


def install_husky(main: Sandbox) -> None:
    """As its own installer leaves it: `.husky/_` ignored by itself, the hooks path relative."""
    main.write(".husky/_/.gitignore", "*")
    main.write(".husky/_/h", HUSKY_RUNNER)
    main.write(".husky/_/pre-commit", '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n').chmod(0o755)
    main.git("config", "core.hooksPath", ".husky/_")


def test_huskys_hooks_are_those_of_the_agents_own_branch(
    make: Callable[..., GridSandbox], told: Callable[[], list[str]]
) -> None:
    grid = make(**{".husky/pre-commit": 'echo "main" >>"$TOLD"\n'})
    a2 = grid.desks["a2"]
    install_husky(grid.main)
    a2.commit("Its own", **{".husky/pre-commit": 'echo "its own" >>"$TOLD"\n'})
    a2.git("reset", "--quiet", "--soft", "HEAD^")  # not charged: only the file counts here
    a2.git("restore", "--staged", ".husky/pre-commit")
    assert (try_commit(a2, BILLING).code, told()) == (0, ["main"])

    assert "3 copied" in set_up(grid)

    require_guarded(grid)
    told()
    assert (try_commit(a2, BILLING).code, told()) == (0, ["its own"])
    assert ".husky/_" not in a2.status()


def test_where_husky_isnt_installed_it_is_told(make: Callable[..., GridSandbox]) -> None:
    grid = make(**{".husky/pre-commit": "true\n", "package.json": '{"scripts": {"prepare": "husky"}}'})
    assert "husky isn't installed in" in set_up(grid)


def test_a_command_that_sets_the_hooks_path_of_the_repository_is_told_and_the_guard_stands(
    make: Callable[..., GridSandbox], told: Callable[[], list[str]]
) -> None:
    """What `npm ci` does in the worktree through husky's `prepare`."""
    install = (
        "mkdir -p .husky/_ && echo '*' >.husky/_/.gitignore && "
        "printf '#!/bin/sh\\nsh \"${0%%/_/*}/pre-commit\"\\n' >.husky/_/pre-commit && chmod +x .husky/_/pre-commit && "
        "git config core.hooksPath .husky/_"
    )
    grid = make({"run": [install]}, **{".husky/pre-commit": 'echo husky >>"$TOLD"\n'})
    out = set_up(grid)
    assert "a set-up command has changed core.hooksPath of the repository (was not set, is .husky/_)" in out
    require_guarded(grid)
    told()
    assert (try_commit(grid.desks["a2"], BILLING).code, told()) == (0, ["husky"])


# lefthook and pre-commit


def on_path(monkeypatch: pytest.MonkeyPatch, program: Path) -> None:
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def test_lefthooks_hooks_run_behind_the_guard(
    make: Callable[..., GridSandbox], told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = require_lefthook(is_ci=IS_CI)
    on_path(monkeypatch, program)
    monkeypatch.setenv("LEFTHOOK_BIN", str(program))
    grid = make(**{"lefthook.yml": LEFTHOOK_CONFIG})
    a2 = grid.desks["a2"]
    assert (try_commit(a2, BILLING).code, told()) == (0, [])

    assert agentgrid(grid.main, "setup", "a2").code == 1  # a tool of the repository: a person says so first
    set_up(grid)

    require_guarded(grid)
    told()
    assert (try_commit(a2, BILLING).code, told()) == (0, ["lefthook in wt-a2"])
    assert not (grid.main.path / ".git/hooks/pre-commit").exists()
    assert (try_commit(grid.main, "README.md").code, told()) == (0, [])

    subprocess.run([program, "install"], cwd=grid.main.path, check=True, capture_output=True)
    assert (try_commit(a2, BILLING).code, told()) == (0, ["lefthook in wt-a2"])  # not twice


def test_pre_commits_hooks_run_behind_the_guard(
    make: Callable[..., GridSandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, Path(sys.executable))
    grid = make(**{".pre-commit-config.yaml": PRE_COMMIT_CONFIG})
    a2 = grid.desks["a2"]

    set_up(grid)

    require_guarded(grid)
    passed = try_commit(a2, BILLING)
    assert (passed.code, "no todo" in passed.said) == (0, True), passed.said
    a2.write(BILLING, "# TODO\n")
    refused = attempt(a2, "commit", "-a", "-m", "Later")
    assert (refused.code, "Failed" in refused.said) == (1, True)
    assert not (grid.main.path / ".git/hooks/pre-commit").exists()


def test_hooks_that_the_main_worktree_has_are_enough(
    make: Callable[..., GridSandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, Path(sys.executable))
    grid = make(**{".pre-commit-config.yaml": PRE_COMMIT_CONFIG})
    subprocess.run(["pre-commit", "install"], cwd=grid.main.path, check=True, capture_output=True)
    answer = agentgrid(grid.main, "setup", "--json")
    assert (answer.code, [desk["steps"] for desk in answer.data["agents"]]) == (0, [[], []])


def test_a_tool_that_isnt_there_stops_nobody(make: Callable[..., GridSandbox], monkeypatch: pytest.MonkeyPatch) -> None:
    grid = make({"run": ["touch ran"]}, **{"lefthook.yml": LEFTHOOK_CONFIG})
    kept = [each for each in os.environ["PATH"].split(os.pathsep) if not (Path(each) / "lefthook").exists()]
    answer = subprocess.run(
        [Path(sys.executable).parent / "agentgrid", "setup", "a2", "--trust"],
        cwd=grid.main.path,
        env={**os.environ, "PATH": os.pathsep.join(kept)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, "lefthook install: left out: lefthook is not installed" in answer.stdout) == (0, True)


def test_another_tools_displaced_hook_is_kept(
    make: Callable[..., GridSandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, Path(sys.executable))
    grid = make(**{".pre-commit-config.yaml": PRE_COMMIT_CONFIG})
    displaced = hook_of(grid.desks["a2"]).parents[1] / "displaced"
    displaced.mkdir()
    (displaced / "pre-commit").write_text("#!/bin/sh\necho another tool\n")
    (displaced / "pre-commit").chmod(0o755)

    answer = agentgrid(grid.main, "setup", "a2", "--trust")

    assert (answer.code, "is another tool's" in answer.out) == (1, True)
    assert "another tool" in (displaced / "pre-commit").read_text()


# Commands that write over the guard

OVERWRITE = """\
hooks=$(git config core.hooksPath); chmod 755 "$hooks"; rm "$hooks/pre-commit"
printf '#!/bin/sh\\necho "the tool" >>"$TOLD"\\n' >"$hooks/pre-commit"; chmod 755 "$hooks/pre-commit"
"""
OWN_PATH = 'git config extensions.worktreeConfig true && git config --worktree core.hooksPath "$PWD/none"'


def test_a_command_that_writes_over_the_guard_is_noticed_mended_and_told(
    make: Callable[..., GridSandbox], told: Callable[[], list[str]]
) -> None:
    grid = make({"run": [OVERWRITE]})
    out = set_up(grid)
    assert "a set-up command had changed the guard: pre-commit is not the one agentgrid wrote" in out
    assert "displaced/pre-commit" in out
    require_guarded(grid)
    told()
    assert (try_commit(grid.desks["a2"], BILLING).code, told()) == (0, ["the tool"])  # kept, behind the guard


def test_a_command_that_leads_git_elsewhere_is_noticed_mended_and_told(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": [OWN_PATH]})
    out = set_up(grid)
    assert "to bring it back: git config --file" in out
    require_guarded(grid)


def test_without_the_look_afterwards_the_guard_would_be_gone(make: Callable[..., GridSandbox]) -> None:
    """The twin: what such a command leaves when nobody looks."""
    grid = make()
    a2 = grid.desks["a2"]
    replace_hook(a2, "#!/bin/sh\nexit 0\n")
    a2.git("config", "extensions.worktreeConfig", "true")
    a2.git("config", "--worktree", "core.hooksPath", str(a2.path / "none"))
    a2.write(ORDERS, "CHANGED = True\n")
    assert attempt(a2, "commit", "--quiet", "-a", "-m", "Foreign").code == 0
