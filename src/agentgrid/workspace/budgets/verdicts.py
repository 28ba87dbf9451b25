"""How an agent stands to its budget: the decision, and its words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agentgrid.config.units import format_size
from agentgrid.workspace.budgets.limits import Limits, Resource, Use

Level = Literal["ok", "near", "over"]

NEAR = 0.8
_ORDER: tuple[Level, ...] = ("ok", "near", "over")
_CPU_JITTER = 1.1  # what is measured over a moment may stand a little above what was given
_RUNAWAY = 2.0  # so far above its limit, or more, and nobody waits for it to end by itself
_NAMES: dict[Resource, str] = {
    "memory": "memory", "cpu": "CPU", "disk": "disk", "processes": "process", "wall_time": "time",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """One limit and what is used of it, in bytes, processors, processes or seconds."""

    resource: Resource
    limit: float
    used: float
    level: Level

    @property
    def share(self) -> float:
        return self.used / self.limit

    @property
    def head_room(self) -> float:
        return max(0.0, self.limit - self.used)

    @property
    def is_runaway(self) -> bool:
        """Whether it multiplies, rather than having become a little too much."""
        return self.resource in {"memory", "processes"} and self.share >= _RUNAWAY

    def describe(self) -> str:
        """`its memory budget: 312 MB used, 256 MB allowed`."""
        amounts = f"{format_amount(self.resource, self.used)} used, {format_amount(self.resource, self.limit)} allowed"
        return f"its {_NAMES[self.resource]} budget: {amounts}"


def judge_use(limits: Limits, use: Use) -> tuple[Standing, ...]:
    """A standing for each limit whose use is known."""
    known: list[tuple[Resource, float | None, float | None]] = [
        ("memory", limits.memory_bytes, use.memory_bytes),
        ("cpu", limits.cpus, use.cpus),
        ("disk", limits.disk_bytes, use.disk_bytes),
        ("processes", limits.processes, use.processes),
        ("wall_time", limits.wall_s, use.wall_s),
    ]
    return tuple(
        Standing(resource, limit, used, _level(resource, limit, used))
        for resource, limit, used in known
        if limit is not None and used is not None
    )


def worst_level(standings: tuple[Standing, ...]) -> Level:
    return max((each.level for each in standings), key=_ORDER.index, default="ok")


def find_breach(standings: tuple[Standing, ...]) -> Standing | None:
    """What a run is ended for: the first limit that is passed. Too much CPU only makes it slow."""
    return next((each for each in standings if each.level == "over" and each.resource != "cpu"), None)


def choose_to_end(breach: Standing, own: str, uses: Mapping[str, Use]) -> str:
    """Which of an agent's runs is ended for `breach`, by its nonce. `uses`: nonce → what each run takes by itself. For
    memory and processes the one that takes most; else whoever asks, `own`: every run is judged by itself."""
    if breach.resource not in {"memory", "processes"} or not uses:
        return own
    by_memory = breach.resource == "memory"
    return max(uses, key=lambda nonce: (uses[nonce].memory_bytes if by_memory else uses[nonce].processes, nonce))


def format_amount(resource: Resource, amount: float) -> str:
    """An amount for people."""
    if resource in {"memory", "disk"}:
        return format_size(amount)
    if resource == "cpu":
        return f"{amount * 100:.0f}%"
    if resource == "wall_time":
        return format_seconds(amount)
    return f"{amount:.0f}"


def format_seconds(seconds: float) -> str:
    """`4.2 s`, `3 min 5 s`, `2 h 5 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _level(resource: Resource, limit: float, used: float) -> Level:
    if used > limit * (_CPU_JITTER if resource == "cpu" else 1):
        return "over"
    return "near" if used >= limit * NEAR else "ok"
