"""All that one program started and that still runs, also what has left its parent, its group or its session.

Three ways, because each alone can be left: descent; having been seen before; and a variable in the environment that
children inherit, asked once of everyone else who started later. Whose child an orphan becomes says nothing: the first
process of the machine, or whoever in between asked for orphans, as a person's systemd and many containers' first
programs do.
"""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from agentgrid.machine.process_places import variable_of
from agentgrid.machine.process_table import Entry, ProcessId, Table, find_descendants

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


class ProcessTree:
    """The program `root` and its descendants. `variable`, `mark`: what their environment has, as one part of a
    `/`-separated value."""

    def __init__(self, root: ProcessId, variable: str, mark: str) -> None:
        self.root = root
        self._variable = variable
        self._mark = mark
        self._known = {root}
        self._strangers: set[ProcessId] = set()

    def members(self, table: Table) -> list[Entry]:
        """Those that live at the moment of `table`, who started first stands first; without zombies, which take
        nothing."""
        known = {each.pid for each in self._known if each.pid in table and table[each.pid].id == each}
        near = find_descendants(table, known)
        away = {pid for pid, entry in table.items() if pid not in near and self._got_away(entry)}
        found = [table[pid] for pid in near | find_descendants(table, away)]
        self._known = {entry.id for entry in found}
        living = [entry for entry in found if not entry.is_zombie]
        return sorted(living, key=lambda entry: (entry.id.started, entry.pid))

    def _got_away(self, entry: Entry) -> bool:
        if entry.id in self._strangers:
            return False
        if entry.id.started >= self.root.started and not entry.is_zombie:
            marks = variable_of(entry.pid, self._variable)
            if marks is not None and self._mark in marks.split("/"):
                return True
        self._strangers.add(entry.id)
        return False


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """For the block: what loses its parent below this process becomes this process's child, where the system can do
    that (Linux), so that a daemon doesn't get away by leaving its parents. Who uses it reaps: `reap_orphans`."""
    is_done = _set_subreaper(on=True)
    try:
        yield
    finally:
        if is_done:
            _set_subreaper(on=False)


def reap_orphans(own: set[int]) -> None:
    """Takes the exit codes of ended children that nobody else will ask for; those of `own` are left alone."""
    while sys.platform == "linux":
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in own:
            return  # what stands first has to be taken by its owner before the next can be seen
        os.waitpid(ended.si_pid, os.WNOHANG)


def _set_subreaper(*, on: bool) -> bool:
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0) == 0)
