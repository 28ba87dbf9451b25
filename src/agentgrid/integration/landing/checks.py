"""Running the checks on exactly one commit. A check that fails is run once more: what passes then is flaky, not bad."""

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
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

    def test(self, commit: str, subject: str, *, only: str | None = None) -> Tested:
        """Runs every check, or the one that is `only` asked for, until one fails twice. `subject`: whose commit."""
        wanted = [check for check in self.checks if only in {None, check.run}]
        done: list[CheckRun] = []
        flaky: list[str] = []
        tree = tree_of(self._room().git, commit) if wanted else ""
        for check in wanted:
            done += self._try(check, commit, tree, subject)
            if not done[-1].is_passed:
                return Tested(commit, tree, tuple(done), done[-1], tuple(flaky))
            if len(done) > 1 and done[-2].command == check.run and not done[-2].is_passed:
                flaky.append(check.run)
        return Tested(commit, tree, tuple(done), None, tuple(flaky))

    def _try(self, check: Check, commit: str, tree: str, subject: str) -> Iterator[CheckRun]:
        first = self._run(check, commit, tree, subject)
        yield first
        if not first.is_passed:
            self._report(subject, f"{check.run}: once more on the same commit")
            yield self._run(check, commit, tree, subject)

    def _run(self, check: Check, commit: str, tree: str, subject: str) -> CheckRun:
        room = self._room()
        room.show(commit)
        self._directory.mkdir(parents=True, exist_ok=True)
        log = self._directory / f"{len(self.runs) + 1:03}-{subject.strip('@')}.log"
        self._report(subject, f"{check.run}: running on {commit[:10]}")
        run = run_command(check, room, CheckRun(check.run, commit, tree, 0.0, None, None, log), self._environment)
        changed = room.changed(commit)
        run = replace(run, changed=changed)
        self.runs.append(run)
        self._report(subject, f"{check.run}: {run.told} in {run.seconds:.1f} s")
        return run


def run_command(check: Check, room: Workroom, run: CheckRun, environment: Mapping[str, str]) -> CheckRun:
    """Runs a command in the room, its output in `run.log`; `run` with how it ended."""
    given = {**clean_environment(), **environment} if not environment else dict(environment)
    try:
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
