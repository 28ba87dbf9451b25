"""`each`: one command over agents at the same time."""

import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from support import in_terminal
from support.grids import GridSandbox
from support.program import BIN, agentgrid, run
from support.running import DAEMON, HOG, STUBBORN, configure, end, is_alive, python, read_pid, started, until


def by_agent(data: Any) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in data["agents"]}


def shell(line: str) -> tuple[str, ...]:
    return ("--", "sh", "-c", line)


def test_every_agent_runs_it_in_its_own_worktree_as_itself(grid: GridSandbox) -> None:
    answer = agentgrid(grid.main, "each", "--json", *shell('pwd; echo "$AGENT_ID"'))

    found = by_agent(answer.data)
    assert (answer.code, list(found)) == (0, ["a1", "a2"])
    for agent, each in found.items():
        assert (each["state"], each["code"], each["reason"]) == ("passed", 0, None)
        assert Path(each["log"]).read_text(encoding="utf-8") == f"{grid.desks[agent].path}\n{agent}\n"
    assert answer.data["summary"] == {"passed": 2}


def test_they_run_at_the_same_time(grid: GridSandbox, tmp_path: Path) -> None:
    """Each waits for the other."""
    line = f"touch {tmp_path}/$AGENT_ID; until [ -e {tmp_path}/a1 ] && [ -e {tmp_path}/a2 ]; do sleep 0.02; done"

    assert agentgrid(grid.main, "each", "-j", "2", "--timeout", "30s", *shell(line)).code == 0


def test_one_at_a_time_is_one_at_a_time(grid: GridSandbox, tmp_path: Path) -> None:
    line = f"mkdir {tmp_path}/turn && sleep 0.3 && rmdir {tmp_path}/turn"

    assert agentgrid(grid.main, "each", "-j", "1", *shell(line)).code == 0


def test_one_that_fails_is_told_with_its_last_lines_and_the_others_finish(grid: GridSandbox) -> None:
    answer = agentgrid(grid.main, "each", *shell('echo "from $AGENT_ID"; echo "more" >&2; [ "$AGENT_ID" = a2 ]'))

    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert answer.code == 1
    assert any(line.startswith("a1 failed 1 ") for line in lines)
    assert any(line.startswith("a2 passed 0 ") for line in lines)
    assert lines[lines.index(next(line for line in lines if line.startswith("a1, the end of "))) + 1 :][:2] == [
        "from a1", "more",
    ]  # fmt: skip
    assert "from a2" not in answer.out
    assert "a1: failed with exit code 1 after" in answer.err


