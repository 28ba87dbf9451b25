"""The hooks that pre-commit takes from this repository, run by the real program in an agent's worktree."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from support.grids import BILLING, ORDERS, GridSandbox, remove_guard
from support.installations import ROOT
from support.program import run
from support.repositories import Sandbox
from support.tools import IS_CI

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def pre_commit(where: Sandbox, hook: str, stage: str, home: Path) -> tuple[int, str]:
    """(exit code, what it said) of the hook, taken from this repository."""
    command = (sys.executable, "-m", "pre_commit", "try-repo", str(ROOT), hook, "--hook-stage", stage, "--all-files")
    answer = run(where, *command, env={"PRE_COMMIT_HOME": str(home)})
    if "No matching distribution found" in answer.out or "Failed to establish a new connection" in answer.out:
        (pytest.fail if IS_CI else pytest.skip)("no package index answers: pre-commit installs hooks from one")
    return answer.code, answer.out + answer.err


def test_the_manifest_is_one() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    assert subprocess.run(command, check=False).returncode == 0
    assert [(each["id"], each["stages"]) for each in HOOKS] == [
        ("agentgrid-check", ["pre-commit", "pre-merge-commit"]),
        ("agentgrid-check-push", ["pre-push"]),
    ]


def test_a_foreign_change_is_refused_before_the_commit_and_before_the_push(
    grid: GridSandbox, a2: Sandbox, tmp_path: Path
) -> None:
    remove_guard(a2)
    a2.write(BILLING, "OWN = 1\n")
    a2.git("add", "--all")
    code, said = pre_commit(a2, "agentgrid-check", "pre-commit", tmp_path)
    assert (code, "Passed" in said) == (0, True), said
    a2.write(ORDERS, "TAKEN = 1\n")
    a2.git("add", "--all")
    code, said = pre_commit(a2, "agentgrid-check", "pre-commit", tmp_path)
    assert (code, f"error: {ORDERS} belongs to a1" in said) == (1, True), said
    a2.git("commit", "--quiet", "-m", "Past it")
    code, said = pre_commit(a2, "agentgrid-check-push", "pre-push", tmp_path)
    assert (code, f"error: {ORDERS} belongs to a1" in said) == (1, True), said
