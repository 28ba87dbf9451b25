"""Hand-made reports around hand-made conflicts, with every table filled."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from agentgrid.boundaries.leases.asked_paths import make_pattern
from agentgrid.boundaries.leases.lease import Lease
from agentgrid.boundaries.leases.views import LeaseView
from agentgrid.boundaries.ownership_map import OwnershipMap, Share
from agentgrid.git.status import WorktreeStatus
from agentgrid.insight.branch_facts import BranchFacts
from agentgrid.insight.conflict_view import view_conflicts
from agentgrid.insight.report import GridReport, ReviewLine
from agentgrid.insight.status import AgentStatus, GridStatus
from agentgrid.integration.conflicts.model import ConflictReport
from agentgrid.machine.capacity import Capacity
from agentgrid.machine.clock import Instant
from agentgrid.store.events import Event
from agentgrid.workspace.budgets.limits import Limits, Use
from agentgrid.workspace.budgets.machine_sum import add_up
from agentgrid.workspace.budgets.report import AgentBudget, BudgetReport
from agentgrid.workspace.budgets.verdicts import judge_use

NOW = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
GB = 10**9


def report_of(
    conflicts: ConflictReport,
    *,
    name: str = "shop",
    leases: tuple[LeaseView, ...] | None = (),
    reviews: tuple[ReviewLine, ...] | None = None,
    warnings: tuple[str, ...] = (),
) -> GridReport:
    """A report whose other tables fit the agents of `conflicts`."""
    ids = [work.agent for work in conflicts.agents]
    agents = tuple(_status(agent, position) for position, agent in enumerate(ids))
    oid = conflicts.base_oid
    return GridReport(
        name,
        NOW,
        "2025-02-24T09:00:00Z",
        GridStatus("main", "refs/heads/main", oid, "base", oid, agents, warnings),
        view_conflicts(conflicts),
        _ownership(ids),
        _budgets(ids[:4]),
        leases,
        (Event(8, "2025-03-02T17:30:00Z", "land.landed", "@kim", "a3", None, None, {"commit": "5" * 40}),),
        {"lease.acquired": 12, "lease.released": 11, "land.landed": 1},
        reviews,
    )


def lease_view(holder: str, *patterns: str, state: str = "held", reason: str = "") -> LeaseView:
    """A lease that was taken a moment ago."""
    now = Instant("boot", 1_000_000, NOW)
    asked = tuple(make_pattern(each) for each in patterns)
    lease = Lease(7, holder, "one", "host", asked, reason, False, "landed", 1_800_000, 600_000,
                  "boot", 990_000, "2025-03-03T08:59:00Z", "2025-03-03T08:59:00Z")  # fmt: skip
    return LeaseView(lease, state, now)


def _status(agent: str, position: int) -> AgentStatus:
    files = WorktreeStatus("4" * 40, f"feat/services/work__{agent}", None, staged=position % 3, untracked=position % 2)
    facts = BranchFacts(position % 5 + 1, position % 2, int(position == 1), is_merged=False)
    return AgentStatus(agent, agent, "ready", files.branch, Path(f"/code/wt-{agent}"), files.oid, facts, files,
                       NOW - timedelta(hours=position))  # fmt: skip


def _ownership(ids: list[str]) -> OwnershipMap:
    whole = len(ids) * (len(ids) + 1) // 2 * 1000 + 4000
    agents = tuple(Share(agent, position + 3, (position + 1) * 1000, (position + 1) * 1000 / whole)
                   for position, agent in enumerate(ids))  # fmt: skip
    rest = (
        Share("common", 2, 3000, 3000 / whole),
        Share("frozen", 1, 500, 0.0),
        Share("unowned", 1, 1000, 1000 / whole),
    )
    return OwnershipMap(agents, rest, (), (b"notes.txt",), (), {}, {})


def _budgets(ids: list[str]) -> BudgetReport:
    limits = {agent: Limits(4 * GB, 2.0, 20 * GB) for agent in ids}
    uses = [Use((position + 1) * GB, 0.4 * position, position * 6 * GB) for position in range(len(ids))]
    budgets = tuple(AgentBudget(agent, limits[agent], use, judge_use(limits[agent], use), 1)
                    for agent, use in zip(ids, uses, strict=True))  # fmt: skip
    return BudgetReport(Capacity(32 * GB, 8), budgets, add_up(limits, 32 * GB, 8 * GB))