def test_the_log_is_for_its_owner_alone(grid: GridSandbox) -> None:
    data = agentgrid(grid.main, "each", "--agents", "a1", "--json", "--", "true").data

    log = Path(by_agent(data)["a1"]["log"])
    assert (log.stat().st_mode & 0o777, log.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert log.is_relative_to(grid.main.path / ".git/agentgrid/logs/each")


def test_only_the_named_agents_run(grid: GridSandbox) -> None:
    data = agentgrid(grid.main, "each", "--agents", "a2", "--json", "--", "true").data

    assert list(by_agent(data)) == ["a2"]


def test_a_named_command_is_each_agents_own(grid: GridSandbox) -> None:
    configure(grid, "a1", 'commands: {test: "echo orders && pwd", lint: "true"}\n')
    configure(grid, "a2", 'commands: {test: "echo billing | tr a-z A-Z"}\n')

    data = agentgrid(grid.main, "each", "test", "--json").data

    logs = {agent: Path(each["log"]).read_text(encoding="utf-8") for agent, each in by_agent(data).items()}
    assert logs == {"a1": f"orders\n{grid.desks['a1'].path}\n", "a2": "BILLING\n"}
    assert by_agent(data)["a1"]["command"] == "echo orders && pwd"


def test_an_agent_without_that_command_is_said_and_skipped(grid: GridSandbox) -> None:
    configure(grid, "a1", 'commands: {lint: "true"}\n')

    answer = agentgrid(grid.main, "each", "lint", "--json")

    found = by_agent(answer.data)
    assert (answer.code, found["a1"]["state"]) == (0, "passed")
    assert (found["a2"]["state"], found["a2"]["reason"]) == ("skipped", "has no command 'lint'")
    assert "a2: skipped: has no command 'lint'" in answer.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("deploy",), "none of a1, a2 has a command 'deploy' (commands: none)"),
        (("make", "test"), "one name, or a command after --"),
        (("--agents", "a1,a7", "--", "true"), "there is no agent 'a7'"),
        (("--agents", " ,", "--", "true"), "--agents names no agent"),
        (("--junit", "/nowhere/at/all.xml", "--", "true"), "--junit: /nowhere/at is no directory"),
        (("--timeout", "5", "--", "true"), "--timeout: '5' is not a time"),
        (("-j", "0", "--", "true"), "'-j'"),
    ],
)
def test_what_cannot_be_meant_is_told(grid: GridSandbox, arguments: tuple[str, ...], said: str) -> None:
    answer = agentgrid(grid.main, "each", *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_an_agent_runs_nothing_for_others(grid: GridSandbox) -> None:
    refused = agentgrid(grid.desks["a2"], "each", "--", "true")

    assert (refused.code, "this is the worktree of a2" in refused.err) == (1, True)
    assert agentgrid(grid.desks["a2"], "each", "--agents", "a2", "--", "true").code == 0


def test_a_command_that_isnt_there_is_a_failure_of_each(grid: GridSandbox) -> None:
    answer = agentgrid(grid.main, "each", "--json", "--", "no-such-program")

    assert answer.code == 1
    assert {each["reason"] for each in by_agent(answer.data).values()} == {"can't be run: No such file or directory"}


def test_a_worktree_that_has_gone_is_said_and_skipped(grid: GridSandbox) -> None:
    away = grid.desks["a1"].path.with_name("away")
    grid.desks["a1"].path.rename(away)
    try:
        answer = agentgrid(grid.main, "each", "--json", "--", "true")
    finally:
        away.rename(grid.desks["a1"].path)

    found = by_agent(answer.data)
    assert (found["a1"]["state"], found["a2"]["state"]) == ("skipped", "passed")
    assert "has lost its worktree" in found["a1"]["reason"]


def test_one_that_takes_its_worktree_away_while_it_runs_is_told_as_it_ended(grid: GridSandbox) -> None:
    away = grid.desks["a1"].path.with_name("away")
    try:
        line = f'[ "$AGENT_ID" = a2 ] || mv "$PWD" {away}; echo done'
        found = by_agent(agentgrid(grid.main, "each", "--json", *shell(line)).data)
    finally:
        away.rename(grid.desks["a1"].path)

    assert {each["state"] for each in found.values()} == {"passed"}
    assert Path(found["a1"]["log"]).read_text(encoding="utf-8") == "done\n"


def test_one_that_hangs_is_ended_at_its_time(grid: GridSandbox) -> None:
    line = '[ "$AGENT_ID" = a2 ] || sleep 20'

    answer = agentgrid(grid.main, "each", "--timeout", "1s", "--json", *shell(line))

    found = by_agent(answer.data)
    assert (answer.code, found["a1"]["state"], found["a2"]["state"]) == (1, "timeout", "passed")
    assert found["a1"]["reason"] == "ran longer than 1 s"


def test_the_first_that_fails_ends_the_others_where_that_is_wanted(grid: GridSandbox) -> None:
    line = '[ "$AGENT_ID" = a2 ] && exit 3; sleep 20'

    found = by_agent(agentgrid(grid.main, "each", "-j", "2", "--fail-fast", "--json", *shell(line)).data)

    assert (found["a2"]["state"], found["a2"]["code"]) == ("failed", 3)
    assert (found["a1"]["state"], found["a1"]["reason"]) == ("cancelled", "another agent's command failed")


def test_what_had_not_started_by_then_does_not(grid: GridSandbox, tmp_path: Path) -> None:
    line = f"touch {tmp_path}/$AGENT_ID; exit 1"

    found = by_agent(agentgrid(grid.main, "each", "-j", "1", "--fail-fast", "--json", *shell(line)).data)

    assert (found["a2"]["state"], found["a2"]["code"]) == ("cancelled", None)
    assert not (tmp_path / "a2").exists()


def test_one_that_takes_too_much_is_ended_for_its_budget_and_the_others_finish(grid: GridSandbox) -> None:
    configure(grid, "a1", "budget: {memory: 120MB}\n")
    hog = " ".join(f"'{word}'" for word in python(HOG.replace("'", '"')))
    line = f'if [ "$AGENT_ID" = a1 ]; then {hog}; else sleep 2; fi'

    answer = agentgrid(grid.main, "each", "-j", "2", "--json", *shell(line))

    found = by_agent(answer.data)
    assert (answer.code, found["a1"]["state"], found["a2"]["state"]) == (1, "budget", "passed")
    assert found["a1"]["reason"].startswith("a1 went above its memory budget: ")
    assert "a1 went above its memory budget" in agentgrid(grid.main, "log", "--kind", "budget").out


def test_what_does_not_fit_beside_the_others_runs_after_them(grid: GridSandbox, tmp_path: Path) -> None:
    import psutil

    for agent in ("a1", "a2"):
        configure(grid, agent, f"budget: {{memory: {psutil.virtual_memory().total * 6 // 10**7}MB}}\n")
    line = f"mkdir {tmp_path}/turn && sleep 0.3 && rmdir {tmp_path}/turn"

    answer = agentgrid(grid.main, "each", "-j", "2", *shell(line))

    assert answer.code == 0, answer.out
    assert "a2: waiting: a2 may use " in answer.err


def test_an_interrupt_ends_all_politely_and_says_how_they_were(grid: GridSandbox, tmp_path: Path) -> None:
    line = f"trap 'touch {tmp_path}/$AGENT_ID.ended; exit 0' TERM; touch {tmp_path}/$AGENT_ID; sleep 20 & wait"
    with started(grid.main, "each", "-j", "2", *shell(line)) as process:
        until(lambda: (tmp_path / "a1").exists() and (tmp_path / "a2").exists())
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert (tmp_path / "a1.ended").exists(), out
    assert (tmp_path / "a2.ended").exists()
    assert "2 cancelled in" in out


def test_a_second_interrupt_ends_them_for_good(grid: GridSandbox) -> None:
    with started(grid.main, "each", "--agents", "a1", "--", *python(STUBBORN)) as process:
        log = wait_for_output(grid)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)  # so that there are two, and not one
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()

        assert process.wait(timeout=60) == 130
    assert time.monotonic() - begun < 15
    assert log.read_text(encoding="ascii") == "ready\n"


