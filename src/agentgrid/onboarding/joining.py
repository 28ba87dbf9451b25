"""`join`: a clone of a repository that is a grid already gets hooks and the worktrees of one's own agents, no more."""

from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.config.in_force import InForce, find_in_force
from agentgrid.errors import InputError
from agentgrid.git.repository import Repository
from agentgrid.onboarding.choosing import require_agents
from agentgrid.onboarding.initialise import InitOptions, InitPlan, InitResult, Report, apply_init, plan_init
from agentgrid.onboarding.mine import recall_mine, remember_mine
from agentgrid.workspace.acting import require_person
from agentgrid.workspace.desks import find_desks


@dataclass(frozen=True)
class JoinPlan:
    """`mine`: agents that will be one's own here. `others`: the grid's other agents. `init`: what is missing of it."""

    mine: tuple[str, ...]
    others: tuple[str, ...]
    init: InitPlan


def require_grid(repository: Repository) -> InForce:
    """The policy to join. Raises InputError where the base has none, NotPermitted in an agent's worktree."""
    require_person(repository, "join a grid")
    in_force = find_in_force(repository)
    if in_force.source == "main-worktree":
        raise InputError(f"{in_force.base.branch} has no agentgrid.yaml yet: there is nothing to join",
                         hint="commit what `agentgrid init` wrote; whoever makes the grid needs no join")  # fmt: skip
    return in_force


def known_mine(repository: Repository) -> tuple[str, ...]:
    """Agents that are one's own already: noted, or with a worktree here."""
    return tuple(dict.fromkeys([*recall_mine(repository), *find_desks(repository)]))


def plan_join(repository: Repository, in_force: InForce, named: Sequence[str]) -> JoinPlan:
    """What joining with `named` agents, and those that are one's own already, would do; changes nothing.

    Raises InputError for an agent that the grid doesn't have.
    """
    require_agents(in_force.policy, named)
    known = [agent for agent in known_mine(repository) if agent in in_force.policy.agents]
    wanted = {*known, *named}
    mine = tuple(agent for agent in in_force.policy.agents if agent in wanted)
    others = tuple(agent for agent in in_force.policy.agents if agent not in wanted)
    return JoinPlan(mine, others, plan_init(repository, InitOptions(only=mine)))


def apply_join(repository: Repository, plan: JoinPlan, report: Report) -> InitResult:
    """Notes whose the agents are, then does what is missing. Safe to repeat."""
    remember_mine(repository, plan.mine)
    return apply_init(repository, InitOptions(only=plan.mine), report)
