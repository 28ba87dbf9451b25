"""`exec`: a command in an agent's worktree, under its budget, as if it had been typed there."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from agentgrid.boundaries.leases.lease import Lease
from agentgrid.boundaries.leases.queries import read_lease
from agentgrid.store.events import Event, read_events
from agentgrid.store.opening import open_store
from support import in_terminal
from support.grids import GridSandbox
from support.program import BIN, agentgrid, run, with_program
from support.running import (
    BOMB,
    DAEMON,
    HOG,
    STUBBORN,
    configure,
    end,
    is_alive,
    program,
    python,
    read_pid,
    started,
    until,
)

TIGHT = "budget: {memory: 120MB, processes: 25}\n"


def events(grid: GridSandbox) -> list[Event]:
    with open_store(grid.repository.common_dir).read() as session:
        return [event for event in read_events(session) if event.kind == "budget.exceeded"]


def live_runs(grid: GridSandbox) -> list[Path]:
    return sorted(grid.main.path.glob(".git/agentgrid/runs/*.run"))


# As if it had been typed there.


def test_it_runs_in_the_worktree_as_the_agent(grid: GridSandbox) -> None:
    answer = agentgrid(grid.main, "exec", "a1", "--", "sh", "-c", 'pwd; echo "$AGENT_ID"; pwd -P; echo "$PWD"')

    place = str(grid.desks["a1"].path)
    assert (answer.code, answer.out.split(), answer.err) == (0, [place, "a1", place, place], "")


@pytest.mark.parametrize("code", [0, 1, 42])
def test_the_exit_code_is_the_commands(grid: GridSandbox, code: int) -> None:
    assert agentgrid(grid.main, "exec", "a1", "--", "sh", "-c", f"exit {code}").code == code


def test_a_command_that_a_signal_ends_is_told_as_a_shell_does(grid: GridSandbox) -> None:
    assert agentgrid(grid.main, "exec", "a1", "--", "sh", "-c", "kill -KILL $$").code == 128 + signal.SIGKILL


def test_what_is_typed_reaches_it(grid: GridSandbox) -> None:
    with started(grid.main, "exec", "a1", "--", "tr", "a-z", "A-Z") as process:
        out, _ = process.communicate("quiet\n", timeout=60)

    assert (process.returncode, out) == (0, "QUIET\n")


def test_options_and_dashes_of_the_command_are_its_own(grid: GridSandbox) -> None:
    answer = agentgrid(grid.main, "exec", "a1", "--", "printf", "%s ", "--json", "--", "-x")

    assert (answer.code, answer.out) == (0, "--json -- -x ")


def test_a_commit_made_through_it_is_the_agents(grid: GridSandbox) -> None:
    line = "echo 'LATE = 1' >> services/orders/main.py && git commit -qam Work && git log -1 --format=%B"

    answer = agentgrid(grid.main, "exec", "a1", "--", "sh", "-c", line)

    assert answer.code == 0, answer.err
    assert "Agent: a1" in answer.out


def test_what_git_set_for_a_hook_does_not_reach_it(grid: GridSandbox) -> None:
    variables = {"GIT_DIR": str(grid.main.path / ".git"), "GIT_INDEX_FILE": "nowhere"}

    answer = agentgrid(grid.main, "exec", "a1", "--", "git", "rev-parse", "--show-toplevel", env=variables)

    assert answer.out.strip() == str(grid.desks["a1"].path)


def test_an_agent_runs_commands_for_itself_alone(grid: GridSandbox) -> None:
    refused = agentgrid(grid.desks["a2"], "exec", "a1", "--", "true")

    assert refused.code == 1
    assert refused.err.startswith("agentgrid: this is the worktree of a2: an agent doesn't run commands for another")
    assert agentgrid(grid.desks["a2"], "exec", "a2", "--", "true").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("exec", "a9", "--", "true"), "there is no agent 'a9' (known: a1, a2)"),
        (("exec", "a1", "--", "no-such-program"), "no-such-program can't be run"),
        (("exec", "a1", "--wait", "soon", "--", "true"), "--wait: 'soon' is not a time"),
        (("exec", "a1"), "Missing argument"),
    ],
)
def test_what_cannot_be_run_is_told(grid: GridSandbox, arguments: tuple[str, ...], said: str) -> None:
    answer = agentgrid(grid.main, *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert live_runs(grid) == []


def test_a_worktree_that_has_gone_is_told(grid: GridSandbox) -> None:
    away = grid.desks["a1"].path.with_name("away")
    grid.desks["a1"].path.rename(away)
    try:
        answer = agentgrid(grid.main, "exec", "a1", "--", "true")
    finally:
        away.rename(grid.desks["a1"].path)

    assert answer.code == 2
    assert f"a1 has lost its worktree: {grid.desks['a1'].path} isn't there" in answer.err


# Signals.


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "USR1"])
def test_a_signal_reaches_the_command(grid: GridSandbox, name: str) -> None:
    line = f"trap 'exit 9' {name}; echo ready; while :; do sleep 0.05; done"
    with started(grid.main, "exec", "a1", "--", "sh", "-c", line) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(getattr(signal, f"SIG{name}"))

        assert process.wait(timeout=60) == 9


def test_a_signal_that_is_ignored_stays_so(grid: GridSandbox) -> None:
    """As nohup has it."""
    line = f"trap '' HUP; exec {BIN / 'agentgrid'} exec a1 -- sh -c 'kill -HUP $$; echo alive'"

    assert run(grid.main, "sh", "-c", line).out == "alive\n"


def test_it_stops_and_goes_on_with_its_command(grid: GridSandbox) -> None:
    line = "echo ready; read -r line; echo $line"
    with started(grid.main, "exec", "a1", "--", "sh", "-c", line) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTSTP)
        until(lambda: state_of(process.pid) == "stopped")
        [child] = children_of(process.pid)
        until(lambda: state_of(child) == "stopped")
        process.send_signal(signal.SIGCONT)
        until(lambda: state_of(child) != "stopped")
        out, _ = process.communicate("on\n", timeout=60)

    assert (process.returncode, out) == (0, "on\n")


def state_of(pid: int) -> str:
    import psutil

    return str(psutil.Process(pid).status())


def children_of(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children()]


TYPIST = """\
import os, pty, sys
pid, handle = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
told = b""
while b"ready" not in told:
    told += os.read(handle, 1024)
