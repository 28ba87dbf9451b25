"""Findings for people and for coding agents: what was refused, whose it is, what to type next. Plain text."""

from collections.abc import Iterable

from agentgrid.boundaries.findings import CheckReport, Finding
from agentgrid.git.paths import show_path

_MOST_LINES = 20


def render_refusal(report: CheckReport, act: str) -> str:
    """The message of a guard that says no. `act`: what was refused, as in `commit`."""
    errors = [finding for finding in report.findings if finding.severity == "error"]
    who = report.agent or "you"
    lines = [f"agentgrid: refused: {who} may not make this {act}", *_lines(report.findings)]
    lines += [f"hint: {hint}" for hint in _hints(errors)]
    return "\n".join(lines)


def render_warnings(report: CheckReport) -> str:
    return "\n".join(["agentgrid: allowed, with warnings", *_lines(report.findings)])


def render_verdict(report: CheckReport, act: str) -> str:
    """A refusal, or the warnings of what is let through."""
    return render_refusal(report, act) if report.errors else render_warnings(report)


def render_report(report: CheckReport) -> str:
    """What `agentgrid check` prints."""
    who = f"agent {report.agent}" if report.agent else "a person"
    scope = "the index" if report.head is None else report.head[:10]
    head = f"{scope} against {report.base[:10]} as {who}: {report.checked_paths} charged path(s)"
    if not report.findings:
        return f"{head}, nothing to object to"
    count = f"{report.errors} error(s), {report.warnings} warning(s)"
    return "\n".join(
        [f"{head}, {count}", *_lines(report.findings), *(f"hint: {hint}" for hint in _hints(report.findings))]
    )


def _lines(findings: Iterable[Finding]) -> list[str]:
    listed = list(findings)
    lines = [_line(finding) for finding in listed[:_MOST_LINES]]
    if len(listed) > _MOST_LINES:
        lines.append(f"  and {len(listed) - _MOST_LINES} more; `agentgrid check --json` lists all")
    return lines


def _line(finding: Finding) -> str:
    where = f"{show_path(finding.path)} " if finding.path else ""
    return f"  {finding.severity}: {where}{finding.message} [{finding.rule}]"


def _hints(findings: Iterable[Finding]) -> list[str]:
    """Each hint once; of many alike (one a path) the first few are enough to see what to do."""
    hints = list(dict.fromkeys(finding.hint for finding in findings if finding.hint))
    return hints[:3]
