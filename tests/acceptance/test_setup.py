"""`agentgrid setup`, and what `init` and `start` do of it: commands run once they are approved, and go on after a
failure; a worktree can be worked in whatever became of its set-up."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from support.grids import BILLING, GRID, GridSandbox, make_grid, try_commit
from support.program import BIN, Answer, agentgrid, snapshot, with_program
from support.repositories import Sandbox, create_repository

TYPIST = """\
import os, pty, sys
answer, command = sys.argv[1], sys.argv[2:]
pid, handle = pty.fork()
if pid == 0: os.execvp(command[0], command)
told, has_typed = b"", False
while True:
    try: piece = os.read(handle, 4096)
    except OSError: break
    if not piece: break
    told += piece
    if b"[y/N]" in told and not has_typed:
        os.write(handle, answer.encode() + b"\\n")
        has_typed = True
sys.stdout.buffer.write(told)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., GridSandbox]:
    """A grid of a1 (orders) and a2 (billing) with the given `setup:`."""

    def make(setup: object) -> GridSandbox:
        return make_grid(tmp_path / "shop", grid=f"{GRID}setup: {json.dumps(setup)}\n")

    return make


def change(grid: GridSandbox, setup: object) -> None:
    grid.main.commit("Change the set-up", **{"agentgrid.yaml": f"{GRID}setup: {json.dumps(setup)}\n"})


def at_terminal(where: Sandbox, typed: str, *arguments: str) -> Answer:
    """A person types `typed` when they are asked."""
    done = subprocess.run([sys.executable, "-c", TYPIST, typed, BIN / "agentgrid", *arguments], cwd=where.path,
                          stdin=subprocess.DEVNULL, capture_output=True, env=with_program(), check=False)  # fmt: skip
    return Answer(done.returncode, done.stdout.decode().replace("\r\n", "\n"), done.stderr.decode())


def states(answer: Answer, agent: str) -> list[str]:
    (desk,) = [each for each in answer.data["agents"] if each["agent"] == agent]
    return [step["state"] for step in desk["steps"]]


# Timeouts, failures, going on


def test_a_command_that_hangs_is_ended_the_others_finish_and_the_next_run_goes_on(
    make: Callable[..., GridSandbox],
) -> None:
    hang = 'echo "$AGENT_ID waits"; test -e go -o "$AGENT_ID" = a1 || sleep 300'
    grid = make({"run": ["echo first >>ran", hang, "echo last >>ran"], "timeout": "3s"})
    a2 = grid.desks["a2"]

    first = agentgrid(grid.main, "setup", "--trust", "-j", "2", "--json")

    assert (first.code, first.data["ok"]) == (1, False)
    assert states(first, "a1") == ["done", "done", "done"]
    assert states(first, "a2") == ["done", "timeout", "not-reached"]
    assert (grid.desks["a1"].read("ran"), a2.read("ran")) == ("first\nlast\n", "first\n")
    assert not [each for each in psutil.process_iter(["cwd"]) if each.info["cwd"] == str(a2.path)]
    assert try_commit(a2, BILLING).code == 0  # it can be worked in
    told = agentgrid(grid.main, "setup", "a2")
    assert (told.code, "it took longer than 3 s" in told.out, "a2 waits" in told.out) == (1, True, True)
    log = next(line for line in told.out.splitlines() if "the end of " in line).split("the end of ")[1].rstrip(":")
    assert "a2 waits" in Path(log).read_text()
    assert Path(log).stat().st_mode & 0o777 == 0o600

    a2.write("go", "")
    second = agentgrid(grid.main, "setup", "--json")

    assert (second.code, states(second, "a2")) == (0, ["already", "done", "done"])
    assert states(second, "a1") == ["already", "already", "already"]
    assert a2.read("ran") == "first\nlast\n"


