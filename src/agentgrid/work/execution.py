"""`exec`: one command for one agent, in its worktree, with its environment, under its budget, in this terminal."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from agentgrid.errors import BudgetExceeded
from agentgrid.machine.foreground import run_in_foreground
from agentgrid.machine.priority import ahead_of_others
from agentgrid.machine.process_tree import adopting_orphans
from agentgrid.store.session import Store
from agentgrid.work.exceeding import record_breach
from agentgrid.work.launching import Launch, Launcher
from agentgrid.work.renewing import Renewal
from agentgrid.work.workplaces import Workplace
from agentgrid.workspace.budgets.admitting import Doorkeeper
from agentgrid.workspace.budgets.runs import Entered, Run

_ASK_AGAIN_S = 1.0

Tell = Callable[[str], None]


class Execution:
    """Runs commands for agents, one at a time. `tell`: hears what whoever watches should know."""

    def __init__(self, door: Doorkeeper, launcher: Launcher, store: Store, tell: Tell) -> None:
        self._door = door
        self._launcher = launcher
        self._store = store
        self._tell = tell

    def execute(self, workplace: Workplace, command: Sequence[str], *, patience_s: float | None = None) -> int:
        """The exit code of `command`, 128 and the signal that ended it, as a shell says. `patience_s`: how long it may
        wait until it fits, None without end.

        Raises BudgetExceeded when it didn't fit in time, or was ended for its budget; InputError when it can't be run.
        """
        asked = self._door.apply(workplace.agent)
        with self._door.book.enter(asked) as entered:
            self._wait_for_room(asked, entered, patience_s)
            launch = self._launcher.prepare(workplace, asked, command)
            watcher = _Watcher(launch, Renewal(self._store, workplace.agent, self._tell))
            with adopting_orphans(), watcher:
                code = run_in_foreground(launch.command, launch.environment, directory=workplace.path, watcher=watcher)
                launch.keeper.finish()
            cause = launch.judge_end(code)
        if cause is None:
            return code
        record_breach(self._store, workplace.agent, cause, command, self._tell)
        raise BudgetExceeded(cause.reason, hint=f"`budget` in the profile of {workplace.agent} is its limit",
                             details={"agent": workplace.agent})  # fmt: skip

    def _wait_for_room(self, run: Run, entered: Entered, patience_s: float | None) -> None:
        until = None if patience_s is None else time.monotonic() + patience_s
        told = None
        while (refused := self._door.try_to_start(run, entered)) is not None:
            if until is not None and time.monotonic() >= until:
                raise BudgetExceeded(refused.reason, hint="agentgrid budget; --wait TIME waits for it")
            if refused.reason != told:
                told = refused.reason
                self._tell(f"waiting: {told}")
            time.sleep(_ASK_AGAIN_S if until is None else min(_ASK_AGAIN_S, max(0.0, until - time.monotonic())))


class _Watcher:
    """Looks after the run and its agent's leases; the limits that it inherits are taken back when it has started."""

    def __init__(self, launch: Launch, renewal: Renewal) -> None:
        self._launch = launch
        self._renewal = renewal
        self._inheriting = ExitStack()
        self._ahead = ExitStack()

    def __enter__(self) -> None:
        self._inheriting.enter_context(self._launch.inheriting())
        if self._launch.workplace.limits.processes is not None:
            self._ahead.enter_context(ahead_of_others())

    def __exit__(self, *_: object) -> None:
        self._inheriting.close()
        self._ahead.close()

    def start(self, pid: int) -> None:
        self._inheriting.close()
        self._launch.keeper.start(pid)

    def look(self) -> float:
        return min(self._launch.keeper.look(), self._renewal.look())
