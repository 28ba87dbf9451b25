"""Ending processes: politely, then for good. Only by number and start, never by name.

What multiplies is stopped before it is killed. A signal to a process group reaches all of it at once and no new child
slips through, which no program that goes from process to process can promise; so groups are used where nobody else is
in them.
"""

import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from agentgrid.machine.process_table import Entry, ProcessId, Table, read_entry, read_table
from agentgrid.machine.process_tree import ProcessTree

_FREEZE_S = 0.4
_KILL_S = 5.0
_PAUSE_S = 0.005


def send_signal(target: ProcessId, number: int) -> bool:
    """Sends a signal to exactly this process; False when it has gone or isn't ours to signal."""
    try:
        handle = _open_handle(target.pid)
        try:
            if not _is_there(target):
                return False
            if handle is None:
                os.kill(target.pid, number)
            else:
                signal.pidfd_send_signal(handle, number)
        finally:
            if handle is not None:
                os.close(handle)
    except OSError:
        return False
    return True


def ask_to_end(members: Collection[Entry]) -> None:
    """SIGTERM to each, in this order: a parent that hears it first can see to its children. What is stopped is
    continued, so that it can hear it."""
    for number in (signal.SIGTERM, signal.SIGCONT):
        for entry in members:
            send_signal(entry.id, number)


def kill_tree(tree: ProcessTree) -> bool:
    """Stops, then kills all of `tree`. False when something still lives after some seconds."""
    if _stop_all(tree):
        return _kill_all(tree)
    with _stopped_with_its_group(tree):  # it multiplies faster than one can go from process to process
        _stop_all(tree)
        return _kill_all(tree)


def _stop_all(tree: ProcessTree) -> bool:
    """SIGSTOP to each, until a look finds nobody who hadn't had it; False when new ones keep coming."""
    until = time.monotonic() + _FREEZE_S
    stopped: set[ProcessId] = set()
    while time.monotonic() < until:
        table = read_table()
        members = tree.members(table)
        running = [entry for entry in members if entry.id not in stopped]
        if not running:
            return True
        _send_to_all(table, members, running, signal.SIGSTOP)
        stopped |= {entry.id for entry in running}
    return False


def _kill_all(tree: ProcessTree) -> bool:
    until = time.monotonic() + _KILL_S
    while time.monotonic() < until:
        table = read_table()
        members = tree.members(table)
        if not members:
            return True
        _send_to_all(table, members, members, signal.SIGKILL)
        time.sleep(_PAUSE_S)  # they need a moment to go
    return False


def _send_to_all(table: Table, members: Collection[Entry], targets: Collection[Entry], number: int) -> None:
    """To whole groups where all of a group are `members`; to the others one by one."""
    own = {entry.pid for entry in members}
    whole = {group for group in {entry.group for entry in targets} if _is_only_of(table, own, group)}
    for group in whole:
        if any(_is_there(entry.id) for entry in targets if entry.group == group):
            _succeeds(lambda group=group: os.killpg(group, number))  # type: ignore[misc]
    for entry in targets:
        if entry.group not in whole:
            send_signal(entry.id, number)


def _is_only_of(table: Table, own: Collection[int], group: int) -> bool:
    if group in {0, 1, os.getpgrp()}:
        return False
    return all(entry.pid in own for entry in table.values() if entry.group == group and not entry.is_zombie)


@contextmanager
def _stopped_with_its_group(tree: ProcessTree) -> Iterator[None]:
    """Where the program shares this process's group (both stand in the foreground of a terminal): steps out of it, and
    stops it as a whole. Bystanders, such as the pager at the end of a pipeline, are continued after the block."""
    group = os.getpgrp()
    if not any(entry.group == group for entry in tree.members(read_table())):
        yield
        return
    with _own_group(group) as is_outside:
        if is_outside:
            _succeeds(lambda: os.killpg(group, signal.SIGSTOP))
        try:
            yield
        finally:
            if is_outside:
                _succeeds(lambda: os.killpg(group, signal.SIGCONT))


@contextmanager
def _own_group(group: int) -> Iterator[bool]:
    """A group's leader can't open another one, but can join one that a child opened; the leader of a session can't."""
    try:
        keeper = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, process_group=0)
    except OSError:
        yield False
        return
    with keeper:
        is_outside = _succeeds(lambda: os.setpgid(0, keeper.pid))
        try:
            yield is_outside
        finally:
            if is_outside:
                _succeeds(lambda: os.setpgid(0, group))  # nobody may be left in it


def _succeeds(act: Callable[[], None]) -> bool:
    try:
        act()
    except OSError:
        return False
    return True


def _is_there(target: ProcessId) -> bool:
    entry = read_entry(target.pid)
    return entry is not None and entry.id == target


def _open_handle(pid: int) -> int | None:
    """A handle that stays with the process, so that what is checked is what is signalled; None where there are none."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if error.errno == errno.ESRCH:
            raise
        return None
