"""`conflicts` as plain values for JSON: `{base, agents, pairs, order, order_cost, fifo_cost, …}`."""

from collections.abc import Sequence

from agentgrid.git.paths import json_path
from agentgrid.insight.conflict_view import ConflictView
from agentgrid.integration.conflicts.model import AgentWork, Hunk, LineRange, Meeting, Pair, ProposedOrder


def conflicts_as_json(view: ConflictView) -> dict[str, object]:
    """Every pair, each against the base too. What the order says is absent where none was asked for."""
    report = view.report
    return {
        "base": {"branch": report.base_branch, "oid": report.base_oid},
        "agents": [_agent(work) for work in report.agents],
        "pairs": [_pair(pair) for pair in report.pairs],
        "counts": dict(view.counts),
        **(_order(report.order) if report.order is not None else {}),
        "clean": view.is_clean,
    }


def _agent(work: AgentWork) -> dict[str, object]:
    return {
        "id": work.agent,
        "branch": work.branch,
        "head": work.head,
        "snapshot": work.snapshot,
        "dirty": work.is_dirty,
        "changed": [json_path(path) for path in work.changed],
        **({"problem": work.problem} if work.problem else {}),
    }


def _pair(pair: Pair) -> dict[str, object]:
    return {
        "a": pair.a,
        "b": pair.b,
        "level": pair.level,
        "files": [_file(meeting) for meeting in pair.files],
        **({"problem": pair.problem} if pair.problem else {}),
    }


def _file(meeting: Meeting) -> dict[str, object]:
    return {
        "path": json_path(meeting.path),
        "level": meeting.level,
        "kind": meeting.kind,
        "hunks": [_hunk(hunk) for hunk in meeting.hunks],
        **({"reason": meeting.reason} if meeting.reason else {}),
    }


def _hunk(hunk: Hunk) -> dict[str, object]:
    sides = {"base": hunk.base, "a": hunk.a, "b": hunk.b}
    return {name: _range(lines) for name, lines in sides.items() if lines is not None}


def _range(lines: LineRange) -> dict[str, int]:
    return {"start": lines.start, "count": lines.count}


def _order(order: ProposedOrder) -> dict[str, object]:
    return {
        "order": list(order.agents),
        "order_cost": order.cost,
        "order_exact": order.is_exact,
        "fifo": list(order.fifo),
        "fifo_cost": order.fifo_cost,
        "together": [{"agent": agent, "paths": _paths(paths)} for agent, paths in order.together],
    }


def _paths(paths: Sequence[bytes]) -> list[str]:
    return [json_path(path) for path in paths]
