"""How each agent's command is doing, and how all of them ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["waiting", "running", "passed", "failed", "timeout", "budget", "cancelled", "skipped"]

UNDECIDED: tuple[State, ...] = ("waiting", "running")
GOOD: tuple[State, ...] = ("passed", "skipped")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One agent's. `code`: as a shell says it; None while it runs, and where nothing was started. `reason`: why it
    waits, was skipped or ended. `last_lines`: of its output. `log`: the file with all of it."""

    agent: str
    state: State
    command: str
    code: int | None = None
    seconds: float = 0.0
    reason: str | None = None
    last_lines: tuple[str, ...] = ()
    log: Path | None = None

    @property
    def is_good(self) -> bool:
        return self.state in GOOD

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.agent,
            "state": self.state,
            "command": self.command,
            "code": self.code,
            "seconds": round(self.seconds, 3),
            "reason": self.reason,
            "log": str(self.log) if self.log else None,
        }


@dataclass(frozen=True, slots=True)
class EachReport:
    """`started_at`: RFC 3339. `signal`: the one that ended it early, None when it came to its end."""

    started_at: str
    seconds: float
    outcomes: tuple[Outcome, ...]
    signal: int | None = None

    @property
    def exit_code(self) -> int:
        """0 when all that ran succeeded, and something ran."""
        if self.signal is not None:
            return 128 + self.signal
        has_run = any(each.state != "skipped" for each in self.outcomes)
        return 0 if has_run and all(each.is_good for each in self.outcomes) else 1

    def as_json(self) -> dict[str, object]:
        counts: dict[str, int] = {}
        for each in self.outcomes:
            counts[each.state] = counts.get(each.state, 0) + 1
        return {
            "started_at": self.started_at,
            "seconds": round(self.seconds, 3),
            "agents": [each.as_json() for each in self.outcomes],
            "summary": counts,
        }


Progress = Sequence[Outcome]
