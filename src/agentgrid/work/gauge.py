"""How a run's agent stands to its budget: looked at often, so each look does as little as will do.

The run's own processes are counted each time; what else is the agent's, every two seconds; the exact memory only where
the rough figure, which is never too small, comes near the limit; the worktree's disk in small steps.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentgrid.machine.disk_use import DiskWalk
from agentgrid.machine.process_memory import exact_memory, resident_memory
from agentgrid.machine.process_table import Entry, Table, count_tasks
from agentgrid.machine.process_tree import ProcessTree
from agentgrid.workspace.budgets.limits import Limits, Use
from agentgrid.workspace.budgets.measuring import Meter
from agentgrid.workspace.budgets.runs import Run
from agentgrid.workspace.budgets.verdicts import NEAR, Standing, choose_to_end, judge_use

_EXACT_EACH = 8  # what is swapped out is not resident: now and then the exact figure is asked for anyway
_BESIDE_S = 2.0
_FIRST_BESIDE_S = 0.5  # it was looked at when the run was let in
_DISK_STEP_S = 0.01
_DISK_PAUSE_S = 2.0
_DISK_CALM = 40  # walking takes at most this part of the time


@dataclass(frozen=True, slots=True)
class Reading:
    """`beside`: how many of the agent's processes aren't the run's own."""

    standings: tuple[Standing, ...]
    beside: int


class Gauge:
    """`worktree`: whose disk counts. `look_around`: the processes of the machine now."""

    def __init__(self, run: Run, limits: Limits, meter: Meter, worktree: str, look_around: Callable[[], Table]) -> None:
        self._run, self._limits, self._meter, self._worktree = run, limits, meter, worktree
        self._look_around = look_around
        self._started_s = time.monotonic()
        self._looks = self._tasks = 0
        self._beside: tuple[float, list[Entry]] = (self._started_s - _BESIDE_S + _FIRST_BESIDE_S, [])
        self._disk: DiskWalk | None = None
        self._disk_bytes: int | None = None
        self._disk_next_s = self._disk_walked_s = 0.0

    def read(self, tree: ProcessTree) -> Reading:
        """How the agent stands now, the run that `tree` is included."""
        table, now_s = self._look_around(), time.monotonic()
        own = tree.members(table)
        self._tasks = count_tasks() if self._limits.processes else 0
        if self._limits.processes is not None and len(own) > self._limits.processes:  # no time for anything else
            return Reading(judge_use(Limits(processes=self._limits.processes), Use(processes=len(own))), 0)
        beside = self._look_beside(table, own, now_s)
        use = Use(
            memory_bytes=self._measure_memory([*own, *beside]),
            disk_bytes=self._measure_disk(now_s),
            processes=len(own) + len(beside),
            wall_s=now_s - self._started_s,
        )
        return Reading(judge_use(self._limits, use), len(beside))

    def read_roughly(self, tree: ProcessTree) -> tuple[bool, tuple[Standing, ...]]:
        """Whether anything of the run lives, and how what multiplies stands; without what costs time."""
        members = tree.members(self._look_around())
        limits = Limits(memory_bytes=self._limits.memory_bytes, processes=self._limits.processes)
        return bool(members), judge_use(limits, Use(resident_memory(members), processes=len(members)))

    def is_multiplying(self) -> bool:
        """Whether this machine has many more tasks than at the last reading."""
        limit = self._limits.processes
        return limit is not None and count_tasks() - self._tasks > limit // 2

    def choose_to_end(self, breach: Standing) -> str:
        """The nonce of the agent's run that is to be ended for `breach`."""
        runs = [run for run in self._meter.book.live() if run.agent == self._run.agent and not run.is_waiting]
        if len(runs) <= 1:
            return self._run.nonce
        shares = self._meter.share_out(self._look_around(), runs)
        taken = {run.nonce: shares.by_run.get(run.nonce, ()) for run in runs}
        uses = {nonce: Use(exact_memory(entries), processes=len(entries)) for nonce, entries in taken.items()}
        return choose_to_end(breach, self._run.nonce, uses)

    def _measure_memory(self, entries: Sequence[Entry]) -> int:
        memory, limit = resident_memory(entries), self._limits.memory_bytes
        self._looks += 1
        if limit is not None and (memory >= limit * NEAR or self._looks % _EXACT_EACH == 0):
            return exact_memory(entries)
        return memory

    def _look_beside(self, table: Table, own: Sequence[Entry], now_s: float) -> list[Entry]:
        """What else is the agent's: other runs, and what works in its worktree."""
        at, kept = self._beside
        if now_s - at < _BESIDE_S:
            return [table[each.pid] for each in kept if each.pid in table and table[each.pid].id == each.id]
        runs, mine = self._meter.book.live(), {entry.id for entry in own}
        shares = self._meter.share_out(table, runs)
        found = [entry for entry in shares.of_agent(self._run.agent, runs) if entry.id not in mine]
        self._beside = (now_s, found)
        return found

    def _measure_disk(self, now_s: float) -> int | None:
        """A step of the walk through the worktree: what the last whole walk found, or this one so far if it is more."""
        if self._limits.disk_bytes is None:
            return None
        if self._disk is None and now_s >= self._disk_next_s:
            self._disk = DiskWalk(self._worktree)
        if self._disk is not None:
            begun_s = time.monotonic()
            found = self._disk.go_on(_DISK_STEP_S)
            self._disk_walked_s += time.monotonic() - begun_s
            if found.is_whole:
                self._disk, self._disk_bytes = None, found.used_bytes
                self._disk_next_s = now_s + max(_DISK_PAUSE_S, _DISK_CALM * self._disk_walked_s)
                self._disk_walked_s = 0.0
            else:
                self._disk_bytes = max(found.used_bytes, self._disk_bytes or 0)
        return self._disk_bytes
