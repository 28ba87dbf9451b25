"""The book of runs: who is in it is alive, and nobody else."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agentgrid.workspace.budgets.admitting import Doorkeeper
from agentgrid.workspace.budgets.limits import Limits, Use
from agentgrid.workspace.budgets.measuring import Meter
from agentgrid.workspace.budgets.places import has_run_files
from agentgrid.workspace.budgets.runs import Run, RunBook

RUN = Run("aa", "a1", os.getpid(), 1.0, is_waiting=False, promised_bytes=5)
ENTER = """\
import os, sys
from pathlib import Path
from agentgrid.workspace.budgets.runs import Run, RunBook
with RunBook(Path(sys.argv[1])).enter(Run("bb", "a2", os.getpid(), 2.0, False, None)):
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def book(tmp_path: Path) -> RunBook:
    return RunBook(tmp_path)


def test_a_run_is_in_it_for_the_block(book: RunBook, tmp_path: Path) -> None:
    assert book.live() == []
    with book.enter(RUN) as entered:
        assert book.live() == [RUN]
        assert has_run_files(tmp_path)
        entered.write(replace(RUN, is_waiting=True))
        assert book.live() == [replace(RUN, is_waiting=True)]
    assert book.live() == []
    assert not has_run_files(tmp_path)


def test_runs_stand_in_the_order_in_which_they_were_asked_for(book: RunBook) -> None:
    later = replace(RUN, nonce="00", since=2.0)
    with book.enter(later), book.enter(RUN):
        assert [run.nonce for run in book.live()] == ["aa", "00"]


def test_who_is_killed_is_out_of_it(book: RunBook, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ENTER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        assert [run.agent for run in book.live()] == ["a2"]
        process.kill()
        process.wait()

        assert book.live() == []
        assert not has_run_files(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"nonce": "x"}', "\0\0"])
def test_a_file_that_cannot_be_read_is_nobody(book: RunBook, tmp_path: Path, text: str) -> None:
    with book.enter(RUN):
        (tmp_path / "agentgrid/runs/cc.run").write_text(text, encoding="ascii")

        assert book.live() == [RUN]


def test_a_mark_tells_the_agent_of_this_repository_alone(book: RunBook, tmp_path: Path) -> None:
    other = RunBook(tmp_path / "other")

    assert book.agent_behind(book.mark("a1", "n1")) == "a1"
    assert book.agent_behind(f"{book.mark('a1', 'n1')}/{book.mark('a2', 'n2')}") == "a2"
    assert book.agent_behind(f"{book.mark('a1', 'n1')}/{other.mark('a2', 'n2')}") == "a1"
    assert book.agent_behind(other.mark("a1", "n1")) is None
    assert book.agent_behind("made up") is None


# The doorkeeper: decisions one at a time, over the book.


GB = 10**9


class StillMeter(Meter):
    """Nobody uses anything, except who is said to."""

    def __init__(self, book: RunBook, used: dict[str, int]) -> None:
        super().__init__(book, {})
        self._said = used

    def measure(self, agents: object, *, with_disk: bool = True, with_cpu: bool = True) -> dict[str, Use]:
        assert isinstance(agents, list)
        return {agent: Use(memory_bytes=self._said.get(agent, 0)) for agent in agents}


def make_door(book: RunBook, used: dict[str, int] | None = None, **limits_gb: int) -> Doorkeeper:
    limits = {agent: Limits(memory_bytes=size * GB) for agent, size in limits_gb.items()}
    return Doorkeeper(book, StillMeter(book, used or {}), limits, machine_bytes=10 * GB, reserved_bytes=2 * GB)


def test_the_second_waits_until_the_first_is_out(book: RunBook) -> None:
    door = make_door(book, a1=5, a2=5)
    first, second = door.apply("a1"), door.apply("a2")
    with book.enter(second) as waiting:
        with book.enter(first) as running:
            assert door.try_to_start(first, running) is None
            refused = door.try_to_start(second, waiting)
            assert refused is not None
            assert "doesn't fit beside a1 5.0 GB" in refused.reason

        assert door.try_to_start(second, waiting) is None


def test_a_second_run_of_one_agent_needs_no_more_room(book: RunBook) -> None:
    door = make_door(book, a1=5, a2=5)
    first, second = door.apply("a1"), door.apply("a1")
    with book.enter(first) as one, book.enter(second) as two:
        assert door.try_to_start(first, one) is None
        assert door.try_to_start(second, two) is None


def test_who_asks_later_does_not_pass_who_waits(book: RunBook) -> None:
    door = make_door(book, a1=5, a2=6, a3=3)
    first, large, small = door.apply("a1"), door.apply("a2"), door.apply("a3")
    with book.enter(first) as one, book.enter(large) as two, book.enter(small) as three:
        assert door.try_to_start(first, one) is None
        assert door.try_to_start(large, two) is not None
        passed = door.try_to_start(small, three)
        assert passed is not None
        assert "a2 6.0 GB" in passed.reason


def test_who_has_no_limit_takes_what_it_takes(book: RunBook) -> None:
    door = make_door(book, {"a1": 5 * GB}, a2=5)
    first, second = door.apply("a1"), door.apply("a2")
    with book.enter(first) as one, book.enter(second) as two:
        assert door.try_to_start(first, one) is None
        refused = door.try_to_start(second, two)
        assert refused is not None
        assert "a1 5.0 GB" in refused.reason


def test_who_waits_for_itself_keeps_nobody_out(book: RunBook) -> None:
    door = make_door(book, {"a1": 9 * GB}, a1=8, a2=5)
    first, second = door.apply("a1"), door.apply("a2")
    with book.enter(first) as one, book.enter(second) as two:
        refused = door.try_to_start(first, one)
        assert refused is not None
        assert refused.reason == "a1 already uses 9.0 GB of 8.0 GB memory"
        assert door.try_to_start(second, two) is None
