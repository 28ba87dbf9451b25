"""Hooks that a tool has replaced or disarmed are put back by one that still stands, in the middle of a commit."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agentgrid.workspace.hookdir import find_hook_faults
from support.grids import (
    BILLING,
    ORDERS,
    GridSandbox,
    admin_dir_of,
    attempt,
    hook_of,
    replace_hook,
    try_commit,
)
from support.repositories import Sandbox

SAY = '#!/bin/sh\necho "{0}: $*" >&2\n'


def displaced(desk: Sandbox) -> Path:
    return hook_of(desk).parents[1] / "displaced"


def faults(grid: GridSandbox) -> list[str]:
    return [each.message for each in find_hook_faults(grid.repository, "a2", admin_dir_of(grid.desks["a2"]))]


@pytest.fixture(autouse=True)
def nothing_displaced(a2: Sandbox) -> None:
    shutil.rmtree(displaced(a2), ignore_errors=True)


def test_a_replaced_hook_is_put_back_and_the_other_runs_after_it(grid: GridSandbox, a2: Sandbox) -> None:
    replace_hook(a2, SAY.format("theirs"), "pre-push")
    done = try_commit(a2, BILLING)
    said = "agentgrid: put back pre-push, which another program had changed or replaced; what it had put there is in "
    assert (done.code, done.said) == (0, f"{said}{displaced(a2)}, where pre-push runs after agentgrid's\n")
    assert faults(grid) == []
    assert attempt(a2, "hook", "run", "pre-push", "--", "x y").said == "theirs: x y\n"
    assert try_commit(a2, BILLING).said == ""


def test_a_foreign_commit_is_refused_while_the_hook_for_it_is_replaced(grid: GridSandbox, a2: Sandbox) -> None:
    replace_hook(a2, SAY.format("theirs"))
    before = a2.oid()
    refused = try_commit(a2, ORDERS)
    assert (refused.code != 0, a2.oid()) == (True, before)
    assert "services/orders/main.py belongs to a1" in refused.said
    assert "agentgrid: put back pre-commit" in refused.said
    assert faults(grid) == []


def test_nothing_is_started_for_hooks_that_stand(a2: Sandbox, tmp_path: Path) -> None:
    assert try_commit(a2, BILLING).code == 0
    verified = hook_of(a2).parents[1] / "verified"
    before = verified.stat().st_mtime_ns, verified.stat().st_ctime_ns
    assert try_commit(a2, BILLING).code == 0
    assert (verified.stat().st_mtime_ns, verified.stat().st_ctime_ns) == before


def test_a_hook_that_may_not_run_any_more_may_again(grid: GridSandbox, a2: Sandbox) -> None:
    hook_of(a2, "commit-msg").chmod(0o644)
    done = try_commit(a2, BILLING)
    assert (done.code, "agentgrid: put back commit-msg" in done.said, faults(grid)) == (0, True, [])


def test_what_is_the_repositorys_own_hook_anyway_runs_once(grid: GridSandbox, a2: Sandbox) -> None:
    own = grid.main.path / ".git/hooks/pre-push"
    own.parent.mkdir(exist_ok=True)
    own.write_text(SAY.format("own"))
    own.chmod(0o755)
    replace_hook(a2, SAY.format("own"), "pre-push")
    assert try_commit(a2, BILLING).code == 0
    assert attempt(a2, "hook", "run", "pre-push").said == "own: \n"
    own.write_text(SAY.format("newer"))
    assert attempt(a2, "hook", "run", "pre-push").said == "newer: \nown: \n"


def test_a_displaced_hook_that_says_no_stops_git_and_one_that_cant_run_is_left_out(a2: Sandbox) -> None:
    replace_hook(a2, "#!/bin/sh\nexit 7\n", "commit-msg")
    before = a2.oid()
    assert (try_commit(a2, BILLING).code, a2.oid()) == (1, before)
    (displaced(a2) / "commit-msg").chmod(0o644)
    assert try_commit(a2, BILLING).code == 0


def test_hooks_of_an_older_agentgrid_are_replaced_and_not_kept(grid: GridSandbox, a2: Sandbox) -> None:
    old = hook_of(a2).read_text().replace(", written by agentgrid ", ", written by agentgrid 0.0.")
    replace_hook(a2, old, "pre-push")
    done = try_commit(a2, BILLING)
    assert (done.code, "agentgrid: put back pre-push, which" in done.said) == (0, True)
    assert (displaced(a2).exists(), faults(grid)) == (False, [])


def test_two_hooks_that_find_the_same_damage_mend_it_once(grid: GridSandbox, a2: Sandbox) -> None:
    replace_hook(a2, SAY.format("theirs"), "pre-push")
    running = [
        subprocess.Popen(
            ["git", "hook", "run", "pre-commit"], cwd=a2.path, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        for _ in range(4)
    ]
    said = "".join(process.communicate(timeout=60)[1] for process in running)
    assert [process.returncode for process in running] == [0] * 4
    assert said.count("agentgrid: put back pre-push") == 1
    assert (sorted(os.listdir(displaced(a2))), faults(grid)) == (["pre-push"], [])


def test_a_tool_that_writes_over_the_running_hook_doesnt_confuse_it(grid: GridSandbox, a2: Sandbox) -> None:
    """As an installer does that runs from the repository's own pre-commit: it opens what is there and writes."""
    hook = hook_of(a2)
    own = grid.main.path / ".git/hooks/pre-commit"
    own.parent.mkdir(exist_ok=True)
    own.write_text(f"#!/bin/sh\nchmod 755 '{hook}'; echo 'exit 9' >'{hook}'; exec true\n")
    own.chmod(0o755)
    assert try_commit(a2, BILLING).code == 0
    own.unlink()
    assert try_commit(a2, ORDERS).code != 0
    assert faults(grid) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_what_cant_be_put_back_is_told_and_refuses_nothing(a2: Sandbox) -> None:
    replace_hook(a2, SAY.format("theirs"), "pre-push")
    desk = hook_of(a2).parents[1]
    desk.chmod(0o555)
    try:
        done = try_commit(a2, BILLING)
    finally:
        desk.chmod(0o755)
    assert (done.code, "agentgrid agent repair" in done.said) == (0, True)


def test_a_directory_that_cant_be_locked_is_told_and_refuses_nothing(grid: GridSandbox, a2: Sandbox) -> None:
    replace_hook(a2, SAY.format("theirs"), "pre-push")
    lock = grid.main.path / ".git/agentgrid/hooks.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    try:
        done = try_commit(a2, BILLING)
    finally:
        lock.rmdir()
    assert done.code == 0
    for line in done.said.splitlines():
        assert line.startswith("agentgrid: this worktree's hooks are not in order and can't be put back (")
        assert line.endswith("run: agentgrid agent repair")
    assert done.said