os.write(handle, sys.argv[1].encode())
try:
    while piece := os.read(handle, 1024):
        told += piece
except OSError:
    pass
sys.stdout.buffer.write(told)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def test_in_a_terminal_the_keyboard_interrupts_it(grid: GridSandbox) -> None:
    answer = run(grid.main, sys.executable, "-c", TYPIST, "\x03", BIN / "agentgrid", "exec", "a1", "--",
                 "sh", "-c", "trap 'echo heard; exit 5' INT; echo ready; while :; do sleep 0.05; done")  # fmt: skip

    assert answer.code == 5
    assert answer.out.count("heard") == 1


def test_in_a_terminal_it_has_the_terminal(grid: GridSandbox) -> None:
    answer = run(grid.main, sys.executable, in_terminal.__file__, BIN / "agentgrid", "exec", "a1", "--",
                 "sh", "-c", "test -t 0 && test -t 1 && test -t 2 && stty size >/dev/null && echo whole")  # fmt: skip

    assert (answer.code, answer.out.strip()) == (0, "whole")


SUSPENDER = """\
set -m
{command} &
until [ -e {file} ]; do sleep 0.05; done
kill -TSTP %1
until jobs | grep -qi -e stopped -e suspended; do sleep 0.05; done
echo stopped
fg %1
"""


