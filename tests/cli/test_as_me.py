"""`as-me`: a person at a terminal passes the guard in an agent's worktree; nobody else does."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from agentgrid.store.events import read_events
from agentgrid.store.opening import open_store
from support import in_terminal
from support.grids import BILLING, ORDERS, GridSandbox, try_commit
from support.program import BIN, Answer, agentgrid, run, with_program
from support.repositories import Sandbox

IN_TERMINAL = (sys.executable, in_terminal.__file__)


def as_me(where: Sandbox, *command: str | Path, env: Mapping[str, str] | None = None) -> Answer:
    """Runs `agentgrid as-me -- COMMAND` as a person does: with a terminal. What is said arrives on stdout."""
    return run(where, *IN_TERMINAL, BIN / "agentgrid", "as-me", "--", *command, env=env)


def stage_foreign(desk: Sandbox) -> None:
    desk.write(ORDERS, "CHANGED = 'by a person'\n")
    desk.git("add", ORDERS)


def test_a_person_commits_what_the_agent_may_not(grid: GridSandbox, a2: Sandbox) -> None:
    stage_foreign(a2)
    before = a2.oid()
    refused = run(a2, "git", "commit", "--quiet", "-m", "Mend it")
    assert (refused.code, a2.oid()) == (1, before)
    done = as_me(a2, "git", "commit", "--quiet", "-m", "Mend it")
    assert (done.code, a2.oid() != before) == (0, True), done.out
    assert "Agent:" not in a2.git("log", "-1", "--format=%B")
    with open_store(grid.repository.common_dir).read() as session:
        event = [each for each in read_events(session) if each.kind == "as-me"][-1]
        assert session.run("SELECT * FROM passes") == []
    assert (event.subject, event.actor[:1], event.after) == ("a2", "@", {"program": "git", "argument": "commit"})


def test_a_shell_started_through_it_passes_until_it_ends(a2: Sandbox, tmp_path: Path) -> None:
    stage_foreign(a2)
    leak = tmp_path / "leak"
    done = as_me(a2, "sh", "-c", f'echo "$AGENTGRID_AS_ME" >{leak}; git commit --quiet -m One && git commit --quiet '
                                 "--allow-empty -m Two")  # fmt: skip
    assert done.code == 0, done.out
    stage_foreign(a2)
    a2.write(ORDERS, "AGAIN = True\n")
    later = run(a2, "git", "commit", "--quiet", "-a", "-m", "Late", env={"AGENTGRID_AS_ME": leak.read_text().strip()})
    assert later.code == 1
    assert "belongs to a1" in later.err


@pytest.mark.parametrize("forged", ["1", "yes", "0" * 32])
def test_a_forged_value_opens_nothing_and_is_told(a2: Sandbox, forged: str) -> None:
    refused = try_commit(a2, ORDERS, env={"AGENTGRID_AS_ME": forged})
    assert refused.code == 1
    assert "belongs to a1" in refused.said
    assert "names no pass of a running `agentgrid as-me`" in refused.said
    a2.git("reset", "--quiet", "--hard")
    assert try_commit(a2, BILLING, env={"AGENTGRID_AS_ME": forged}).code == 0


def test_without_a_terminal_it_is_refused_with_a_hint(a2: Sandbox, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    refused = agentgrid(a2, "as-me", "--", "touch", marker)
    assert (refused.code, refused.out, marker.exists()) == (1, "", False)
    assert refused.err.startswith("agentgrid: as-me is for a person at a terminal, and there is none\nhint: ")


@pytest.mark.parametrize("redirection", ["</dev/null", "2>/dev/null"])
def test_half_a_terminal_is_none(a2: Sandbox, tmp_path: Path, redirection: str) -> None:
    marker = tmp_path / "ran"
    line = f"exec {BIN / 'agentgrid'} as-me -- touch {marker} {redirection}"
    assert run(a2, *IN_TERMINAL, "sh", "-c", line).code == 1
    assert not marker.exists()


def test_where_a_person_acts_anyway_it_says_so(grid: GridSandbox) -> None:
    done = as_me(grid.main, "true")
    assert (done.code, "nothing stands in your way here" in done.out) == (2, True)


@pytest.mark.parametrize("code", [0, 1, 42])
def test_the_exit_code_is_the_commands(a2: Sandbox, code: int) -> None:
    assert as_me(a2, "sh", "-c", f"exit {code}").code == code


def test_a_command_that_a_signal_ends_is_told_as_a_shell_does(a2: Sandbox) -> None:
    assert as_me(a2, "sh", "-c", "kill -TERM $$").code == 128 + signal.SIGTERM


def test_a_signal_reaches_the_command(a2: Sandbox) -> None:
    """The command names its parent, is told to end through it, and says so with its exit code."""
    line = "trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.05; done"
    assert as_me(a2, "sh", "-c", line).code == 9


def test_a_command_that_isnt_there_is_told(grid: GridSandbox, a2: Sandbox) -> None:
    done = as_me(a2, "no-such-program")
    assert (done.code, "no-such-program can't be run" in done.out) == (2, True)
    with open_store(grid.repository.common_dir).read() as session:
        assert session.run("SELECT * FROM passes") == []


def test_options_of_the_command_are_its_own(a2: Sandbox) -> None:
    done = as_me(a2, "git", "log", "-1", "--format=%s", "--json-like")
    assert "agentgrid.error" not in done.out
    assert as_me(a2, "printf", "%s", "--json").out == "--json"


def test_an_interrupt_from_the_keyboard_ends_the_command_and_leaves_no_pass(grid: GridSandbox, a2: Sandbox) -> None:
    program = (
        "import os, pty, sys\n"
        "pid, handle = pty.fork()\n"
        "if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])\n"
        "told = b''\n"
        "while b'ready' not in told: told += os.read(handle, 1024)\n"
        "os.write(handle, b'\\x03')\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    command: list[str | Path] = [
        sys.executable,
        "-c",
        program,
        BIN / "agentgrid",
        "as-me",
        "--",
        sys.executable,  # a shell may miss an interrupt just while it starts a command
        "-c",
        "print('ready', flush=True); input()",
    ]
    done = subprocess.run(
        command, cwd=a2.path, env=with_program(dict(os.environ)), stdin=subprocess.DEVNULL, timeout=60, check=False
    )
    assert done.returncode == 128 + signal.SIGINT
    with open_store(grid.repository.common_dir).read() as session:
        assert session.run("SELECT * FROM passes") == []
