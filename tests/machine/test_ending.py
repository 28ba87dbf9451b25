"""Ending processes: all of a tree, also what tries to get away, and nobody else."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agentgrid.machine.ending import ask_to_end, kill_tree, send_signal
from agentgrid.machine.process_table import read_entry, read_table
from agentgrid.machine.process_tree import ProcessTree, adopting_orphans, reap_orphans
from support.running import BOMB, DAEMON, end, is_alive, program, python, read_pid, until

ADOPTER = """\
import subprocess, sys
from agentgrid.machine.process_tree import adopting_orphans
with adopting_orphans():
    subprocess.run(sys.argv[1:])
"""

VARIABLE, MARK = "AGENTGRID_TEST_RUN", "one.of.these"


@contextmanager
def tree_of(*command: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ProcessTree, int]]:
    """A running command as a tree, and its number."""
    monkeypatch.setenv(VARIABLE, f"outer/{MARK}")
    with program(*command) as process:
        monkeypatch.delenv(VARIABLE)
        entry = read_entry(process.pid)
        assert entry is not None
        yield ProcessTree(entry.id, VARIABLE, MARK), process.pid


@pytest.fixture
def neighbour() -> Iterator[int]:
    """A process that has nothing to do with it."""
    with program("sleep", "20") as process:
        yield process.pid
        assert is_alive(process.pid)


def test_a_signal_goes_to_exactly_the_process_that_was_meant() -> None:
    with program("sleep", "20") as process:
        entry = read_entry(process.pid)
        assert entry is not None
        later = replace(entry.id, started=entry.id.started + 1)

        assert not send_signal(later, signal.SIGKILL)
        assert is_alive(process.pid)
        assert send_signal(entry.id, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not send_signal(entry.id, signal.SIGKILL)


def test_without_handles_for_processes_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    monkeypatch.delattr(os, "pidfd_open", raising=False)

    test_a_signal_goes_to_exactly_the_process_that_was_meant()


def test_a_polite_end_reaches_one_that_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    with tree_of("sleep", "20", monkeypatch=monkeypatch) as (tree, pid):
        os.kill(pid, signal.SIGSTOP)
        ask_to_end(tree.members(read_table()))

        until(lambda: not is_alive(pid))


def test_what_ignores_the_polite_end_is_killed_for_good(monkeypatch: pytest.MonkeyPatch, neighbour: int) -> None:
    with tree_of("sh", "-c", "trap '' TERM; sleep 20 & sleep 20", monkeypatch=monkeypatch) as (tree, pid):
        until(lambda: len(tree.members(read_table())) == 3)
        members = [entry.pid for entry in tree.members(read_table())]
        ask_to_end(tree.members(read_table()))

        assert kill_tree(tree)
        assert [each for each in members if is_alive(each)] == []
        assert not is_alive(pid)


@pytest.mark.parametrize("taker", ["this process", "the first process", "a process between"])
def test_a_daemon_that_left_its_parent_and_session_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, neighbour: int, taker: str
) -> None:
    """By descent where the system gives orphans to who asks for them (Linux), by its mark elsewhere."""
    file = tmp_path / "pid"
    command = ["sh", "-c", f'{sys.executable} -c "$1" {file}; sleep 20', "sh", DAEMON]
    if taker == "a process between":
        command = [sys.executable, "-c", ADOPTER, *command]
    with adopting_orphans() if taker == "this process" else nothing(), tree_of(
        *command, monkeypatch=monkeypatch
    ) as (tree, _):  # fmt: skip
        daemon = read_pid(file)
        try:
            assert daemon in {entry.pid for entry in tree.members(read_table())}
            assert kill_tree(tree)
            assert not is_alive(daemon)
        finally:
            end(daemon)


def test_a_stranger_with_another_mark_is_none_of_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    with adopting_orphans(), tree_of("sleep", "20", monkeypatch=monkeypatch) as (tree, pid):
        monkeypatch.setenv(VARIABLE, f"{MARK}.not")
        with program(*python(DAEMON, file)):
            daemon = read_pid(file)
            try:
                assert [entry.pid for entry in tree.members(read_table())] == [pid]
            finally:
                end(daemon)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans over")
def test_orphans_that_ended_are_cleared_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    with adopting_orphans(), tree_of("sh", "-c", "exec sleep 20", monkeypatch=monkeypatch) as (_, pid):
        with program(*python(DAEMON, file)) as starter:
            daemon = read_pid(file)
            starter.wait()
        end(daemon)
        until(lambda: (entry := read_entry(daemon)) is None or entry.is_zombie)
        reap_orphans({pid})

        assert read_entry(daemon) is None
        assert is_alive(pid)


def test_what_multiplies_is_ended_with_all_its_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, neighbour: int
) -> None:
    with tree_of(*python(BOMB, tmp_path / "count"), monkeypatch=monkeypatch) as (tree, _):
        until(lambda: len(tree.members(read_table())) > 20)

        assert kill_tree(tree)
        assert tree.members(read_table()) == []
        size = (tmp_path / "count").stat().st_size
        until(lambda: (tmp_path / "count").stat().st_size == size)


@contextmanager
def nothing() -> Iterator[None]:
    yield
