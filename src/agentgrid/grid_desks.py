"""The agents' desks of a grid: their environments and budgets, setting worktrees up, running commands there."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agentgrid.config.in_force import InForce
from agentgrid.git.repository import Repository
from agentgrid.store.session import Store

if TYPE_CHECKING:
    from agentgrid.work.commands import Commands
    from agentgrid.work.workplaces import Surroundings
    from agentgrid.workspace.budgets.report import AgentBudget, Budgets
    from agentgrid.workspace.compose.file import ComposeFile
    from agentgrid.workspace.desks import Desk
    from agentgrid.workspace.environment.agent_environment import Environments, KeyUse
    from agentgrid.workspace.environment.variables import AgentEnvironment
    from agentgrid.workspace.setup.outcome import SetupReport
    from agentgrid.workspace.setup.planning import SetupPlan


class Surrounding(Protocol):
    """What is needed of the grid around the desks."""

    repository: Repository

    @property
    def in_force(self) -> InForce: ...

    @property
    def store(self) -> Store: ...

    def acting_agent(self, named: str | None = None) -> str | None: ...


class GridDesks:
    """Wires the rooms that serve single agents to `grid`."""

    def __init__(self, grid: Surrounding) -> None:
        self._grid = grid

    @cached_property
    def environments(self) -> "Environments":
        """The environments of agents' processes, as this process would start them."""
        from agentgrid.workspace.environment.agent_environment import Environments

        return Environments(self._grid.repository, self._grid.in_force.policy)

    def environment_of(self, agent: str, *, task: str | None = None, keys: "KeyUse" = "all") -> "AgentEnvironment":
        """The environment of `agent`'s processes in its worktree. `keys`: which of its keys are looked up."""
        from agentgrid.workspace.desks import find_desks

        desk = find_desks(self._grid.repository).get(agent)
        worktree = desk.worktree.path if desk else None
        return self.environments.for_agent(agent, worktree=worktree, task=task, keys=keys)

    @cached_property
    def budgets(self) -> "Budgets":
        """What the agents may use of the machine, and what they use."""
        from agentgrid.workspace.budgets.report import Budgets

        return Budgets(self._grid.repository, self._grid.in_force.policy)

    def commands(self, tell: Callable[[str], None]) -> "Commands":
        """Running commands for agents. `tell`: hears why one waits, and what else whoever watches should know."""
        from agentgrid.work.commands import Commands

        surroundings = partial(self._surroundings, tell)
        return Commands(self._grid.repository, self._grid.in_force.policy, self._grid.store, surroundings, tell)

    def _surroundings(self, tell: Callable[[str], None], agent: str, _worktree: Path) -> "Surroundings":
        """The environment of an agent's processes. A key without a value is told: many commands do without."""
        from agentgrid.work.workplaces import Surroundings

        environment = self.environment_of(agent)
        for each in (*environment.notices, *environment.missing):
            tell(str(each))
        return Surroundings(environment.for_process(), environment.redactor)

    def running_budgets(self) -> "dict[str, AgentBudget]":
        """Agent → its budget and use, for those who run something now."""
        from agentgrid.workspace.budgets.places import has_run_files

        return self.budgets.running() if has_run_files(self._grid.repository.common_dir) else {}

    def plan_setup(self, agents: Sequence[str] | None = None, *, again: bool = False) -> "SetupPlan":
        """What setting up would do: for `agents`, or the worktree's agent, or all with a worktree that is ready."""
        from agentgrid.workspace.desks import find_desks
        from agentgrid.workspace.setup.planning import plan_setup

        acting = self._grid.acting_agent()
        if agents is None and acting is not None:
            agents = [acting]
        policy = self._grid.in_force.policy
        if agents is None:
            desks = [desk for desk in find_desks(self._grid.repository).values() if desk.agent in policy.agents]
            agents = [desk.agent for desk in desks if desk.worktree.exists and not desk.is_pending]
        return plan_setup(self._grid.repository, policy, agents, again=again)

    def set_up(
        self, plan: "SetupPlan", *, report: Callable[[str, str], None], jobs: int | None = None
    ) -> "SetupReport":
        """Carries a plan out, `jobs` agents at a time; `report(agent, what)` hears of each step, from several threads.
        Commands that nobody has approved don't run. A signal to end ends what runs."""
        from agentgrid.machine.interrupts import ending_as_interrupt
        from agentgrid.workspace.setup.running import Conditions
        from agentgrid.workspace.setup.setting_up import apply_setup

        waiting = [desk for desk in plan.desks if len(plan.commands[desk.agent]) > plan.done[desk.agent]]
        environments = {desk.agent: self._setup_environment(desk) for desk in waiting}
        conditions = Conditions(plan.timeout_s, lambda desk: environments[desk.agent], report)
        with ending_as_interrupt():
            return apply_setup(self._grid.repository, plan, conditions, jobs=jobs)

    def teardown(self, report: Callable[[str, str], None]) -> "Callable[[Desk], str | None]":
        """Runs `setup.teardown` in a desk's worktree, and answers what went wrong; None when nothing did."""
        from agentgrid.workspace.setup.running import Conditions
        from agentgrid.workspace.setup.teardown import run_teardown, tell_failure

        policy = self._grid.in_force.policy
        conditions = Conditions(policy.grid.setup.timeout.total_seconds(), self._setup_environment, report)
        return lambda desk: tell_failure(run_teardown(self._grid.repository, policy, desk, conditions))

    def _setup_environment(self, desk: "Desk") -> Mapping[str, str]:
        """What set-up and teardown commands get."""
        return self.environment_of(desk.agent, keys="none").for_process()

    def draw_compose(self, agents: Sequence[str] | None = None) -> "ComposeFile":
        """The compose file for `agents`, or for all that have a worktree."""
        from agentgrid.workspace.compose.file import draw_compose

        return draw_compose(self._grid.repository, self._grid.in_force.policy, agents, self._plain_variables)

    def _plain_variables(self, agent: str) -> Mapping[str, str]:
        """An agent's environment without keys and without what is inherited."""
        return self.environment_of(agent, keys="none").own().for_process()