def test_after_a_failure_the_code_is_told_and_the_next_run_begins_there(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": ["echo one >>ran", "echo it broke >&2; exit 7", "echo two >>ran"]})

    failed = agentgrid(grid.main, "setup", "a1", "--trust")
    assert failed.code == 1
    assert "failed with exit code 7" in failed.out
    assert "    it broke" in failed.out

    change(grid, {"run": ["echo one >>ran", "true", "echo two >>ran"]})
    assert agentgrid(grid.main, "setup", "a1", "--trust").code == 0
    assert grid.desks["a1"].read("ran") == "one\ntwo\n"

    assert agentgrid(grid.main, "setup", "a1", "--again").code == 0
    assert grid.desks["a1"].read("ran") == "one\ntwo\none\ntwo\n"


def test_commands_run_as_their_agent_and_not_under_somebody_elses_git(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": ['echo "$AGENT_ID $ROOT_WORKTREE_PATH" >told; git rev-parse --show-toplevel >>told']})
    answer = agentgrid(grid.main, "setup", "--trust", env={"GIT_DIR": str(grid.main.path / ".git"),
                                                            "GIT_WORK_TREE": str(grid.main.path)})  # fmt: skip
    assert answer.code == 0, answer.out
    for agent, desk in grid.desks.items():
        assert desk.read("told") == f"{agent} {grid.main.path}\n{desk.path}\n"


def test_two_set_ups_of_one_worktree_dont_run_at_once(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": ["touch begun; until test -e go; do sleep 0.1; done"]})
    a1 = grid.desks["a1"]
    first = subprocess.Popen([BIN / "agentgrid", "setup", "a1", "--trust"], cwd=grid.main.path, env=with_program(),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    while not (a1.path / "begun").exists():
        time.sleep(0.05)

    second = agentgrid(grid.main, "setup", "a1")

    assert (second.code, "a1 is being set up by another command" in second.out) == (1, True)
    a1.write("go", "")
    assert first.wait(timeout=60) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_ends_what_it_runs(make: Callable[..., GridSandbox], number: int) -> None:
    grid = make({"run": ["echo $$ >pid; exec sleep 300"]})
    a1 = grid.desks["a1"]
    running = subprocess.Popen([BIN / "agentgrid", "setup", "a1", "--trust"], cwd=grid.main.path, env=with_program(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    while not (a1.path / "pid").exists() or not a1.read("pid"):
        time.sleep(0.05)
    pid = int(a1.read("pid"))

    running.send_signal(number)

    assert running.wait(timeout=60) == 130
    assert not psutil.pid_exists(pid)


# Approval


def test_without_a_person_nothing_of_the_repository_runs(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": ["touch ran"], "copy": [".env"]})
    grid.main.write(".env", "LOCAL=1\n")

    answer = agentgrid(grid.main, "setup", "--json")

    assert (answer.code, states(answer, "a1")) == (1, ["unapproved"])
    assert [(desk.path / "ran").exists() for desk in grid.desks.values()] == [False, False]
    assert grid.desks["a1"].read(".env") == "LOCAL=1\n"  # a file is no command
    assert "--trust" in agentgrid(grid.main, "setup").out


def test_what_was_approved_runs_without_asking_until_its_text_changes(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": ["echo one >>ran"]})
    a1 = grid.desks["a1"]
    assert agentgrid(grid.main, "setup", "a1", "--trust").code == 0
    assert agentgrid(grid.main, "setup", "a1", "--again").code == 0
    assert a1.read("ran") == "one\none\n"

    change(grid, {"run": ["echo one >>ran "]})
    assert agentgrid(grid.main, "setup", "a1", "--again").code == 1
    assert a1.read("ran") == "one\none\n"


@pytest.mark.parametrize(("typed", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_a_person_at_a_terminal_sees_the_commands_and_is_asked_once(
    make: Callable[..., GridSandbox], typed: str, code: int
) -> None:
    grid = make({"run": ["echo one \x1b[2K >ran\nsecond=line"]})

    answer = at_terminal(grid.main, typed, "setup", "a1")

    assert (answer.code, (grid.desks["a1"].path / "ran").exists()) == (code, code == 0)
    assert "agentgrid.yaml:" in answer.out
    assert "    echo one \\x1b[2K >ran\n    second=line\n" in answer.out  # nothing hides from the terminal
    if code == 0:
        again = at_terminal(grid.main, "n", "setup", "a1", "--again")
        assert (again.code, "[y/N]" in again.out) == (0, False)


def test_an_agent_approves_nothing(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": ["touch ran"]})
    a2 = grid.desks["a2"]

    refused = agentgrid(a2, "setup", "--trust")
    assert (refused.code, "an agent doesn't approve set-up commands" in refused.err) == (1, True)
    asked = at_terminal(a2, "y", "setup")
    assert (asked.code, "[y/N]" in asked.out, (a2.path / "ran").exists()) == (1, False, False)
    assert agentgrid(a2, "setup", "a1").code == 1  # another one's worktree

    assert agentgrid(grid.main, "setup", "a1", "--trust").code == 0
    assert agentgrid(a2, "setup").code == 0  # once a person has
    assert (a2.path / "ran").exists()


def test_a_changed_script_of_cursors_asks_again(make: Callable[..., GridSandbox]) -> None:
    grid = make({})
    grid.main.write(".cursor/worktrees.json", '{"setup-worktree-unix": "make.sh"}')
    script = grid.main.write(".cursor/make.sh", "echo one >>ran\n")
    assert agentgrid(grid.main, "setup", "a1", "--trust").code == 0
    script.write_text("echo other >>ran\n")
    assert agentgrid(grid.main, "setup", "a1").code == 1
    assert grid.desks["a1"].read("ran") == "one\n"


def test_a_forged_record_of_another_text_approves_nothing(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": ["echo one >>ran"]})
    assert agentgrid(grid.main, "setup", "a1", "--trust").code == 0
    (record,) = (grid.main.path / ".git/agentgrid/setup/approved").iterdir()
    record.write_text(record.read_text().replace("echo one", "echo two"))
    assert agentgrid(grid.main, "setup", "a1", "--again").code == 1
    assert grid.desks["a1"].read("ran") == "one\n"


def test_the_approval_is_in_the_log(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": ["echo one >>ran"]})
    agentgrid(grid.main, "setup", "--trust")
    (event,) = agentgrid(grid.main, "log", "--kind", "setup", "--json").data
    assert (event["kind"], event["subject"], event["actor"][:1]) == (
        "setup.approved",
        "agentgrid.yaml:5 setup.run",
        "@",
    )
    assert list(event["after"]) == ["sha256"]


# Looking, and making worktrees


def test_a_dry_run_changes_nothing_and_says_what_is_not_approved(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": ["touch ran"], "copy": ".env", "symlink": "node_modules"})
    grid.main.write(".env", "1")
    grid.main.write("node_modules/left/index.js", "1")
    before = snapshot(grid.main.path.parent)

    answer = agentgrid(grid.main, "setup", "--dry-run")

    assert answer.code == 0
    assert answer.out.startswith("would copy .env\nwould link node_modules\na1 in ")
    assert "  not approved: touch ran\n" in answer.out
    assert snapshot(grid.main.path.parent) == before
    plan = agentgrid(grid.main, "setup", "--dry-run", "--json").data
    assert (plan["copy"], plan["symlink"]) == ([".env"], ["node_modules"])
    assert plan["agents"][0]["commands"][0]["approved"] is False


def test_init_sets_up_what_it_makes_and_warns_of_what_isnt_approved(tmp_path: Path) -> None:
    main = create_repository(tmp_path / "shop", **{"src/a.py": "A = 1\n", ".gitignore": ".env\n"})
    main.write(".worktreeinclude", ".env\n")
    main.write(".env", "LOCAL=1\n")
    main.write(".cursor/worktrees.json", '{"setup-worktree": ["echo ran >>.env"]}')

    made = agentgrid(main, "init", "--agents", "a1,a2", "--yes", "--json")

    assert made.code == 0
    assert "warning: the worktrees are made, and not set up to the end" in made.err
    assert made.data["setup"]["ok"] is False
    a1 = Sandbox(Path(made.data["created"][0]["path"]))
    assert a1.read(".env") == "LOCAL=1\n"

    assert agentgrid(main, "setup", "a1", "--trust").code == 0
    again = agentgrid(main, "init", "--yes", "--json")  # goes on with a2, whose command is approved by now
    assert [each["agent"] for each in again.data["setup"]["agents"]] == ["a2"]
    assert again.data["setup"]["ok"] is True
    assert "setup" not in agentgrid(main, "init", "--yes", "--json").data
    assert a1.read(".env") == "LOCAL=1\nran\n"


@pytest.mark.parametrize("option", ["--setup", "--no-setup"])
def test_start_sets_a_new_worktree_up(make: Callable[..., GridSandbox], option: str) -> None:
    grid = make({"run": ["touch ran"]})
    assert agentgrid(grid.main, "setup", "a1", "--trust").code == 0
    assert agentgrid(grid.main, "remove", "a2").code == 0

    started = agentgrid(grid.main, "start", "a2", "next", "--no-fetch", option, "--json", "-x", "touch client")

    assert started.code == 0, started.err
    a2 = grid.desks["a2"]
    assert ((a2.path / "ran").exists(), (a2.path / "client").exists()) == (option == "--setup", True)


def test_a_worktree_that_is_made_anew_is_set_up_anew(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": ["echo made >.env"]})
    grid.main.write(".git/info/exclude", ".env\n")
    assert agentgrid(grid.main, "setup", "--trust").code == 0
    grid.main.git("worktree", "remove", "--force", grid.desks["a2"].path)
    assert agentgrid(grid.main, "init", "--yes").code == 0
    assert grid.desks["a2"].read(".env") == "made\n"


def test_uninstall_takes_the_ledger_out(make: Callable[..., GridSandbox]) -> None:
    grid = make({"run": ["true"]})
    assert agentgrid(grid.main, "setup", "--trust").code == 0
    assert agentgrid(grid.main, "uninstall", "--yes").code == 0
    assert not list(grid.main.path.glob(".git/worktrees/*/agentgrid-setup"))


def test_an_unknown_agent_is_named(make: Callable[..., GridSandbox]) -> None:
    answer = agentgrid(make({}).main, "setup", "a9")
    assert (answer.code, "a9 has no worktree (worktrees: a1, a2)" in answer.err) == (2, True)


def test_removing_a_worktree_tears_it_down_first(make: Callable[..., GridSandbox], tmp_path: Path) -> None:
    told = tmp_path / "torn-down"
    grid = make({"teardown": [f'echo "$AGENT_ID $PWD" >>{told}']})

    warned = agentgrid(grid.main, "remove", "a2")
    assert (warned.code, told.exists(), grid.desks["a2"].path.exists()) == (1, False, True)
    assert "not approved" in warned.err

    assert agentgrid(grid.main, "setup", "--trust").code == 0
    removed = agentgrid(grid.main, "remove", "a2")
    assert removed.code == 0, removed
    assert told.read_text(encoding="utf-8") == f"a2 {grid.desks['a2'].path}\n"
    assert not grid.desks["a2"].path.exists()
