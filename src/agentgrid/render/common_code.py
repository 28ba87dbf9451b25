"""common check for people, and as JSON."""

from collections.abc import Iterator

from agentgrid.git.paths import json_path, show_path
from agentgrid.integration.common_code.model import CommonReport, Judged, Standing
from agentgrid.integration.common_code.rules import tell_user
from agentgrid.integration.common_code.versions import tell_version

_MOST_USERS = 10
_STANDINGS: dict[Standing, str] = {
    "allowed": "allowed",
    "unversioned": "allowed, without a version",
    "unknown-version": "not known",
    "same-version": "not allowed",
    "no-deprecation": "not allowed",
}


def render_common(report: CommonReport) -> str:
    """Each broken name with its version and its users, then what to do."""
    who = f"agent {report.agent}" if report.agent else "a person"
    head = f"{report.head[:10]} against {report.base[:10]} as {who}: {_count(report.changed, 'file')} of common code"
    if not report.judged and not report.unreadable:
        return f"{head}, nothing broken" if report.changed else f"{head} changed"
    lines = [f"{head}, {_count(len(report.judged), 'broken name')}"]
    for each in report.judged:
        lines += _tell(each, report)
    lines += [f"  {show_path(each.path)}:{each.line} is no Python here: {each.reason}" for each in report.unreadable]
    errors = sum(each.severity == "error" for each in report.findings)
    lines.append(f"{_count(errors, 'error')}, {_count(len(report.findings) - errors, 'warning')} [common.breaking]")
    hints = dict.fromkeys(each.hint for each in report.findings if each.hint)
    return "\n".join([*lines, *(f"hint: {hint}" for hint in hints)])


def _tell(judged: Judged, report: CommonReport) -> Iterator[str]:
    broken = judged.broken
    at = f"{show_path(broken.path)}:{broken.line}" + (f" at {report.base[:10]}" if broken.is_gone else "")
    yield f"  {broken.symbol} {broken.told} ({at})"
    why = ", never deprecated" if judged.standing == "no-deprecation" else ""
    needs = f", and this takes {judged.wanted}" if judged.standing == "same-version" and judged.wanted else ""
    yield f"    {_STANDINGS[judged.standing]}: {tell_version(judged.version)}{needs}{why}"
    for user in judged.users[:_MOST_USERS]:
        yield f"    used in {tell_user(user)}"
    if not judged.users:
        yield "    no use was found that breaks"
    if len(judged.users) > _MOST_USERS:
        yield f"    and in {len(judged.users) - _MOST_USERS} more places; --json lists all"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def common_as_json(report: CommonReport) -> dict[str, object]:
    findings = report.findings
    errors = sum(each.severity == "error" for each in findings)
    return {
        "agent": report.agent,
        "base": report.base,
        "head": report.head,
        "changed_files": report.changed,
        "breaks": [_break_as_json(each) for each in report.judged],
        "unreadable": [
            {"path": json_path(each.path), "line": each.line, "reason": each.reason} for each in report.unreadable
        ],
        "notes": list(report.notes),
        "findings": [each.as_json() for each in findings],
        "summary": {"errors": errors, "warnings": len(findings) - errors},
    }


def _break_as_json(judged: Judged) -> dict[str, object]:
    broken, version = judged.broken, judged.version
    return {
        "symbol": broken.symbol,
        "path": json_path(broken.path),
        "line": broken.line,
        "is_gone": broken.is_gone,
        "changes": [{"kind": each.kind, "message": each.told} for each in broken.changes],
        "standing": judged.standing,
        "version": {
            "path": None if version.path is None else json_path(version.path),
            "before": version.before,
            "after": version.after,
            "wanted": judged.wanted,
            "problem": version.problem or None,
        },
        "users": [
            {
                "agent": each.agent,
                "branch_of": each.branch_of,
                "path": json_path(each.path),
                "line": each.line,
                "certainty": each.certainty,
            }
            for each in judged.users
        ],
    }
