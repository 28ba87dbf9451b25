"""The report: where everything stands and what happened since, gathered once for page, comment and terminal."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from agentgrid.boundaries.leases.views import LeaseView
from agentgrid.boundaries.ownership_map import OwnershipMap
from agentgrid.errors import StoreError
from agentgrid.insight.conflict_view import ConflictView, view_conflicts
from agentgrid.insight.status import GridStatus
from agentgrid.integration.conflicts.model import ConflictReport
from agentgrid.machine.clock import rfc3339
from agentgrid.store.events import Event
from agentgrid.workspace.budgets.report import BudgetReport

_T = TypeVar("_T")

DEFAULT_SINCE = timedelta(days=7)
LANDED_KIND = "land.landed"


@dataclass(frozen=True)
class ReviewLine:
    """A change set that waits for a review, or had one. `state`: as the review says it."""

    agent: str
    commit: str
    state: str
    reviewers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sources:
    """Whom to ask. `list_events`: since a time, RFC 3339 in UTC."""

    status: Callable[[], GridStatus]
    conflicts: Callable[[], ConflictReport]
    ownership: Callable[[], OwnershipMap]
    leases: Callable[[], Sequence[LeaseView]]
    budgets: Callable[[], BudgetReport]
    list_events: Callable[[str], Sequence[Event]]


@dataclass(frozen=True)
class GridReport:
    """`since`: RFC 3339 in UTC. `leases`, `landings`, `events`: None when the state can't be read. `events`: kind →
    how many since then. `reviews`: None where there is no such thing."""

    name: str
    made_at: datetime
    since: str
    status: GridStatus
    conflicts: ConflictView
    ownership: OwnershipMap
    budgets: BudgetReport
    leases: tuple[LeaseView, ...] | None = ()
    landings: tuple[Event, ...] | None = ()
    events: Mapping[str, int] | None = None
    reviews: tuple[ReviewLine, ...] | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.status.warnings


def gather_report(name: str, sources: Sources, *, now: datetime, since: str | None = None) -> GridReport:
    """All of it, with what happened since `since`, the last seven days by default. `name`: of the repository."""
    since = since if since is not None else rfc3339(now - DEFAULT_SINCE)
    events = _unless_unreadable(lambda: sources.list_events(since))
    leases = _unless_unreadable(sources.leases)
    status = sources.status()
    return GridReport(
        name,
        now,
        since,
        status,
        view_conflicts(sources.conflicts()),
        sources.ownership(),
        sources.budgets(),
        leases,
        None if events is None else tuple(event for event in events if event.kind == LANDED_KIND),
        None if events is None else dict(Counter(event.kind for event in events).most_common()),
        _list_reviews(status) or None,
    )


def _list_reviews(status: GridStatus) -> tuple[ReviewLine, ...]:
    """The change sets that stand for review, by whom as far as somebody has spoken."""
    return tuple(
        ReviewLine(agent.id, agent.review.commit, agent.review.word, tuple(
            dict.fromkeys(known.review.by for known in agent.review.reviews)
        ))
        for agent in status.agents
        if agent.review is not None
    )  # fmt: skip


def _unless_unreadable(ask: Callable[[], Sequence[_T]]) -> tuple[_T, ...] | None:
    """The status says that the state can't be read, and what to do."""
    try:
        return tuple(ask())
    except StoreError:
        return None
