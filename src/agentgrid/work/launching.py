"""From a command and a workplace to what is started: the environment, the limits, and who looks after it."""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property

from agentgrid.git.process import HOOK_VARIABLES
from agentgrid.machine.inherited_limits import inheriting
from agentgrid.machine.kernel_limits import KernelLimits, Scope, plan_scope, probe_kernel_limits, was_out_of_memory
from agentgrid.machine.process_table import Table, read_table
from agentgrid.work.keeping import Cause, Keeper
from agentgrid.work.workplaces import Surroundings, SurroundingsOf, Workplace
from agentgrid.workspace.budgets.admitting import Doorkeeper
from agentgrid.workspace.budgets.runs import MARK_VARIABLE, Run
from agentgrid.workspace.passes import PASS_VARIABLE

_KILLED = 128 + 9


@dataclass(frozen=True, slots=True)
class Launch:
    """`command`: as it is started, in a scope of the kernel's where there is one."""

    workplace: Workplace
    run: Run
    command: tuple[str, ...]
    surroundings: Surroundings
    keeper: Keeper
    scope: Scope | None
    environment: dict[str, str] = field(repr=False)

    def inheriting(self) -> AbstractContextManager[None]:
        """For the moment of the start: what the program inherits as its limits."""
        limits = self.workplace.limits
        cpus = None if self.scope is not None and any("CPUQuota" in each for each in self.scope.prefix) else limits.cpus
        first = self.workplace.number * max(1, int(limits.cpus or 1))
        return inheriting(cpus=cpus, first_cpu=first, processes=limits.processes)

    def judge_end(self, code: int) -> Cause | None:
        """Why the run was ended; None when it ended by itself. `code`: its exit code."""
        if self.keeper.cause is None and self.scope is not None and code == _KILLED and was_out_of_memory(self.scope):
            return Cause(f"{self.run.agent} went above its memory budget: the kernel ended it")
        return self.keeper.cause


class Launcher:
    """Prepares runs. `probe`: what the kernel keeps for this user; asked only when somebody has a limit."""

    def __init__(
        self,
        door: Doorkeeper,
        surroundings_of: SurroundingsOf,
        *,
        probe: Callable[[], KernelLimits] = probe_kernel_limits,
        look_around: Callable[[], Table] = read_table,
    ) -> None:
        self._door = door
        self._surroundings_of = surroundings_of
        self._probe = probe
        self._look_around = look_around

    def prepare(self, workplace: Workplace, run: Run, command: Sequence[str]) -> Launch:
        """All that is needed to start `command`. Raises what the environment raises: a key that is missing."""
        surroundings = self._surroundings_of(workplace.agent, workplace.path)
        mark = self._door.book.mark(workplace.agent, run.nonce)
        limits = workplace.limits
        scope = None
        if limits.memory_bytes is not None or limits.cpus is not None or limits.processes is not None:
            scope = plan_scope(self._kernel, run.nonce, memory_bytes=limits.memory_bytes, cpus=limits.cpus,
                               processes=limits.processes)  # fmt: skip
        keeper = Keeper(run, limits, self._door.meter, mark=mark, worktree=os.path.realpath(workplace.path),
                        look_around=self._look_around)  # fmt: skip
        started = (*(scope.prefix if scope else ()), *command)
        return Launch(workplace, run, started, surroundings, keeper, scope, _environment(surroundings, workplace, mark))

    @cached_property
    def _kernel(self) -> KernelLimits:
        return self._probe()


def _environment(surroundings: Surroundings, workplace: Workplace, mark: str) -> dict[str, str]:
    """Without what git set for a hook, which means another worktree, and without a person's pass."""
    outer = os.environ.get(MARK_VARIABLE)
    left_out = {*HOOK_VARIABLES, PASS_VARIABLE}
    return {
        **{name: value for name, value in surroundings.variables.items() if name not in left_out},
        "PWD": str(workplace.path),
        MARK_VARIABLE: f"{outer}/{mark}" if outer else mark,
    }
