"""What each agent uses now: its processes' memory and processor time, and its worktree's disk."""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from agentgrid.machine.disk_use import DiskUse, measure_disk
from agentgrid.machine.process_memory import exact_memory
from agentgrid.machine.process_table import Entry, ProcessId, Table, read_table
from agentgrid.workspace.budgets.attribution import Shares, share_out
from agentgrid.workspace.budgets.limits import Use
from agentgrid.workspace.budgets.runs import Run, RunBook

_SAMPLE_S = 0.2
_DISK_FRESH_S = 60.0
_DISK_LOOK_S = 1.0


class Meter:
    """Measures the agents of one repository. `worktrees`: agent → its worktree, those that are there."""

    def __init__(self, book: RunBook, worktrees: Mapping[str, Path]) -> None:
        self.book = book
        self._worktrees = {agent: os.path.realpath(path) for agent, path in worktrees.items()}
        self._disk: dict[str, tuple[float, DiskUse]] = {}
        self._before: tuple[float, Table] | None = None

    def share_out(self, table: Table, runs: Sequence[Run]) -> Shares:
        """Whose the processes of `table` are."""
        return share_out(table, runs, self._worktrees, self.book.agent_behind)

    def measure(self, agents: Iterable[str], *, with_disk: bool = True, with_cpu: bool = True) -> dict[str, Use]:
        """Agent → its use. The first time, processor time takes a moment to be measured; later it is that since the
        time before."""
        if with_cpu and self._before is None:
            self._before = (time.monotonic(), read_table())
            time.sleep(_SAMPLE_S)
        runs, table, now = self.book.live(), read_table(), time.monotonic()
        shares = self.share_out(table, runs)
        started = [run for run in runs if not run.is_waiting]
        used: dict[str, Use] = {}
        for agent in agents:
            entries = shares.of_agent(agent, runs)
            disk = self._look_at_disk(agent) if with_disk else None
            used[agent] = Use(
                memory_bytes=exact_memory(entries),
                cpus=self._processors(entries, now) if with_cpu else None,
                disk_bytes=disk.used_bytes if disk else None,
                processes=len(entries),
                wall_s=max((time.time() - run.since for run in started if run.agent == agent), default=None),
                is_disk_whole=disk is None or disk.is_whole,
            )
        if with_cpu:
            self._before = (now, table)
        return used

    def _processors(self, entries: Iterable[Entry], now: float) -> float | None:
        if self._before is None:
            return None
        then, table = self._before
        earlier: dict[ProcessId, float] = {entry.id: entry.cpu_s for entry in table.values()}
        spent = sum(entry.cpu_s - earlier.get(entry.id, 0.0) for entry in entries)
        return max(0.0, spent / max(now - then, 0.01))

    def _look_at_disk(self, agent: str) -> DiskUse | None:
        """As it was a moment ago, when that was asked for then: a large worktree takes long to look through."""
        top = self._worktrees.get(agent)
        if top is None:
            return None
        at, found = self._disk.get(agent, (-_DISK_FRESH_S, None))
        if found is None or time.monotonic() - at > _DISK_FRESH_S:
            found = measure_disk(top, within_s=_DISK_LOOK_S)
            self._disk[agent] = (time.monotonic(), found)
        return found
