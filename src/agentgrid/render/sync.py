"""sync: what would be brought in, and how it ended."""

import os
from collections.abc import Sequence

from agentgrid.onboarding.syncing import SyncPlan, SyncRound
from agentgrid.workspace.sync.bringing_in import Synced
from agentgrid.workspace.sync.decision import name_paths


def render_sync_plan(planned: SyncRound) -> str:
    """A line an agent, and the commands that would run."""
    lines = [_planned_line(plan, planned.source.label) for plan in planned.plans]
    return "\n".join([*lines, *(f"would run, once allowed: {command}" for command in planned.commands)])


def sync_plan_as_json(planned: SyncRound) -> dict[str, object]:
    return {
        "source": {"oid": planned.source.oid, "label": planned.source.label},
        "agents": [
            {
                "agent": plan.desk.agent,
                "path": str(plan.desk.worktree.path),
                "branch": plan.facts.branch,
                "action": plan.decision.kind,
                "commits": plan.decision.commits,
                "conflicts": _texts(_foreseen(plan)),
                "commands": list(plan.commands),
                "message": plan.decision.message or None,
                "hint": plan.decision.hint or None,
            }
            for plan in planned.plans
        ],
        "warnings": list(planned.warnings),
    }


def render_synced(done: Sequence[Synced], label: str) -> str:
    """How each ended; for those that stopped, how to go on and how to go back."""
    return "\n".join(line for each in done for line in _lines(each, label))


def synced_as_json(planned: SyncRound, done: Sequence[Synced]) -> dict[str, object]:
    return {
        "source": {"oid": planned.source.oid, "label": planned.source.label},
        "agents": [
            {
                "agent": each.agent,
                "path": str(each.path),
                "branch": each.branch,
                "state": each.state,
                "before": each.before,
                "after": each.after,
                "commits": each.commits,
                "conflicts": _texts(each.conflicts),
                "regenerated": _texts(each.regenerated),
                "message": each.message or None,
                "hint": each.hint or None,
                "go_on": list(each.go_on),
                "go_back": each.go_back,
                "warnings": list(each.warnings),
            }
            for each in done
        ],
        "warnings": list(planned.warnings),
    }


def _planned_line(plan: SyncPlan, label: str) -> str:
    agent, decision = plan.desk.agent, plan.decision
    if decision.kind == "refuse":
        return f"{agent}: would refuse: {decision.message}\n  {decision.hint}"
    if decision.kind == "nothing":
        return f"{agent}: up to date with {label}"
    what = {
        "fast-forward": f"move {plan.facts.branch} forward to {label}",
        "merge": f"merge {label} into {plan.facts.branch}",
        "rebase": f"rebase {plan.facts.branch} onto {label}",
    }[decision.kind]
    conflicts = _foreseen(plan)
    stops = f"; would stop on a conflict in {name_paths(conflicts)}" if conflicts else ""
    return f"{agent}: would {what}, {_commits(decision.commits)}{stops}"


def _foreseen(plan: SyncPlan) -> tuple[bytes, ...]:
    return plan.facts.divergence.conflicts if plan.facts.divergence else ()


def _lines(done: Synced, label: str) -> list[str]:
    what = {
        "up-to-date": f"up to date with {label}",
        "fast-forwarded": f"{done.branch} is at {label}, {_commits(done.commits)}",
        "merged": f"{label} merged into {done.branch}, {_commits(done.commits)}",
        "rebased": f"{done.branch} rebased onto {label}, {_commits(done.commits)}",
        "conflict": f"stopped: {done.message}",
        "stopped": f"stopped: {done.message}",
        "refused": f"refused: {done.message}",
        "failed": f"failed: {done.message}",
    }[done.state]
    lines = [f"{done.agent}: {what}"]
    lines += [f"  generated anew: {name_paths(done.regenerated)}"] if done.regenerated else []
    lines += [f"  {done.hint}"] if done.hint else []
    lines += ["  when it is resolved:" if done.state == "conflict" else "  to go on:"] if done.go_on else []
    lines += [f"    {step}" for step in done.go_on]
    lines += ["  or back to where it was:", f"    {done.go_back}"] if done.go_back else []
    return [*lines, *(f"  warning: {warning}" for warning in done.warnings)]


def _texts(paths: Sequence[bytes]) -> list[str]:
    return [os.fsdecode(path) for path in paths]


def _commits(count: int) -> str:
    return "1 commit" if count == 1 else f"{count} commits"
