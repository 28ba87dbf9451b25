"""What an agent may use of the machine, and what it uses. What is None has no limit, or isn't known."""

from dataclasses import dataclass
from typing import Literal

from agentgrid.config.schema import Budget

Resource = Literal["memory", "cpu", "disk", "processes", "wall_time"]


@dataclass(frozen=True, slots=True)
class Limits:
    """`cpus`: in processors. `wall_s`: for one run of a command."""

    memory_bytes: int | None = None
    cpus: float | None = None
    disk_bytes: int | None = None
    processes: int | None = None
    wall_s: float | None = None

    @classmethod
    def of(cls, budget: Budget) -> "Limits":
        wall = budget.wall_time
        return cls(budget.memory, budget.cpu, budget.disk, budget.processes, wall.total_seconds() if wall else None)

    @property
    def is_empty(self) -> bool:
        return self == Limits()

    def as_json(self) -> dict[str, object]:
        """Only what is limited."""
        named = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Use:
    """`is_disk_whole`: False when the worktree was too large to look through in time: it is at least `disk_bytes`.
    `wall_s`: of the longest run."""

    memory_bytes: int = 0
    cpus: float | None = None
    disk_bytes: int | None = None
    processes: int = 0
    wall_s: float | None = None
    is_disk_whole: bool = True

    def as_json(self) -> dict[str, object]:
        partial = {} if self.is_disk_whole else {"disk_is_whole": False}
        return {
            "memory_bytes": self.memory_bytes,
            "cpus": self.cpus,
            "disk_bytes": self.disk_bytes,
            "processes": self.processes,
            **({} if self.wall_s is None else {"wall_s": round(self.wall_s, 1)}),
            **partial,
        }
