"""Who may land: a person, and agents that the policy lets. The base itself never moves in any other way."""

from dataclasses import replace

from agentgrid.config.policy import Policy
from agentgrid.errors import NotPermitted, Refused
from agentgrid.git.repository import Repository
from agentgrid.integration.landing.model import LandPlan


def require_landing(policy: Policy, agent: str | None, repository: Repository) -> None:
    """Raises NotPermitted when `agent` (None: a person) may not land."""
    if agent is None:
        return
    if not policy.agents[agent].permissions.land:
        file, line = policy.where(agent, "permissions", "land")
        place = f"{file}:{line}" if line else file
        raise NotPermitted(f"{agent} may not land (`permissions.land` in {place})",
                           hint=f"a person does it in {repository.root}: agentgrid land {agent}")  # fmt: skip


def require_local(policy: Policy) -> None:
    """Raises Refused where the grid's work lands on a server: a landing here would go past its rules."""
    via = policy.grid.land.via
    if via == "local":
        return
    file, line = policy.where(None, "land", "via")
    raise Refused(f"work lands on the server in this grid (`land.via: {via}` in {file}:{line})",
                  hint="agentgrid pr, then: agentgrid land")  # fmt: skip


def block_others(plan: LandPlan, policy: Policy, agent: str | None, repository: Repository) -> LandPlan:
    """The plan, blocked where `agent` may not land."""
    try:
        require_landing(policy, agent, repository)
    except Refused as refusal:
        return replace(plan, blocked=(refusal.message, refusal.hint or ""))
    return plan
