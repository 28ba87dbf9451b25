"""Running the checks on exactly one commit. A check that fails is run once more: what passes then is flaky, not bad."""

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from agentgrid.git.commit_objects import tree_of
from agentgrid.git.process import clean_environment
from agentgrid.integration.landing.model import CheckRun, Tested
from agentgrid.integration.landing.workroom import Workroom
from agentgrid.machine.failure_signs import find_trouble
from agentgrid.machine.logged_command import run_logged

_END_OF_LOG = 65_536
_LONGEST_TOLD = 60


@dataclass(frozen=True)
class Check:
    """A command of the policy, run by sh at the top of the work tree."""

    run: str
    timeout_s: float


class Checks:
    """The checks of one landing. `directory`: where each run's output goes. `runs`: every run so far."""

    def __init__(
        self,
        checks: Sequence[Check],
        room: Callable[[], Workroom],
        environment: Mapping[str, str],
        directory: Path,
        report: Callable[[str, str], None],
    ) -> None:
        self.checks = tuple(checks)
        self.runs: list[CheckRun] = []
        self._room = room
        self._environment = environment
        self._directory = directory
        self._report = report

    def test(self, commit: str, subject: str, *, upto: str | None = None) -> Tested:
        """Runs the checks one after the other, each in what those before it left, until one fails twice. `subject`:
        whose commit. `upto`: the last one that is wanted."""
        if not self.checks:
            return Tested(commit, "")
        room, done, flaky = self._room(), list[CheckRun](), list[str]()
        room.show(commit)
        tree = tree_of(room.git, commit)
        for check in self.checks:
            tries = self._try(check, commit, tree, subject)
            done += tries
            if not tries[-1].is_passed:
                return Tested(commit, tree, tuple(done), tries[-1], tuple(flaky))
            flaky += [check.run] if len(tries) > 1 else []
            if check.run == upto:
                break
        return Tested(commit, tree, tuple(done), None, tuple(flaky))

    def _try(self, check: Check, commit: str, tree: str, subject: str) -> list[CheckRun]:
        first = self._run(check, commit, tree, subject)
        if first.is_passed:
            return [first]
        self._report(subject, f"{short_command(check.run)}: once more on the same commit")
        return [first, self._run(check, commit, tree, subject)]

    def _run(self, check: Check, commit: str, tree: str, subject: str) -> CheckRun:
        room, told = self._room(), short_command(check.run)
        room.restore(commit)
        never_same = set(room.changed(commit))  # where a repository's own line endings or filters don't agree
        log = self._directory / f"{len(self.runs) + 1:03}-{subject.strip('@')}.log"
        self._report(subject, f"{told}: running on {commit[:10]}")
        run = run_command(check, room, CheckRun(check.run, commit, tree, 0.0, None, None, log), self._environment)
        changed = tuple(path for path in room.changed(commit) if path not in never_same)
        run = replace(run, changed=changed)
        self.runs.append(run)
        self._report(subject, f"{told}: {run.told} in {run.seconds:.1f} s")
        return run


def short_command(command: str) -> str:
    """Its first line, cut where it is long."""
    line = command.strip().split("\n", 1)[0]
    return line if len(line) <= _LONGEST_TOLD else f"{line[:_LONGEST_TOLD]}…"


def run_command(check: Check, room: Workroom, run: CheckRun, environment: Mapping[str, str]) -> CheckRun:
    """Runs a command in the room, its output in `run.log`; `run` with how it ended."""
    given = {**clean_environment(), **environment} if not environment else dict(environment)
    try:
        run.log.parent.mkdir(parents=True, exist_ok=True)
        with run.log.open("w+b") as stream:
            stream.write(os.fsencode(f"$ {check.run}\n"))
            stream.flush()
            ended = run_logged(["sh", "-c", check.run], room.path, given, stream.fileno(),
                               timeout_s=check.timeout_s, cancel=Event())  # fmt: skip
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _END_OF_LOG))
            trouble = find_trouble(ended.code, stream.read()) if ended.cut is None else ""
    except OSError as error:
        word = "the disk is full" if error.errno == errno.ENOSPC else f"could not be started: {error.strerror}"
        return replace(run, trouble=word)
    return replace(run, seconds=round(ended.seconds, 3), code=ended.code, cut=ended.cut, trouble=trouble)
