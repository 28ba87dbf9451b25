"""Running commands for the agents of a grid: `exec` for one, `each` for several."""

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property

from agentgrid.config.places import grid_directory
from agentgrid.config.policy import Policy
from agentgrid.git.repository import Repository
from agentgrid.machine.capacity import read_capacity
from agentgrid.machine.clock import rfc3339
from agentgrid.store.session import Store
from agentgrid.work.each.choosing import Assignment
from agentgrid.work.each.job import Job
from agentgrid.work.each.outcome import EachReport, Progress
from agentgrid.work.each.output import make_log_directory
from agentgrid.work.each.running import Loop, Options, SharedLook
from agentgrid.work.exceeding import record_breach
from agentgrid.work.execution import Execution
from agentgrid.work.launching import Launcher
from agentgrid.work.renewing import Renewal
from agentgrid.work.workplaces import SurroundingsOf, Workplace, find_workplaces, require_workplace
from agentgrid.workspace.acting import require_own
from agentgrid.workspace.budgets.admitting import Doorkeeper
from agentgrid.workspace.budgets.limits import Limits
from agentgrid.workspace.budgets.measuring import Meter
from agentgrid.workspace.budgets.runs import RunBook

LOGS = "logs/each"

Tell = Callable[[str], None]


class Commands:
    """`surroundings_of`: the environment of an agent's processes. `tell`: hears what whoever watches should know."""

    def __init__(
        self, repository: Repository, policy: Policy, store: Store, surroundings_of: SurroundingsOf, tell: Tell
    ) -> None:
        self._repository = repository
        self._policy = policy
        self._store = store
        self._surroundings_of = surroundings_of
        self._tell = tell

    def execute(self, agent: str, command: Sequence[str], *, patience_s: float | None = None) -> int:
        """Runs `command` for `agent` in this terminal; its exit code (see `Execution.execute`).

        Raises NotPermitted in another agent's worktree, InputError without a worktree to run in.
        """
        require_own(self._repository, agent, "run commands for")
        workplace = require_workplace(self._repository, self._policy, agent)
        launcher = Launcher(self._door, self._surroundings_of)
        return Execution(self._door, launcher, self._store, self._tell).execute(
            workplace, command, patience_s=patience_s
        )

    def run_each(
        self, assignments: Sequence[Assignment], options: Options, watch: Callable[[Progress], None]
    ) -> EachReport:
        """Runs what is assigned. `watch` is shown how all are doing, again and again."""
        at, begun_s = datetime.now(UTC), time.monotonic()
        name = f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
        directory = make_log_directory(grid_directory(self._repository) / LOGS, name)
        launcher = Launcher(self._door, self._surroundings_of, look_around=SharedLook())
        jobs = [Job(each, self._door, Renewal(self._store, each.agent, self._tell), directory) for each in assignments]
        loop = Loop(jobs, launcher, options, watch)
        loop.run()
        for job in jobs:
            if job.cause is not None:
                record_breach(self._store, job.assignment.agent, job.cause, job.assignment.command, self._tell)
        outcomes = tuple(job.outcome() for job in jobs)
        return EachReport(rfc3339(at), time.monotonic() - begun_s, outcomes, loop.signal)

    @cached_property
    def _door(self) -> Doorkeeper:
        places = find_workplaces(self._repository, self._policy)
        worktrees = {agent: place.path for agent, place in places.items() if isinstance(place, Workplace)}
        book = RunBook(self._repository.common_dir)
        limits = {agent: Limits.of(config.budget) for agent, config in self._policy.agents.items()}
        reserved = self._policy.grid.machine.reserve.memory
        return Doorkeeper(book, Meter(book, worktrees), limits, read_capacity().memory_bytes, reserved)
