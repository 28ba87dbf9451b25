"""One agent's command under `each`, from the queue to its end."""

import os
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from agentgrid.errors import AgentGridError
from agentgrid.work.each.choosing import Assignment
from agentgrid.work.each.outcome import GOOD, UNDECIDED, Outcome, State
from agentgrid.work.each.output import OutputLog
from agentgrid.work.keeping import Cause
from agentgrid.work.launching import Launch, Launcher
from agentgrid.work.renewing import Renewal
from agentgrid.workspace.budgets.admitting import Doorkeeper

_SHOWN_LINES = 12
_ASK_AGAIN_S = 0.5

Stop = Literal["timeout", "cancelled"]


class Job:
    """`renewal`: of its agent's leases. Its log is made in `directory` when it starts."""

    def __init__(self, assignment: Assignment, door: Doorkeeper, renewal: Renewal, directory: Path) -> None:
        self.assignment = assignment
        self.process: subprocess.Popen[bytes] | None = None
        self.log: OutputLog | None = None
        self.cause: Cause | None = None
        self._door, self._renewal, self._directory = door, renewal, directory
        self._state: State = "skipped" if assignment.workplace is None else "waiting"
        self._reason = assignment.skipped
        self._code: int | None = None
        self._run = door.apply(assignment.agent)
        self._entered = ExitStack()
        self._place = None if assignment.workplace is None else self._entered.enter_context(door.book.enter(self._run))
        self._launch: Launch | None = None
        self._begun_s = self._ended_s = time.monotonic()
        self._ask_s = 0.0
        self._stop: Stop | None = None

    @property
    def is_waiting(self) -> bool:
        return self._state == "waiting"

    @property
    def is_running(self) -> bool:
        return self._state == "running"

    @property
    def limits_processes(self) -> bool:
        place = self.assignment.workplace
        return place is not None and place.limits.processes is not None

    @property
    def has_failed(self) -> bool:
        return not self.is_waiting and not self.is_running and self._state not in GOOD

    def outcome(self) -> Outcome:
        """How it is doing, or how it ended."""
        seconds = (time.monotonic() if self.is_running else self._ended_s) - self._begun_s
        lines = self.log.last_lines(_SHOWN_LINES) if self.log and self._state not in {"passed", *UNDECIDED} else ()
        return Outcome(self.assignment.agent, self._state, self.assignment.shown, self._code, seconds, self._reason,
                       lines, self.log.path if self.log else None)  # fmt: skip

    def try_to_start(self, launcher: Launcher) -> None:
        """Starts when there is room for it; asks again after a while."""
        if time.monotonic() < self._ask_s:
            return
        assert self._place is not None
        refused = self._door.try_to_start(self._run, self._place)
        if refused is not None:
            self._reason, self._ask_s = refused.reason, time.monotonic() + _ASK_AGAIN_S
            return
        self._reason = None
        try:
            self._start(launcher)
        except (AgentGridError, OSError) as error:
            said = error.message if isinstance(error, AgentGridError) else f"can't be run: {error.strerror or error}"
            self._finish("failed", said)

    def look(self, timeout_s: float | None) -> float:
        """Does what is due for a running command; in how many seconds it is to be called again."""
        assert self.process is not None and self._launch is not None and self.log is not None  # noqa: PT018
        code = self.process.poll()
        if code is not None:
            self._end(self._launch, self.log, code if code >= 0 else 128 - code)
            return 0.0
        wait_s = min(self._launch.keeper.look(), self._renewal.look())
        if timeout_s is None or self._stop is not None:
            return wait_s
        left_s = self._begun_s + timeout_s - time.monotonic()
        if left_s <= 0:
            self.stop("timeout", f"ran longer than {timeout_s:g} s", grace_s=5.0)
            return 0.0
        return min(wait_s, left_s)

    def stop(self, how: Stop, reason: str, *, grace_s: float) -> None:
        """Ends it: at once when it hasn't started, else politely and after `grace_s` for good."""
        if self.is_waiting:
            self._finish("cancelled", reason)
        elif self.is_running and self._launch is not None:
            self._stop = self._stop or how
            self._launch.keeper.end(reason, grace_s=grace_s)

    def signal(self, number: int) -> None:
        """To all that runs of it."""
        if self._launch is not None and self.is_running:
            self._launch.keeper.signal(number)

    def leave(self) -> None:
        """Whatever happens to the caller, nothing of it goes on running, and nobody believes that it does."""
        if self.process is not None and self._launch is not None and self.process.poll() is None:
            self._launch.keeper.end("interrupted", grace_s=0.0)
            self._launch.keeper.finish()
            self.process.wait()
        if self.log is not None:
            self.log.close()
        self._entered.close()

    def _start(self, launcher: Launcher) -> None:
        workplace = self.assignment.workplace
        assert workplace is not None
        launch = launcher.prepare(workplace, self._run, self.assignment.command)
        reading, writing = os.pipe()
        try:
            log = OutputLog(reading, self._directory / f"{workplace.agent}.log", launch.surroundings.open_redaction())
            with launch.inheriting():
                self.process = subprocess.Popen(
                    launch.command,
                    env=launch.environment,
                    cwd=workplace.path,
                    stdin=subprocess.DEVNULL,
                    stdout=writing,
                    stderr=writing,
                    start_new_session=True,
                )
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self.log, self._launch, self._state, self._begun_s = log, launch, "running", time.monotonic()
        launch.keeper.start(self.process.pid)

    def _end(self, launch: Launch, log: OutputLog, code: int) -> None:
        launch.keeper.finish()
        log.close()
        self._code = code
        cause = launch.judge_end(code)
        if cause is not None and self._stop is None:
            self.cause = cause
            self._finish("budget", cause.reason)
        elif self._stop is not None:
            self._finish(self._stop, cause.reason if cause else None)
        else:
            self._finish("passed" if code == 0 else "failed", None)

    def _finish(self, state: State, reason: str | None) -> None:
        self._state, self._reason = state, reason
        self._ended_s = time.monotonic()
        if self.process is None:
            self._begun_s = self._ended_s
        self._entered.close()