def test_a_shell_stops_it_and_brings_it_back(grid: GridSandbox, tmp_path: Path) -> None:
    file = tmp_path / "running"
    command = f"{BIN / 'agentgrid'} exec a1 -- sh -c 'touch {file}; sleep 1; exit 7'"

    answer = run(grid.main, sys.executable, in_terminal.__file__, "bash", "-c",
                 SUSPENDER.format(command=command, file=file))  # fmt: skip

    assert (answer.code, "stopped" in answer.out.split()) == (7, True), answer.out


# The budget.


def test_a_program_that_takes_too_much_memory_is_ended_and_its_neighbour_lives(grid: GridSandbox) -> None:
    configure(grid, "a1", TIGHT)
    with started(grid.main, "exec", "a2", "--", "sh", "-c", "echo ready; sleep 20") as neighbour:
        assert neighbour.stdout is not None
        neighbour.stdout.readline()

        answer = agentgrid(grid.main, "exec", "a1", "--", *python(HOG))

        assert neighbour.poll() is None
    assert answer.code == 1
    assert answer.err.startswith("agentgrid: a1 went above its memory budget: ")
    assert answer.err.splitlines()[0].endswith(" used, 120 MB allowed")
    [event] = events(grid)
    assert (event.actor, event.subject) == ("a1", "a1")
    assert isinstance(event.after, dict)
    assert (event.after["resource"], event.after["limit"]) == ("memory", 120_000_000)
    assert "went above its memory budget" in agentgrid(grid.main, "log", "--kind", "budget").out


def test_within_the_budget_it_is_left_alone(grid: GridSandbox) -> None:
    """The twin: the same program where its agent may take more."""
    configure(grid, "a1", "budget: {memory: 900MB, processes: 25}\n")

    answer = agentgrid(grid.main, "exec", "a1", "--", *python(HOG.replace("+ 20", "+ 3")))

    assert (answer.code, answer.err, events(grid)) == (0, "", [])


def test_the_log_has_no_arguments_of_the_command(grid: GridSandbox) -> None:
    configure(grid, "a1", TIGHT)
    agentgrid(grid.main, "exec", "a1", "--", *python(HOG, "--password=hunter2-hunter2"))

    [event] = events(grid)
    assert "hunter2" not in str(event.after)
    assert "hunter2" not in agentgrid(grid.main, "log", "--json").out


def test_one_that_does_not_hear_the_polite_end_is_killed(grid: GridSandbox) -> None:
    configure(grid, "a1", TIGHT)
    hog = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + HOG.replace("< 100", "< 45")

    begun = time.monotonic()
    answer = agentgrid(grid.main, "exec", "a1", "--", *python(hog))

    assert (answer.code, "memory budget" in answer.err) == (1, True)
    assert time.monotonic() - begun < 19  # it didn't end by itself


def test_one_that_hears_it_may_clean_up(grid: GridSandbox, tmp_path: Path) -> None:
    configure(grid, "a1", TIGHT)
    file = tmp_path / "cleaned"
    hog = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: (open(sys.argv[1], 'w').close(), os._exit(0)))\n"
        + HOG.replace("< 100", "< 45")
    )

    answer = agentgrid(grid.main, "exec", "a1", "--", *python(hog, file))

    assert (answer.code, file.exists()) == (1, True)


def test_what_multiplies_is_held(grid: GridSandbox, tmp_path: Path) -> None:
    configure(grid, "a1", TIGHT)
    count = tmp_path / "count"
    with program("sleep", "20") as neighbour:
        answer = agentgrid(grid.main, "exec", "a1", "--", *python(BOMB, count))

        assert is_alive(neighbour.pid)
    assert answer.code == 1
    assert answer.err.startswith("agentgrid: a1 went above its process budget: ")
    size = count.stat().st_size
    assert size >= 25
    until(lambda: not processes_with(str(count)))
    assert count.stat().st_size == size


