"""pr for people."""

from collections.abc import Sequence

from agentgrid.integration.pull_requests.opening import PrDone
from agentgrid.integration.pull_requests.planning import PrPlan
from agentgrid.render.tables import Cell, render_table

_STYLES = {"opened": "green", "updated": "green", "merged": "cyan", "refused": "bold red", "failed": "bold red"}
_WOULD = {"open": "would open", "update": "would update", "refuse": "would refuse"}


def render_plans(plans: Sequence[PrPlan]) -> str:
    rows: list[list[Cell]] = [
        [(plan.work.agent, "bold"), plan.work.branch, plan.work.head[:10], _act(plan), plan.reason] for plan in plans
    ]
    return render_table(("agent", "branch", "commit", "", "notes"), rows) if rows else "no agent has a branch to push"


def plan_as_json(plan: PrPlan) -> dict[str, object]:
    return {
        "agent": plan.work.agent,
        "branch": plan.work.branch,
        "head": plan.work.head,
        "act": plan.act,
        "title": plan.title,
        "pr": plan.existing.as_json() if plan.existing else None,
        "reason": plan.reason or None,
    }


def render_done(done: Sequence[PrDone]) -> str:
    rows: list[list[Cell]] = [
        [
            (each.agent, "bold"),
            each.branch,
            (each.state, _STYLES.get(each.state, "yellow")),
            each.request.url if each.request else "",
            each.reason,
        ]
        for each in done
    ]
    return render_table(("agent", "branch", "state", "pull request", "notes"), rows) if rows else "nothing to push"


def _act(plan: PrPlan) -> str:
    number = f" #{plan.existing.number}" if plan.existing else ""
    return f"{_WOULD.get(plan.act, 'nothing to do')}{number}"
