"""`owner` and `can-edit` for people: one line a path."""

from collections.abc import Sequence

from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.boundaries.ownership import EditVerdict, Ownership
from agentgrid.git.paths import show_path

_MOST_REQUESTS = 5


def render_owners(found: Sequence[Ownership]) -> str:
    """Path, holder, rule: columns that line up."""
    rows = [(show_path(each.path), _holder(each), _rule(each)) for each in found]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{path:<{widths[0]}}  {holder:<{widths[1]}}  {rule}".rstrip() for path, holder, rule in rows)


def render_verdicts(verdicts: Sequence[EditVerdict]) -> str:
    lines: list[str] = []
    for verdict in verdicts:
        word = "yes" if verdict.is_allowed else "no"
        held = verdict.lease
        lease = f", lease {held.lease.token} of {held.lease.holder} ({held.state})" if held else ""
        lines.append(f"{word:<4}{show_path(verdict.path)}  {_holder(verdict.ownership)}{lease}")
        for reason in verdict.reasons:
            lines.append(f"    {reason.severity}: {reason.message} [{reason.rule}]")
            if reason.hint:
                lines.append(f"    hint: {reason.hint}")
        lines += [
            f"    warning: {other.agent} has unlanded changes to it: {other.words}" for other in verdict.conflicts
        ]
        lines += _requests(verdict.migrations)
    return "\n".join(lines)


def _requests(found: Sequence[MigrationRequest]) -> list[str]:
    """Open migration requests there, the oldest of many."""
    lines = [
        f"    note: migration {each.id} of {each.agent} is {each.status} in {each.lineage}: {each.title}"
        for each in found[:_MOST_REQUESTS]
    ]
    more = [f"    note: {len(found) - _MOST_REQUESTS} more: agentgrid migration list"]
    return lines + more if len(found) > _MOST_REQUESTS else lines


def _holder(each: Ownership) -> str:
    words = each.state
    if each.claimants and each.state == "shared-conflict":
        words += f" ({', '.join(each.claimants)})"
    elif each.owner is not None:
        words = f"{each.owner} ({each.tier})" if each.state == "owned" else f"{each.state} (steward {each.owner})"
    return f"{words}, derived" if each.is_derived else words


def _rule(each: Ownership) -> str:
    return f"{each.rule.file}:{each.rule.line}:{each.rule.pattern}" if each.rule else ""