def test_without_a_budget_it_multiplies(grid: GridSandbox, tmp_path: Path) -> None:
    """The twin: nobody holds it, until it ends by itself."""
    count = tmp_path / "count"

    agentgrid(grid.main, "exec", "a1", "--", *python(BOMB.replace("+ 20", "+ 1"), count))

    assert count.stat().st_size > 200
    until(lambda: not processes_with(str(count)))


def test_a_daemon_that_got_away_is_counted_and_ended(grid: GridSandbox, tmp_path: Path) -> None:
    configure(grid, "a1", TIGHT)
    file = tmp_path / "pid"
    hungry = DAEMON.replace("time.sleep(20)", "kept = bytearray(b'x') * 200_000_000\ntime.sleep(20)")

    answer = agentgrid(grid.main, "exec", "a1", "--", "sh", "-c",
                       f'{sys.executable} -I -S -c "$1" {file}; sleep 20', "sh", hungry)  # fmt: skip

    daemon = read_pid(file)
    try:
        assert (answer.code, "memory budget" in answer.err) == (1, True)
        until(lambda: not is_alive(daemon))
    finally:
        end(daemon)


def test_a_daemon_within_the_budget_stays_and_counts_as_its_agents(grid: GridSandbox, tmp_path: Path) -> None:
    configure(grid, "a1", TIGHT)
    file = tmp_path / "pid"
    assert agentgrid(grid.main, "exec", "a1", "--", "sh", "-c", 'cd / && exec "$@"', "sh",
                     *python(DAEMON, file)).code == 0  # fmt: skip
    daemon = read_pid(file)
    try:
        [a1] = agentgrid(grid.main, "budget", "a1", "--json").data["agents"]

        assert is_alive(daemon)
        assert (a1["use"]["processes"], a1["runs"]) == (1, 0)
    finally:
        end(daemon)


def test_too_much_time_is_too_much(grid: GridSandbox) -> None:
    configure(grid, "a1", "budget: {wall_time: 1s}\n")

    answer = agentgrid(grid.main, "exec", "a1", "--", "sleep", "20")

    assert (answer.code, "a1 went above its time budget: " in answer.err) == (1, True)


def test_a_worktree_that_grows_too_large_ends_it_and_keeps_the_next_one_out(grid: GridSandbox) -> None:
    configure(grid, "a1", "budget: {disk: 20MB}\n")
    fill = "dd if=/dev/zero of=fill bs=1000000 count=40 2>/dev/null; sleep 20"

    answer = agentgrid(grid.main, "exec", "a1", "--", "sh", "-c", fill)
    refused = agentgrid(grid.main, "exec", "a1", "--wait", "0s", "--", "true")

    assert (answer.code, "a1 went above its disk budget: 40 MB used, 20 MB allowed" in answer.err) == (1, True)
    assert (refused.code, "a1 already uses 40 MB of 20 MB disk" in refused.err) == (1, True)
    (grid.desks["a1"].path / "fill").unlink()
    assert agentgrid(grid.main, "exec", "a1", "--wait", "0s", "--", "true").code == 0


def test_the_smaller_run_of_an_agent_is_spared(grid: GridSandbox) -> None:
    """Neither would be too much by itself."""
    configure(grid, "a1", TIGHT)
    modest, larger = (f"kept = bytearray(b'x') * {size}_000_000\n{STUBBORN}" for size in (40, 80))
    with started(grid.main, "exec", "a1", "--", *python(modest)) as small:
        assert small.stdout is not None
        small.stdout.readline()

        answer = agentgrid(grid.main, "exec", "a1", "--", *python(larger))

        assert answer.code == 1
        assert "(1 other process(es) of a1 included)" in answer.err
        assert small.poll() is None


def test_a_run_inside_a_run_is_ended_alone(grid: GridSandbox) -> None:
    configure(grid, "a1", TIGHT)
    inner = [str(BIN / "agentgrid"), "exec", "a1", "--", *python(HOG)]

    answer = agentgrid(grid.desks["a1"], "exec", "a1", "--", "sh", "-c", '"$@"; echo "inner $?"', "sh", *inner)

    assert (answer.code, answer.out) == (0, "inner 1\n"), answer.err


