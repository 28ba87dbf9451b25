"""Lets runs start, one decision at a time: what is promised to whom stands in the book of runs."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from agentgrid.workspace.budgets.admission import Asked, MustWait, decide_admission
from agentgrid.workspace.budgets.limits import Limits, Use
from agentgrid.workspace.budgets.measuring import Meter
from agentgrid.workspace.budgets.runs import Entered, Run, RunBook, new_nonce


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """`limits`: agent → its limits. `machine_bytes`: the memory there is; `reserved_bytes`: of it not for agents."""

    book: RunBook
    meter: Meter
    limits: Mapping[str, Limits]
    machine_bytes: int
    reserved_bytes: int

    def apply(self, agent: str) -> Run:
        """A run to be, for which nothing is promised yet."""
        return Run(new_nonce(), agent, os.getpid(), time.time(), is_waiting=True, promised_bytes=None)

    def try_to_start(self, run: Run, entered: Entered) -> MustWait | None:
        """None: it is among those that run from now on. Else why it has to wait; it keeps its place meanwhile."""
        limits = self.limits.get(run.agent, Limits())
        used = self._measure(run, limits)
        with self.book.turn():
            others = [each for each in self.book.live() if each.nonce != run.nonce]
            asked = Asked(
                run.agent,
                limits,
                used.get(run.agent, Use()),
                any(each.agent == run.agent and not each.is_waiting for each in others),
                self._promised(run, others, used),
                self.machine_bytes,
                self.reserved_bytes,
            )
            refused = decide_admission(asked)
            if refused is None:
                entered.write(replace(run, since=time.time(), is_waiting=False, promised_bytes=limits.memory_bytes))
            else:
                promised = limits.memory_bytes if refused.is_for_machine else None
                entered.write(replace(run, promised_bytes=promised))
        return refused

    def _measure(self, run: Run, limits: Limits) -> dict[str, Use]:
        if limits.is_empty:
            return {}
        unlimited = {each.agent for each in self.book.live() if self._limit_of(each.agent) is None}
        wanted = {run.agent, *(unlimited if limits.memory_bytes is not None else ())}
        return self.meter.measure(sorted(wanted), with_disk=limits.disk_bytes is not None, with_cpu=False)

    def _promised(self, run: Run, others: list[Run], used: Mapping[str, Use]) -> dict[str, int]:
        """Other agent → what it is promised: each agent once, however many runs it has."""
        promised: dict[str, int] = {}
        for other in others:
            if other.agent == run.agent or (other.is_waiting and (other.since, other.nonce) > (run.since, run.nonce)):
                continue
            size = other.promised_bytes
            if size is None and not other.is_waiting:
                size = used.get(other.agent, Use()).memory_bytes
            if size:
                promised[other.agent] = max(size, promised.get(other.agent, 0))
        return promised

    def _limit_of(self, agent: str) -> int | None:
        return self.limits.get(agent, Limits()).memory_bytes
