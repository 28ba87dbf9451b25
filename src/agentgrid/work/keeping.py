"""Looks after one run while it lives: ends it when its agent's budget is passed, or when somebody says so.

An agent's budget is for all that is the agent's. The run that is ended for it is the largest one of the agent's, and
what is ended is only what that run started: politely first; what multiplies, or doesn't go, for good.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from agentgrid.machine.ending import ask_to_end, kill_tree, send_signal
from agentgrid.machine.process_table import Table, read_entry, read_table
from agentgrid.machine.process_tree import ProcessTree
from agentgrid.work.gauge import Gauge, Reading
from agentgrid.workspace.budgets.limits import Limits, Resource
from agentgrid.workspace.budgets.measuring import Meter
from agentgrid.workspace.budgets.runs import MARK_VARIABLE, Run
from agentgrid.workspace.budgets.verdicts import Standing, find_breach

_LOOK_S = 0.25
_GLANCE_S = 0.05  # at the number of tasks, where processes are limited: what multiplies does so quickly
_ENDING_S = 0.05
_IDLE_S = 60.0
_CALM = 20  # looking takes at most this part of the time
_PATIENCE_S = 3.0  # for a larger run of the same agent to be ended by whoever looks after it
_GRACE_S: dict[Resource, float] = {"memory": 1.0, "processes": 1.0}
LONG_GRACE_S = 5.0
_UNENDING_S = 10.0


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a run is ended. `breach`: the limit that was passed, None when somebody said so."""

    reason: str
    breach: Standing | None = None


class Keeper:
    """`mark`: what the environment of the run's processes says."""

    def __init__(
        self,
        run: Run,
        limits: Limits,
        meter: Meter,
        *,
        mark: str,
        worktree: str,
        look_around: Callable[[], Table] = read_table,
    ) -> None:
        self.cause: Cause | None = None
        self._agent, self._nonce, self._mark = run.agent, run.nonce, mark
        self._limits = limits
        self._look_around = look_around
        self._gauge = Gauge(run, limits, meter, worktree, look_around)
        self._tree: ProcessTree | None = None
        self._next_s = self._kill_at_s = 0.0
        self._over_since_s: float | None = None

    def start(self, pid: int) -> None:
        """The run's program has this number."""
        entry = read_entry(pid)
        self._tree = ProcessTree(entry.id, MARK_VARIABLE, self._mark) if entry else None

    def look(self) -> float:
        """Does what is due; in how many seconds it is to be called again."""
        if self._tree is None:
            return _IDLE_S
        if self.cause is not None:
            return self._see_off(self._tree)
        return _IDLE_S if self._limits.is_empty else self._watch(self._tree)

    def end(self, reason: str, *, grace_s: float = LONG_GRACE_S) -> None:
        """Asks the run to end; what doesn't within `grace_s` is killed. Said again, it can only become shorter."""
        if self._tree is None:
            return
        if self.cause is None:
            self._begin_to_end(self._tree, Cause(reason), grace_s)
        self._kill_at_s = min(self._kill_at_s, time.monotonic() + grace_s)

    def finish(self) -> None:
        """The program has ended. What it started goes too when the run was to be ended; else it may stay."""
        while self._tree is not None and self.cause is not None and self._gauge.read_roughly(self._tree)[0]:
            if time.monotonic() > self._kill_at_s + _UNENDING_S:
                return  # another user's, or waiting for a disk: more can't be done
            time.sleep(self._see_off(self._tree))

    def signal(self, number: int) -> None:
        """To all of the run."""
        for entry in self._tree.members(self._look_around()) if self._tree else ():
            send_signal(entry.id, number)

    def _watch(self, tree: ProcessTree) -> float:
        if time.monotonic() >= self._next_s or self._gauge.is_multiplying():
            begun = time.monotonic()
            self._judge(tree, self._gauge.read(tree))
            self._next_s = time.monotonic() + max(_LOOK_S, _CALM * (time.monotonic() - begun))
        if self.cause is not None:
            return _ENDING_S
        wait_s = max(0.0, self._next_s - time.monotonic())
        return min(wait_s, _GLANCE_S) if self._limits.processes else wait_s

    def _judge(self, tree: ProcessTree, reading: Reading) -> None:
        breach, now_s = find_breach(reading.standings), time.monotonic()
        if breach is None:
            self._over_since_s = None
            return
        self._over_since_s = self._over_since_s or now_s
        is_late = now_s - self._over_since_s > _PATIENCE_S
        if is_late or self._gauge.choose_to_end(breach) == self._nonce:
            others = f" ({reading.beside} other process(es) of {self._agent} included)" if reading.beside else ""
            others = others if breach.resource in _GRACE_S else ""
            grace_s = 0.0 if breach.is_runaway else _GRACE_S.get(breach.resource, LONG_GRACE_S)
            self._begin_to_end(tree, Cause(f"{self._agent} went above {breach.describe()}{others}", breach), grace_s)

    def _begin_to_end(self, tree: ProcessTree, cause: Cause, grace_s: float) -> None:
        self.cause = cause
        self._kill_at_s = time.monotonic() + grace_s
        if grace_s > 0:
            ask_to_end(tree.members(read_table()))
        else:
            kill_tree(tree)

    def _see_off(self, tree: ProcessTree) -> float:
        """Waits for what was asked to end; kills what is late, or goes on growing."""
        is_alive, standings = self._gauge.read_roughly(tree)
        if is_alive and (time.monotonic() >= self._kill_at_s or any(each.is_runaway for each in standings)):
            kill_tree(tree)
        return _ENDING_S