def test_one_interrupt_is_enough_in_the_end(grid: GridSandbox) -> None:
    with started(grid.main, "each", "--agents", "a1", "--", *python(STUBBORN)) as process:
        wait_for_output(grid)
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=60) == 128 + signal.SIGTERM


@pytest.fixture(autouse=True)
def no_logs(grid: GridSandbox) -> None:
    """The grid is shared: those of other tests are still there."""
    shutil.rmtree(grid.main.path / ".git/agentgrid/logs", ignore_errors=True)


def wait_for_output(grid: GridSandbox) -> Path:
    def found() -> list[Path]:
        return [each for each in grid.main.path.glob(".git/agentgrid/logs/each/*/a1.log") if each.stat().st_size]

    until(found)
    return found()[0]


def test_a_daemon_does_not_keep_it_from_ending(grid: GridSandbox, tmp_path: Path) -> None:
    """It has the pipe to the log still open."""
    loud = DAEMON.replace("os.dup2(null, handle)", "pass")
    file = tmp_path / "pid"

    answer = agentgrid(grid.main, "each", "--agents", "a1", "--timeout", "15s", "--", *python(loud, file))

    daemon = read_pid(file)
    try:
        assert (answer.code, is_alive(daemon)) == (0, True)
    finally:
        end(daemon)


def test_a_hanging_one_takes_its_daemons_with_it(grid: GridSandbox, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    line = f'{sys.executable} -I -S -c "$1" {file}; sleep 20'

    answer = agentgrid(grid.main, "each", "--agents", "a1", "--timeout", "2s", "--", "sh", "-c", line, "sh", DAEMON)

    daemon = read_pid(file)
    try:
        assert answer.code == 1
        until(lambda: not is_alive(daemon))
    finally:
        end(daemon)


def test_the_results_are_written_for_a_ci_server(grid: GridSandbox, tmp_path: Path) -> None:
    configure(grid, "a1", "commands: {test: \"printf 'a <b> & \\\\033[31mc\\\\001\\\\n'; exit 4\"}\n")
    file = tmp_path / "out.xml"

    answer = agentgrid(grid.main, "each", "test", "--junit", file)

    [suite] = ET.parse(file).getroot()
    assert answer.code == 1
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "2", "failures": "1", "errors": "0", "skipped": "1",
    }  # fmt: skip
    failed, skipped = suite.findall("testcase")
    failure, reason = failed.find("failure"), skipped.find("skipped")
    assert failure is not None
    assert (failed.get("classname"), failure.get("message"), failure.text) == ("a1", "exit code 4", "a <b> & c")
    assert reason is not None
    assert reason.get("message") == "has no command 'test'"


def test_on_a_terminal_a_table_moves_and_the_answer_stands_below(grid: GridSandbox) -> None:
    answer = run(grid.main, sys.executable, in_terminal.__file__, BIN / "agentgrid", "each", *shell("sleep 0.6"),
                 env={"TERM": "xterm-256color"})  # fmt: skip

    assert answer.code == 0
    assert "\x1b[" in answer.out
    assert "running" in answer.out
    assert "2 passed in" in answer.out


def test_old_logs_make_room(grid: GridSandbox) -> None:
    top = grid.main.path / ".git/agentgrid/logs/each"
    for number in range(25):
        (top / f"20200101T0000{number:02}Z-0000").mkdir(parents=True)
        (top / f"20200101T0000{number:02}Z-0000/a1.log").touch()

    agentgrid(grid.main, "each", "--", "true")

    kept = sorted(each.name for each in top.iterdir())
    assert (len(kept), kept[0]) == (20, "20200101T000006Z-0000")


def test_nobody_is_left_in_the_book(grid: GridSandbox) -> None:
    agentgrid(grid.main, "each", "--", "false")

    assert list((grid.main.path / ".git/agentgrid/runs").glob("*.run")) == []
