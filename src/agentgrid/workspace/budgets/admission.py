"""May an agent's command start now? What doesn't fit waits, and says why. Pure.

It waits for what can change: its agent's own use, and the memory that is promised to others who run, or who asked
earlier for the machine. What no waiting helps, a budget that is too large for the machine, is a finding of `doctor`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agentgrid.config.units import format_size
from agentgrid.workspace.budgets.limits import Limits, Use
from agentgrid.workspace.budgets.verdicts import find_breach, format_amount, judge_use


@dataclass(frozen=True, slots=True)
class Asked:
    """`use`: what the agent uses already. `is_running`: whether something of it runs, so that its memory is promised.
    `promised`: other agent → memory promised to it because it runs, or asked earlier."""

    agent: str
    limits: Limits
    use: Use
    is_running: bool
    promised: Mapping[str, int]
    machine_bytes: int
    reserved_bytes: int


@dataclass(frozen=True, slots=True)
class MustWait:
    """`is_for_machine`: it waits for others, and those who ask later wait behind it."""

    reason: str
    is_for_machine: bool


def decide_admission(asked: Asked) -> MustWait | None:
    """None: it may start."""
    return _own_reason(asked) or _machine_reason(asked)


def _own_reason(asked: Asked) -> MustWait | None:
    """An agent at its limit gets no more; a count that is reached exactly has no room for one more process. How long
    others of its commands run is their business."""
    standings = judge_use(replace(asked.limits, wall_s=None), asked.use)
    full = next((each for each in standings if each.resource == "processes" and each.used >= each.limit), None)
    breach = find_breach(standings) or full
    if breach is None:
        return None
    used, limit = (format_amount(breach.resource, each) for each in (breach.used, breach.limit))
    return MustWait(f"{asked.agent} already uses {used} of {limit} {breach.resource}", is_for_machine=False)


def _machine_reason(asked: Asked) -> MustWait | None:
    wanted = asked.limits.memory_bytes
    if wanted is None or asked.is_running or not asked.promised:
        return None
    if wanted + sum(asked.promised.values()) + asked.reserved_bytes <= asked.machine_bytes:
        return None
    others = ", ".join(f"{agent} {format_size(size)}" for agent, size in asked.promised.items())
    reserve = f" and a reserve of {format_size(asked.reserved_bytes)}" if asked.reserved_bytes else ""
    return MustWait(
        f"{asked.agent} may use {format_size(wanted)} of memory, which doesn't fit beside {others}{reserve} into "
        f"{format_size(asked.machine_bytes)}",
        is_for_machine=True,
    )
