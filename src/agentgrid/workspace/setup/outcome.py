"""What the set-up of worktrees came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agentgrid.git.paths import json_path
from agentgrid.workspace.setup.bringing import Brought

StepState = Literal[
    "done", "already", "failed", "timeout", "cancelled", "unapproved", "changed", "missing", "not-reached"
]
_GOOD: frozenset[StepState] = frozenset({"done", "already", "missing"})


@dataclass(frozen=True)
class Step:
    """One command. `already`: it succeeded before, with this text. `changed`: the script is not what was approved.
    `missing`: the tool whose hooks it installs isn't here. `code`: the exit code, where it ran."""

    command: str
    source: str
    state: StepState
    code: int | None = None
    seconds: float | None = None
    note: str = ""

    @property
    def is_good(self) -> bool:
        return self.state in _GOOD

    def as_json(self) -> dict[str, object]:
        ran = {"exit_code": self.code, "seconds": self.seconds} if self.code is not None else {}
        note = {"note": self.note} if self.note else {}
        return {"command": self.command, "source": self.source, "state": self.state, **ran, **note}


@dataclass(frozen=True)
class DeskSetup:
    """One agent's. `log`: everything that its commands printed; `last_lines`: the end of it, when one failed.
    `guard`: what was wrong with the guard and was mended. `error`: why nothing could be done."""

    agent: str
    path: Path
    brought: Brought = field(default_factory=Brought)
    steps: tuple[Step, ...] = ()
    log: Path | None = None
    last_lines: tuple[str, ...] = ()
    guard: tuple[str, ...] = ()
    has_guard: bool = True
    notes: tuple[str, ...] = ()
    error: str | None = None

    @property
    def is_good(self) -> bool:
        return self.error is None and self.has_guard and all(step.is_good for step in self.steps)

    @property
    def is_unapproved(self) -> bool:
        return any(step.state == "unapproved" for step in self.steps)

    @property
    def changed(self) -> bool:
        """Whether anything was done or has to be told."""
        brought = self.brought
        has_run = any(step.state != "already" for step in self.steps)
        has_brought = brought.copied or brought.linked or brought.refused
        return bool(has_run or has_brought or self.guard or self.notes or self.error)

    def as_json(self) -> dict[str, object]:
        brought = self.brought
        return {
            "agent": self.agent,
            "path": str(self.path),
            "ok": self.is_good,
            "files": {
                "copied": [json_path(path) for path in brought.copied],
                "linked": [json_path(path) for path in brought.linked],
                "kept": [json_path(path) for path in brought.kept],
                "refused": {json_path(path): why for path, why in brought.refused.items()},
            },
            "steps": [step.as_json() for step in self.steps],
            "log": str(self.log) if self.log else None,
            "guard": list(self.guard),
            "notes": list(self.notes),
            "error": self.error,
        }


@dataclass(frozen=True)
class SetupReport:
    """Of all agents that were asked for. `notes`: what concerns the whole repository."""

    desks: tuple[DeskSetup, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        return all(desk.is_good for desk in self.desks)

    @property
    def changed(self) -> bool:
        return bool(self.notes) or any(desk.changed for desk in self.desks)

    def as_json(self) -> Mapping[str, object]:
        return {"ok": self.is_good, "agents": [desk.as_json() for desk in self.desks], "notes": list(self.notes)}
