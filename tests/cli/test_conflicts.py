"""`conflicts`: where agents' work meets, on real branches and real dirty worktrees."""

import json
import os
import re
import signal
import sys

import pytest

from support import in_terminal
from support.grids import BILLING, ORDERS, GridSandbox
from support.program import BIN, agentgrid, run
from support.running import started

COMMON = "services/common/cache.py"


@pytest.fixture
def clash(grid: GridSandbox) -> GridSandbox:
    """Both agents changed one line of common code, and have not committed it."""
    for agent, desk in grid.desks.items():
        desk.write(COMMON, f"TTL_S = '{agent}'\n")
    return grid


def pairs(data: "dict[str, list[dict[str, str]]]") -> dict[tuple[str, str], str]:
    return {(pair["a"], pair["b"]): pair["level"] for pair in data["pairs"]}


def test_agents_that_share_nothing_are_clean(grid: GridSandbox) -> None:
    grid.desks["a1"].write(ORDERS, "ORDERS = [1]\n")
    grid.desks["a2"].write(BILLING, "INVOICES = [1]\n")

    answer = agentgrid(grid.main, "conflicts", "--json")

    assert (answer.code, set(pairs(answer.data).values()), answer.data["clean"]) == (0, {"clean"}, True)
    assert sorted(answer.data["order"]) == ["a1", "a2"]
    assert answer.data["order_cost"] == answer.data["fifo_cost"] == 0


def test_uncommitted_work_that_conflicts_is_found_with_the_lines_of_both(clash: GridSandbox) -> None:
    answer = agentgrid(clash.main, "conflicts")

    assert answer.code == 1
    assert "✗  a1 × a2  conflict\n    services/common/cache.py\n      a1 line 1, a2 line 1" in answer.out  # noqa: RUF001
    assert "\nland in this order (cost 1)\n  a1 → a2\n" in answer.out
    assert "warning: a2 won't merge once a1 has landed: services/common/cache.py" in answer.out
    assert answer.err == ""


def test_what_is_not_committed_can_be_left_out(clash: GridSandbox) -> None:
    answer = agentgrid(clash.main, "conflicts", "--committed-only", "--json")

    assert (answer.code, set(pairs(answer.data).values())) == (0, {"clean"})


def test_without_an_order_none_is_told(clash: GridSandbox) -> None:
    answer = agentgrid(clash.main, "conflicts", "--no-order")

    assert (answer.code, "land in this order" in answer.out) == (1, False)
    assert "order" not in agentgrid(clash.main, "conflicts", "--no-order", "--json").data


def test_only_those_who_are_named_are_compared(clash: GridSandbox) -> None:
    answer = agentgrid(clash.main, "conflicts", "a1", "a1", "--json")

    assert answer.code == 0
    assert pairs(answer.data) == {("a1", "@base"): "clean"}


def test_the_same_in_markdown(clash: GridSandbox) -> None:
    answer = agentgrid(clash.main, "conflicts", "--markdown")

    assert answer.code == 1
    assert "| ❌ conflict | a1 × a2 | `services/common/cache.py`: a1 line 1, a2 line 1 |" in answer.out  # noqa: RUF001


def test_an_agent_in_its_worktree_sees_the_same(clash: GridSandbox) -> None:
    there = agentgrid(clash.desks["a1"], "conflicts", "--json")

    assert there.data["pairs"] == agentgrid(clash.main, "conflicts", "--json").data["pairs"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("a9",), "there is no agent 'a9'"), (("--json", "--markdown"), "one answer at a time")],
)
def test_a_wrong_question_is_told(grid: GridSandbox, arguments: tuple[str, ...], message: str) -> None:
    answer = agentgrid(grid.main, "conflicts", *arguments)

    assert (answer.code, message in answer.err) == (2, True)


def test_where_only_ascii_can_be_shown_only_that_is(clash: GridSandbox) -> None:
    answer = agentgrid(clash.main, "conflicts", env={"PYTHONIOENCODING": "latin-1"})

    assert answer.out.isascii()
    assert "X  a1 x a2  conflict" in answer.out


@pytest.mark.parametrize(("no_color", "is_coloured"), [("1", False), ("", True)])
def test_a_terminal_gets_colours_unless_no_color_says_otherwise(
    clash: GridSandbox, no_color: str, is_coloured: bool
) -> None:
    answer = run(clash.main, sys.executable, in_terminal.__file__, str(BIN / "agentgrid"), "conflicts",
                 env={"NO_COLOR": no_color, "TERM": "xterm-256color"})  # fmt: skip

    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", answer.out)
    assert (answer.code, "\x1b[1;37;41m" in answer.out) == (1, is_coloured)
    assert "a1 × a2  conflict" in plain  # noqa: RUF001


def test_status_counts_with_how_many_each_agent_conflicts_when_it_is_asked(clash: GridSandbox) -> None:
    asked = agentgrid(clash.main, "status", "--conflicts", "--json").data["agents"]

    assert [agent["conflicts"] for agent in asked] == [1, 1]
    assert "  conflicts  " in agentgrid(clash.main, "status", "--conflicts").out
    assert all("conflicts" not in agent for agent in agentgrid(clash.main, "status", "--json").data["agents"])
    assert "conflicts" not in agentgrid(clash.main, "status").out


def test_watching_tells_what_is_new_until_it_is_interrupted(grid: GridSandbox) -> None:
    with started(grid.main, "conflicts", "--watch", "--json") as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())["data"]
        for agent, desk in grid.desks.items():
            desk.write(COMMON, f"TTL_S = '{agent}'\n")
        seen = pairs(json.loads(process.stdout.readline())["data"])
        while seen["a1", "a2"] != "conflict":  # one file was there before the other
            seen = pairs(json.loads(process.stdout.readline())["data"])
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=60) == 130
    assert pairs(first)["a1", "a2"] == "clean"


def test_watching_ends_when_its_reader_has_left(grid: GridSandbox) -> None:
    answer = run(grid.main, "sh", "-c", f"{BIN / 'agentgrid'} conflicts --watch | head -n 1; true")

    assert (answer.code, answer.err) == (0, "")


def test_watching_on_a_terminal_draws_in_place(clash: GridSandbox) -> None:
    watch = f"{BIN / 'agentgrid'} conflicts --watch & sleep 4; kill -INT $!; wait $!; echo ended with $?"

    answer = run(clash.main, sys.executable, in_terminal.__file__, "bash", "-m", "-c", watch,
                 env={"TERM": "xterm-256color", "LINES": "12"})  # fmt: skip

    assert "Traceback" not in answer.out
    assert "a1 × a2" in answer.out  # noqa: RUF001
    assert "ended with 130" in answer.out
    assert os.environ.get("TERM") != "xterm-256color"
