"""`budget`: limits, use and head room."""

import json
import re
import signal
import sys

from support import in_terminal
from support.grids import GridSandbox
from support.program import BIN, agentgrid, run
from support.running import configure, program, started, until


def test_limits_and_use_are_told_for_every_agent(grid: GridSandbox) -> None:
    configure(grid, "a1", "budget: {memory: 4GB, cpu: 200%, disk: 20GB, processes: 200, wall_time: 2h}\n")

    data = agentgrid(grid.main, "budget", "--json").data

    assert set(data) == {"machine", "agents", "total"}
    assert set(data["machine"]) == {"memory_bytes", "cpus", "reserved_bytes"}
    a1, a2 = data["agents"]
    assert (a1["id"], a1["verdict"]) == ("a1", "ok")
    assert a1["limits"] == {
        "memory_bytes": 4_000_000_000, "cpus": 2.0, "disk_bytes": 20_000_000_000, "processes": 200, "wall_s": 7200.0,
    }  # fmt: skip
    assert a1["use"]["processes"] == a1["use"]["memory_bytes"] == 0
    assert 0 < a1["use"]["disk_bytes"] < 1_000_000
    assert a1["head_room"]["memory"] == 4_000_000_000
    assert (a2["limits"], a2["head_room"], a2["verdict"]) == ({}, {}, "ok")


def test_what_works_in_an_agents_worktree_is_its_use(grid: GridSandbox) -> None:
    configure(grid, "a1", "budget: {memory: 1MB, processes: 1}\n")
    with program("sh", "-c", f"cd {grid.desks['a1'].path}/services && exec sleep 20") as process:
        until(lambda: agentgrid(grid.main, "budget", "a1", "--json").data["agents"][0]["use"]["processes"])
        [a1] = agentgrid(grid.main, "budget", "a1", "--json").data["agents"]
        process.kill()

    assert (a1["use"]["processes"], a1["verdict"]) == (1, "near")
    assert a1["use"]["memory_bytes"] > 0


def test_limits_and_reserve_above_the_machine_are_told(grid: GridSandbox) -> None:
    configure(grid, "a1", "budget: {memory: 900TB}\n")
    grid.main.commit(
        "Reserve", **{"agentgrid.yaml": grid.main.read("agentgrid.yaml") + "machine: {reserve: {memory: 8GB}}\n"}
    )

    answer = agentgrid(grid.main, "budget")
    total = agentgrid(grid.main, "budget", "--json").data["total"]
    doctor = agentgrid(grid.main, "doctor")

    assert answer.code == 0
    assert re.search(r"budgets 900 TB \+ reserve 8\.0 GB of .*: .* more than this machine has", answer.out)
    assert (total["verdict"], total["memory_limit_bytes"]) == ("over", 900 * 10**12)
    assert (doctor.code, "NO-GO" in doctor.out) == (1, True)
    assert "kept by " in doctor.out


def test_people_see_bars(grid: GridSandbox) -> None:
    configure(grid, "a1", "budget: {disk: 20MB, processes: 10}\n")

    lines = [" ".join(line.split()) for line in agentgrid(grid.main, "budget").out.splitlines()]

    assert "processes 0 10 10 ░░░░░░░░░░░░░░░░░░░░" in lines
    assert lines[-1].startswith("no agent has a memory budget; agents use ")


def test_an_agent_that_is_none_is_told(grid: GridSandbox) -> None:
    answer = agentgrid(grid.main, "budget", "a9")

    assert (answer.code, "there is no agent 'a9'" in answer.err) == (2, True)


def test_a_budget_of_nothing_is_refused_with_its_place(grid: GridSandbox) -> None:
    configure(grid, "a1", "budget: {memory: 0GB}\n")

    answer = agentgrid(grid.main, "budget")

    assert (answer.code, "config/agents/a1.yaml:5: budget.memory: " in answer.err) == (2, True), answer.err


def test_watching_goes_on_until_it_is_interrupted(grid: GridSandbox) -> None:
    with started(grid.main, "budget", "a1", "--watch", "--json") as process:
        assert process.stdout is not None
        shown = [json.loads(process.stdout.readline())["data"]["agents"][0]["id"] for _ in range(2)]
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=60) == 130
    assert shown == ["a1", "a1"]


def test_watching_ends_when_its_reader_has_left(grid: GridSandbox) -> None:
    answer = run(grid.main, "sh", "-c", f"{BIN / 'agentgrid'} budget --watch | head -n 1; true")

    assert (answer.code, answer.err) == (0, "")


def test_watching_on_a_terminal_draws_in_place(grid: GridSandbox) -> None:
    watch = f"{BIN / 'agentgrid'} budget --watch & sleep 3; kill -INT $!; wait $!"

    answer = run(grid.main, sys.executable, in_terminal.__file__, "bash", "-m", "-c", watch,
                 env={"TERM": "xterm-256color"})  # fmt: skip

    assert "Traceback" not in answer.out
    assert "agents use" in answer.out


def test_status_tells_the_budget_of_those_whose_commands_run(grid: GridSandbox) -> None:
    configure(grid, "a1", "budget: {memory: 900MB}\n")
    with started(grid.main, "exec", "a1", "--", "sh", "-c", "echo ready; sleep 20") as process:
        assert process.stdout is not None
        process.stdout.readline()

        a1, a2 = agentgrid(grid.main, "status", "--json").data["agents"]

    assert (a1["budget"]["verdict"], a1["budget"]["runs"]) == ("ok", 1)
    assert "budget" not in a2
    assert all("budget" not in each for each in agentgrid(grid.main, "status", "--json").data["agents"])
