"""How requests stand: what they meet, what waits for them, when they are due. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agentgrid.boundaries.migrations.request import PRIORITIES, MigrationRequest
from agentgrid.config.schema import Lineage
from agentgrid.config.window import Window, parse_window
from agentgrid.integration.migrations.collisions import Collision, find_collisions
from agentgrid.integration.migrations.order import why_waiting


@dataclass(frozen=True)
class RequestStanding:
    """`owner`: who decides, beside persons; None when the lineage names nobody. `waiting`: why an open request can't be
    integrated yet, in words; None when it is due or done with. `due_at`: when its window opens, where that is all that
    it waits for. `dependents`: open requests that depend on it."""

    request: MigrationRequest
    owner: str | None
    dialect: str
    collisions: tuple[Collision, ...] = ()
    waiting: str | None = None
    due_at: datetime | None = None
    dependents: tuple[str, ...] = ()

    @property
    def is_due(self) -> bool:
        return self.request.status == "approved" and self.waiting is None

    @property
    def priority(self) -> str:
        return PRIORITIES[self.request.priority]


def stand_requests(
    requests: Sequence[MigrationRequest], lineages: Mapping[str, Lineage], now: datetime
) -> list[RequestStanding]:
    """How each of `requests` stands, in their order. `requests`: all that there are. `now`: in this machine's zone."""
    windows = windows_of(lineages)
    waiting = why_waiting(requests, windows, now)
    others = why_waiting(requests, windows, now, ignore_windows=True)
    found = []
    for each in requests:
        settings = lineages.get(each.lineage)
        is_windowed = each.id in waiting and each.id not in others
        found.append(RequestStanding(
            each, settings.owner if settings else None, settings.dialect if settings else "postgres",
            find_collisions(each, requests), waiting.get(each.id),
            windows[each.lineage].next_opening(now) if is_windowed and each.lineage in windows else None,
            tuple(other.id for other in requests if other.is_open and each.id in other.depends_on),
        ))  # fmt: skip
    return found


def windows_of(lineages: Mapping[str, Lineage]) -> dict[str, Window]:
    """Lineage → when its requests are integrated."""
    return {name: parse_window(settings.window) for name, settings in lineages.items()}