def processes_with(argument: str) -> list[int]:
    import psutil

    return [
        process.pid
        for process in psutil.process_iter(["cmdline", "status"])
        if argument in (process.info["cmdline"] or []) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


# Waiting for room.


def fill_machine(grid: GridSandbox) -> None:
    """a1 and a2 may each use more than half of this machine."""
    import psutil

    half = psutil.virtual_memory().total * 6 // 10
    for agent in ("a1", "a2"):
        configure(grid, agent, f"budget: {{memory: {half // 10**6}MB}}\n")


def test_what_does_not_fit_waits_says_why_and_starts_when_there_is_room(grid: GridSandbox) -> None:
    fill_machine(grid)
    with started(grid.main, "exec", "a1", "--", "sh", "-c", "echo ready; read -r line") as first:
        assert first.stdout is not None
        first.stdout.readline()
        with started(grid.main, "exec", "a2", "--", "echo", "my turn") as second:
            assert second.stderr is not None
            said = second.stderr.readline()
            assert second.poll() is None
            first.communicate("go\n", timeout=60)

            out, _ = second.communicate(timeout=60)
    assert said.startswith("agentgrid: waiting: a2 may use ")
    assert "of memory, which doesn't fit beside a1 " in said
    assert (second.returncode, out) == (0, "my turn\n")


def test_without_patience_it_is_refused(grid: GridSandbox) -> None:
    fill_machine(grid)
    with started(grid.main, "exec", "a1", "--", "sh", "-c", "echo ready; sleep 20") as first:
        assert first.stdout is not None
        first.stdout.readline()

        refused = agentgrid(grid.main, "exec", "a2", "--wait", "0s", "--", "true")

    assert refused.code == 1
    assert refused.err.startswith("agentgrid: a2 may use ")
    assert "hint: " in refused.err


def test_an_interrupt_ends_the_waiting_and_leaves_nothing(grid: GridSandbox) -> None:
    fill_machine(grid)
    with started(grid.main, "exec", "a1", "--", "sh", "-c", "echo ready; sleep 20") as first:
        assert first.stdout is not None
        first.stdout.readline()
        with started(grid.main, "exec", "a2", "--", "true") as second:
            assert second.stderr is not None
            second.stderr.readline()
            assert len(live_runs(grid)) == 2
            second.send_signal(signal.SIGINT)

            assert second.wait(timeout=60) == 130
        assert len(live_runs(grid)) == 1


# Leases.


def test_its_agents_leases_live_on_while_it_runs(grid: GridSandbox) -> None:
    locked = agentgrid(grid.desks["a1"], "lock", "services/common/cache.py", "--ttl", "3s")
    assert locked.code == 0, locked.err
    first = read_first_lease(grid).renewed_ms

    assert agentgrid(grid.main, "exec", "a1", "--", "sleep", "3.5").code == 0

    lease = read_first_lease(grid)
    assert lease.renewed_ms - first > 2000
    assert lease.ended_how is None


def read_first_lease(grid: GridSandbox) -> Lease:
    with open_store(grid.repository.common_dir).read() as session:
        lease = read_lease(session, 1)
    assert lease is not None
    return lease


def test_the_environment_has_no_pass_of_a_person(grid: GridSandbox) -> None:
    answer = agentgrid(grid.main, "exec", "a1", "--", "env", env={**with_program(), "AGENTGRID_AS_ME": "0" * 32})

    assert "AGENTGRID_AS_ME" not in answer.out


def test_stubborn_programs_end_with_the_second_word(grid: GridSandbox) -> None:
    """TERM is passed on and ignored; KILL to the command itself works as anywhere."""
    with started(grid.main, "exec", "a1", "--", *python(STUBBORN)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        [child] = children_of(process.pid)
        process.terminate()
        os.kill(child, signal.SIGKILL)

        assert process.wait(timeout=60) == 128 + signal.SIGKILL
