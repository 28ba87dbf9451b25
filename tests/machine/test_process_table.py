"""The processes of this machine: the quick way and the portable one tell the same."""

import os
import subprocess
from collections.abc import Callable

import pytest

from agentgrid.machine.process_places import is_within, variable_of, working_directory
from agentgrid.machine.process_table import (
    Table,
    count_tasks,
    find_descendants,
    read_entry,
    read_table,
    read_table_portably,
    trace_ancestors,
)
from support.running import STUBBORN, program, python

READERS = pytest.mark.parametrize("read", [read_table, read_table_portably])


@READERS
def test_a_process_is_in_it_with_its_parent_group_and_memory(read: Callable[[], Table]) -> None:
    with program(*python(STUBBORN)) as child:
        assert child.stdout is not None
        child.stdout.readline()

        entry = read()[child.pid]

    assert (entry.parent, entry.group, entry.is_zombie) == (os.getpid(), child.pid, False)
    assert 1_000_000 < entry.memory_bytes < 100_000_000
    assert entry.tasks == 1


def test_both_ways_agree_on_this_process() -> None:
    quick, portable = read_table()[os.getpid()], read_table_portably()[os.getpid()]

    assert (quick.parent, quick.group) == (portable.parent, portable.group) == (os.getppid(), os.getpgrp())
    assert quick.memory_bytes == pytest.approx(portable.memory_bytes, rel=0.2)
    assert quick.cpu_s == pytest.approx(portable.cpu_s, abs=1.0)


@READERS
def test_what_has_ended_is_a_zombie_and_then_nothing(read: Callable[[], Table]) -> None:
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    zombie = read()[child.pid]
    child.wait()

    assert zombie.is_zombie
    assert child.pid not in read()
    assert read_entry(child.pid) is None


@READERS
def test_descent_is_followed_both_ways(read: Callable[[], Table]) -> None:
    with program("sh", "-c", "sleep 20 & echo $!; wait") as shell:
        assert shell.stdout is not None
        grandchild = int(shell.stdout.readline())

        table = read()

        assert find_descendants(table, [shell.pid]) == {shell.pid, grandchild}
        assert list(trace_ancestors(table, grandchild))[:2] == [shell.pid, os.getpid()]
        os.kill(grandchild, 9)


def test_tasks_are_counted() -> None:
    assert count_tasks() >= len([entry for entry in read_table().values() if entry.parent == os.getpid()])


def test_directory_and_variables_are_those_of_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARK", "a=b/c")
    with program("sleep", "20") as child:
        assert working_directory(child.pid) == os.getcwd()
        assert variable_of(child.pid, "MARK") == "a=b/c"
        assert variable_of(child.pid, "ARK") is None
    assert working_directory(child.pid) is None
    assert variable_of(child.pid, "MARK") is None


def test_within_is_a_matter_of_whole_names() -> None:
    assert is_within("/a/b", "/a/b")
    assert is_within("/a/b/c", "/a/b")
    assert not is_within("/a/bc", "/a/b")
    assert not is_within(None, "/a/b")
