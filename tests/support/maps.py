"""Territories from a few lines: the grid's YAML, and what each agent owns."""

from collections.abc import Mapping

from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Territory
from support.desks import make_policy


def make_territory(grid: str = "", **owns: str) -> Territory:
    """`grid`: lines of agentgrid.yaml. `owns`: agent → the YAML of its `owns`, as `{critical: [x/**]}`."""
    return Territory(compile_policy(make_policy(grid or "version: 1\n", agent_files(owns))))


def agent_files(owns: Mapping[str, str]) -> dict[str, str]:
    return {agent: f"id: {agent}\nowns: {lists}\n" for agent, lists in owns.items()}


def stands(territory: Territory, path: str) -> tuple[str, str | None, str | None]:
    """(state, owner, tier) of a path."""
    place = territory.place(path.encode())
    return place.state, place.owner, place.tier
