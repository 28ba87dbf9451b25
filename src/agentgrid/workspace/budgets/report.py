"""The whole picture of budgets: what `budget` shows, and each agent's part of `status`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from agentgrid.config.policy import Policy
from agentgrid.git.repository import Repository
from agentgrid.machine.capacity import Capacity, read_capacity
from agentgrid.workspace.budgets.limits import Limits, Use
from agentgrid.workspace.budgets.machine_sum import MachineSum, add_up
from agentgrid.workspace.budgets.measuring import Meter
from agentgrid.workspace.budgets.runs import RunBook
from agentgrid.workspace.budgets.verdicts import Level, Standing, judge_use, worst_level
from agentgrid.workspace.desks import find_desks
from agentgrid.workspace.naming import require_agent


@dataclass(frozen=True, slots=True)
class AgentBudget:
    """One agent's limits and use. `runs`: how many commands run for it under `exec` or `each`."""

    agent: str
    limits: Limits
    use: Use
    standings: tuple[Standing, ...]
    runs: int

    @property
    def verdict(self) -> Level:
        return worst_level(self.standings)

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.agent,
            "limits": self.limits.as_json(),
            "use": self.use.as_json(),
            "head_room": {each.resource: round(each.head_room, 3) for each in self.standings},
            "verdict": self.verdict,
            "runs": self.runs,
        }


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """`sum`: of all agents' limits, whichever of them are shown."""

    capacity: Capacity
    agents: tuple[AgentBudget, ...]
    sum: MachineSum

    @property
    def used_bytes(self) -> int:
        return sum(each.use.memory_bytes for each in self.agents)

    def as_json(self) -> dict[str, object]:
        return {
            "machine": {
                "memory_bytes": self.capacity.memory_bytes,
                "cpus": self.capacity.cpus,
                "reserved_bytes": self.sum.reserved_bytes,
            },
            "agents": [each.as_json() for each in self.agents],
            "total": {
                "memory_limit_bytes": self.sum.promised_bytes,
                "memory_bytes": self.used_bytes,
                "processes": sum(each.use.processes for each in self.agents),
                "head_room_bytes": self.sum.head_room_bytes,
                "verdict": "over" if self.sum.missing_bytes else "ok",
            },
        }


class Budgets:
    """The budgets of one grid, measured again whenever one asks."""

    def __init__(self, repository: Repository, policy: Policy) -> None:
        self._policy = policy
        self._repository = repository

    def report(self, agent: str | None = None) -> BudgetReport:
        """Of all agents, or of one. Raises InputError when there is no such agent."""
        agents = list(self._policy.agents) if agent is None else [require_agent(self._policy, agent).id]
        used = self._meter.measure(agents)
        capacity = read_capacity()
        total = add_up(self._limits, capacity.memory_bytes, self._policy.grid.machine.reserve.memory)
        return BudgetReport(capacity, tuple(self._judge(agents, used)), total)

    def running(self) -> dict[str, AgentBudget]:
        """Agent → its budget, for those with limits whose commands run now; without disk and processor time, which
        take time to measure."""
        live = {run.agent for run in self._meter.book.live() if not run.is_waiting}
        agents = [agent for agent in self._limits if agent in live and not self._limits[agent].is_empty]
        if not agents:
            return {}
        used = self._meter.measure(agents, with_disk=False, with_cpu=False)
        return {each.agent: each for each in self._judge(agents, used)}

    def _judge(self, agents: Sequence[str], used: Mapping[str, Use]) -> list[AgentBudget]:
        live = [run.agent for run in self._meter.book.live() if not run.is_waiting]
        return [
            AgentBudget(agent, self._limits[agent], used[agent], judge_use(self._limits[agent], used[agent]),
                        live.count(agent))
            for agent in agents
        ]  # fmt: skip

    @cached_property
    def _limits(self) -> dict[str, Limits]:
        return {agent: Limits.of(config.budget) for agent, config in self._policy.agents.items()}

    @cached_property
    def _meter(self) -> Meter:
        desks = find_desks(self._repository)
        worktrees = {agent: desk.worktree.path for agent, desk in desks.items() if desk.worktree.path.is_dir()}
        return Meter(RunBook(self._repository.common_dir), worktrees)
