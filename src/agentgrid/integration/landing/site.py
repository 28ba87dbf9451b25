"""Where, for whom and with what is landed; and what is wanted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agentgrid.config.in_force import InForce
from agentgrid.git.repository import Repository
from agentgrid.integration.landing.lineup import Lineup, Order, OwnerOf, line_up
from agentgrid.integration.landing.model import Strategy
from agentgrid.integration.landing.numbering import Numberer
from agentgrid.integration.landing.rules import Rules
from agentgrid.integration.landing.workroom import Workroom
from agentgrid.store.session import Store

WAIT_S = 600.0


@dataclass(frozen=True)
class LandOptions:
    """`agents`: none means all. `strategy`: None for the policy's. `wait_s`: for another landing to end."""

    agents: tuple[str, ...] = ()
    strategy: Strategy | None = None
    push: bool = False
    fetch: bool = True
    wait_s: float = WAIT_S


@dataclass(frozen=True)
class View:
    """The grid as it is at one moment: it is taken anew when the base has moved. `numberer`: gives migrations their
    numbers."""

    in_force: InForce
    rules: Rules
    owner_of: OwnerOf
    numberer: Numberer | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """Where, for whom and with what is landed. `look`: the view of this moment. `set_up(room)`: prepares the private
    worktree, and answers what should be known. `publish`: makes the base's new policy the one that hooks read.
    `candidates(view, tip)`: makes what lands, where that isn't agents' branches."""

    repository: Repository
    store: Store
    actor: str
    look: Callable[[], View]
    report: Callable[[str, str], None]
    order: Order | None = None
    set_up: Callable[[Workroom, Path], list[str]] = lambda _room, _log: []
    publish: Callable[[], None] = lambda: None
    candidates: Callable[[View, str], Lineup] | None = None

    def line_up(self, view: View, tip: str, options: LandOptions) -> Lineup:
        """Who would land on `tip`: the agents' branches, or what `candidates` makes."""
        if self.candidates is not None:
            return self.candidates(view, tip)
        return line_up(self.repository, view.in_force, options.agents, tip, view.owner_of, order=self.order)


def told_before(view: View, lineup: Lineup) -> list[str]:
    """What whoever lands should know of the branches and of the policy."""
    nothing = [] if view.in_force.policy.grid.checks else ["no `checks:` are configured: nothing is tested"]
    return [*lineup.notes, *nothing] if lineup.candidates else []
