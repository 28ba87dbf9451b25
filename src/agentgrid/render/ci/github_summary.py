"""The table of findings for a GitHub step's summary: Markdown in which no path or message is markup."""

import re

from agentgrid.boundaries.findings import CheckReport, Finding
from agentgrid.git.paths import show_path
from agentgrid.render.ci.legible import legible

SUMMARY_BYTES = 1024 * 1024  # GitHub takes no more for a step

_MARKUP = re.compile(r"[^A-Za-z0-9 ,/;'\"?=%\x80-\U0010ffff-]")
_HEAD = "| | rule | path | what is wrong | what to do |\n|---|---|---|---|---|\n"


def render_summary(report: CheckReport, *, room: int = SUMMARY_BYTES) -> str:
    """The summary of a check in at most `room` bytes; what has no place in it is counted in its last line."""
    who = f"agent {report.agent}" if report.agent else "a person"
    if not report.findings:
        text = f"### agentgrid: nothing to object to\n\n{report.checked_paths} charged path(s) as {who}.\n\n"
        return text if len(text.encode()) <= room else ""
    counts = f"{report.errors} error(s), {report.warnings} warning(s)"
    head = f"### agentgrid: {counts}\n\n{report.checked_paths} charged path(s) as {who}.\n\n{_HEAD}"
    return _fill(head, [_row(finding) for finding in report.findings], room)


def _fill(head: str, rows: list[str], room: int) -> str:
    left = room - len(head.encode()) - len(_left_out(len(rows)).encode())
    if left < 0:
        return ""
    taken = 0
    for row in rows:
        left -= len(row.encode())
        if left < 0:
            break
        taken += 1
    return head + "".join(rows[:taken]) + (_left_out(len(rows) - taken) if taken < len(rows) else "\n")


def _left_out(count: int) -> str:
    return f"\n{count} more are left out, since a summary has no more room; `agentgrid check --json` lists all.\n\n"


def _row(finding: Finding) -> str:
    severity = "error" if finding.severity == "error" else "warning"
    path = f"<code>{_cell(show_path(finding.path))}</code>" if finding.path else ""
    cells = [severity, f"<code>{_cell(finding.rule)}</code>", path, _cell(finding.message), _cell(finding.hint or "")]
    return f"| {' | '.join(cells)} |\n"


def _cell(text: str) -> str:
    """Every character that Markdown, its tables or HTML might take for markup is written by its number."""
    plain = " ".join(legible(text).split())
    return _MARKUP.sub(lambda found: f"&#{ord(found.group())};", plain)
