"""What a train is made of, and how it ended, as values."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agentgrid.integration.migrations.numbers.placed import PlacedRequest

Strategy = Literal["merge", "squash", "rebase"]
Stage = Literal["branch", "verdict", "fence", "approval", "migration", "merge", "derived", "checks"]


@dataclass(frozen=True)
class Candidate:
    """An agent's branch at the commit that is to land. `uncommitted`: files in its worktree that are not in it, and
    stay where they are. `placed`: migrations that it was made of, numbered for this very tip."""

    agent: str
    branch: str
    head: str
    uncommitted: int = 0
    placed: tuple[PlacedRequest, ...] = ()


@dataclass(frozen=True)
class Untouched:
    """An agent whose branch the train left alone, and why."""

    agent: str
    reason: str
    hint: str = ""


@dataclass(frozen=True)
class Ejected:
    """A branch that can't land as it is; it keeps all its work. `pair`: the agent whose work it doesn't go together
    with, where each is good alone. `hint`: the next command to type."""

    agent: str
    stage: Stage
    reason: str
    hint: str = ""
    pair: str | None = None
    paths: tuple[bytes, ...] = ()
    log: Path | None = None


@dataclass(frozen=True)
class Step:
    """One branch on top of `tip`: the commit that would land. `regenerated`: generated files that were made anew;
    `pending`: that will be, by these commands (a plan runs nothing). `placed`: migrations that get their numbers."""

    candidate: Candidate
    tip: str
    commit: str
    tree: str
    strategy: Strategy
    regenerated: tuple[bytes, ...] = ()
    pending: tuple[str, ...] = ()
    placed: tuple[PlacedRequest, ...] = ()


@dataclass(frozen=True)
class CheckRun:
    """One run of one check on one commit. `code`: as a shell tells it, None where it could not be started. `cut`:
    timeout or cancelled. `trouble`: what the machine did to it. `changed`: tracked files that the check changed."""

    command: str
    commit: str
    tree: str
    seconds: float
    code: int | None
    cut: str | None
    log: Path
    trouble: str = ""
    changed: tuple[bytes, ...] = ()

    @property
    def is_passed(self) -> bool:
        return self.code == 0 and self.cut is None and not self.trouble

    @property
    def is_suspect(self) -> bool:
        """A missing program or too little time may be the machine's doing, and may be the branch's."""
        return self.cut == "timeout" or self.code in {126, 127}

    @property
    def told(self) -> str:
        """How it ended, in a few words."""
        if self.trouble:
            return self.trouble
        if self.cut is not None:
            return f"not done after {self.seconds:.0f} s"
        if self.code in {126, 127}:
            return f"exit code {self.code}: a program is missing or can't be run"
        return "passed" if self.code == 0 else f"exit code {self.code}"


@dataclass(frozen=True)
class Tested:
    """The checks' answer for one commit. `failure`: the run that decided, None when all passed. `flaky`: checks that
    failed first and passed on the same commit then."""

    commit: str
    tree: str
    runs: tuple[CheckRun, ...] = ()
    failure: CheckRun | None = None
    flaky: tuple[str, ...] = ()


@dataclass(frozen=True)
class Landed:
    """A branch that is in the base now, by the commit and tree that the checks ran on."""

    step: Step
    tested: Tested

    @property
    def agent(self) -> str:
        return self.step.candidate.agent


@dataclass(frozen=True)
class Train:
    """A train that was built and tested on `base`: `tip` is what the base is to become. `trouble`: why it was stopped
    by something that is nobody's fault. `waiting`: branches that nobody can judge, as the base itself fails.
    `included`: branches that have nothing of their own once those before them landed."""

    base: str
    tip: str
    landed: tuple[Landed, ...] = ()
    ejected: tuple[Ejected, ...] = ()
    waiting: tuple[Untouched, ...] = ()
    trouble: str = ""
    runs: tuple[CheckRun, ...] = ()
    included: tuple[Untouched, ...] = ()


@dataclass(frozen=True)
class LandReport:
    """How one `land` ended. `base_after` is `base_before` when nothing landed. `directory`: its logs and the report as
    a file. `rebuilt`: how often the base moved meanwhile and the train began again. `waiting`: agents of `untouched`
    that were not reached or can't be judged. `runs`: every run of a check of the last train."""

    run: str
    base_branch: str
    base_before: str
    base_after: str
    strategy: Strategy
    landed: tuple[Landed, ...]
    ejected: tuple[Ejected, ...]
    untouched: tuple[Untouched, ...]
    seconds: float
    directory: Path
    started_at: str
    trouble: str = ""
    rebuilt: int = 0
    pushed_to: str | None = None
    moved_in: Path | None = None
    warnings: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    runs: tuple[CheckRun, ...] = ()

    @property
    def exit_code(self) -> int:
        if self.trouble:
            return 3
        return 0 if self.landed and not self.ejected and not self.waiting else 1


@dataclass(frozen=True)
class LandPlan:
    """What `land` would do. `blocked`: why it would refuse, empty when it wouldn't. `destination`: what would move
    where, in words."""

    base_branch: str
    base: str
    strategy: Strategy
    steps: tuple[Step, ...]
    ejected: tuple[Ejected, ...]
    untouched: tuple[Untouched, ...]
    checks: tuple[tuple[str, float], ...]
    destination: tuple[str, ...]
    blocked: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())
