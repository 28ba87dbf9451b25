"""Runs the jobs of `each`: as many at a time as are wanted and fit, watched from one loop, ended together."""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from agentgrid.machine.priority import ahead_of_others
from agentgrid.machine.process_table import Table, read_table
from agentgrid.machine.process_tree import adopting_orphans, reap_orphans
from agentgrid.machine.wakeups import awakened, handling
from agentgrid.work.each.job import Job
from agentgrid.work.each.outcome import Progress
from agentgrid.work.launching import Launcher

_MOST_WAIT_S = 0.25  # a table that people look at moves
_GRACE_S = 5.0
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Options:
    """`jobs`: how many at a time. `fail_fast`: the first that fails ends the others. `timeout_s`: for each."""

    jobs: int
    fail_fast: bool = False
    timeout_s: float | None = None


class SharedLook:
    """The processes of the machine, for all who look at nearly the same moment."""

    def __init__(self, fresh_s: float = 0.1) -> None:
        self._fresh_s = fresh_s
        self._kept: tuple[float, Table] | None = None

    def __call__(self) -> Table:
        if self._kept is None or time.monotonic() - self._kept[0] > self._fresh_s:
            self._kept = (time.monotonic(), read_table())
        return self._kept[1]


class Loop:
    """`watch`: is shown how all are doing, again and again."""

    def __init__(
        self, jobs: Sequence[Job], launcher: Launcher, options: Options, watch: Callable[[Progress], None]
    ) -> None:
        self.signal: int | None = None
        self._heard: list[int] = []  # handlers only note it: they run in the middle of anything
        self._jobs = jobs
        self._launcher = launcher
        self._options = options
        self._watch = watch

    def run(self) -> None:
        """Until every job has ended. A first interrupt asks them to end, a second one ends them. `signal` is the first
        one afterwards."""
        is_urgent = any(job.limits_processes for job in self._jobs)
        with (
            adopting_orphans(),
            ahead_of_others() if is_urgent else nullcontext(),
            self._listening() as awake,
        ):
            try:
                while any(job.is_waiting or job.is_running for job in self._jobs):
                    self._turn(awake)
            finally:
                for job in self._jobs:
                    job.leave()
        self._show()

    def _turn(self, awake: int) -> None:
        while self._heard:
            self._obey(self._heard.pop(0))
        if self.signal is None:
            self._start_some()
        waits = [job.look(self._options.timeout_s) for job in self._running()]
        if self._options.fail_fast and any(job.has_failed for job in self._jobs):
            self._stop_all("another agent's command failed", _GRACE_S)
        running = self._running()
        reap_orphans({job.process.pid for job in running if job.process is not None})
        self._show()
        logs = {job.log.handle: job.log for job in running if job.log is not None and job.log.is_readable}
        ready, _, _ = select.select([awake, *logs], [], [], min([_MOST_WAIT_S, *waits]))
        for handle in ready:
            if handle == awake:
                os.read(awake, 512)
            else:
                logs[handle].pump()

    def _start_some(self) -> None:
        for job in self._jobs:
            if job.is_waiting and len(self._running()) < self._options.jobs:
                job.try_to_start(self._launcher)

    def _running(self) -> list[Job]:
        return [job for job in self._jobs if job.is_running]

    def _show(self) -> None:
        self._watch([job.outcome() for job in self._jobs])

    def _stop_all(self, reason: str, grace_s: float) -> None:
        for job in self._jobs:
            job.stop("cancelled", reason, grace_s=grace_s)

    def _obey(self, number: int) -> None:
        if number != signal.SIGTSTP:
            self._stop_all("interrupted", _GRACE_S if self.signal is None else 0.0)
            self.signal = self.signal or number
            return
        for job in self._jobs:  # they have sessions of their own, which the terminal's stop doesn't reach
            job.signal(signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        for job in self._jobs:
            job.signal(signal.SIGCONT)

    @contextmanager
    def _listening(self) -> Iterator[int]:
        def note(number: int, _frame: object) -> None:
            self._heard.append(number)

        with handling(dict.fromkeys((*_ENDINGS, signal.SIGTSTP), note)), awakened() as awake:
            yield awake
