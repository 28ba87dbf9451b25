"""What lets an agent change paths that are another's: grants, and migrations that the queue knows."""

from dataclasses import dataclass, field

from agentgrid.boundaries.grants.openings import Openings
from agentgrid.boundaries.migrations.registry import Registry


@dataclass(frozen=True)
class WaysIn:
    """`openings`: where grants let the agent in, None where there are none. `registry`: what the migration queue knows;
    by itself only what commits say."""

    openings: Openings | None = None
    registry: Registry = field(default_factory=lambda: Registry(None))


NO_WAYS_IN = WaysIn()
