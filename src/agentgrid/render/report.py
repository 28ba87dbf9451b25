"""`report` on a terminal and as JSON: the same tables as the page, one below the other."""

from collections.abc import Mapping

from agentgrid.insight.report import GridReport, ReviewLine
from agentgrid.insight.report_sections import Item, Section, Tone, list_sections
from agentgrid.render.conflicts.structured import conflicts_as_json
from agentgrid.render.conflicts.terminal import render_conflicts
from agentgrid.render.tables import Cell, render_styled, render_table

_STYLES: Mapping[Tone, str] = {
    "": "", "name": "bold", "good": "green", "warn": "yellow", "bad": "bold red", "quiet": "dim",
}  # fmt: skip
_BAR_WIDTH = 20


def render_report(report: GridReport) -> str:
    """A summary: conflicts first, then every table that has something in it."""
    parts = [render_styled(f"{report.name}, {report.made_at:%Y-%m-%d %H:%M} UTC", "bold")]
    parts.append(render_conflicts(report.conflicts))
    parts += [_render_section(section) for section in list_sections(report)]
    parts += ["\n".join(f"warning: {warning}" for warning in report.warnings)] if report.warnings else []
    return "\n\n".join(parts)


def report_as_json(report: GridReport) -> dict[str, object]:
    """Everything as its own command tells it."""
    return {
        "made_at": report.made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "since": report.since,
        "status": report.status.as_json(),
        "conflicts": conflicts_as_json(report.conflicts),
        "ownership": report.ownership.as_json(),
        "leases": None if report.leases is None else [view.as_json() for view in report.leases],
        "budgets": report.budgets.as_json(),
        "landings": None if report.landings is None else [event.as_json() for event in report.landings],
        "events": None if report.events is None else dict(report.events),
        **({"reviews": [_review(each) for each in report.reviews]} if report.reviews is not None else {}),
    }


def _review(each: ReviewLine) -> dict[str, object]:
    return {"agent": each.agent, "commit": each.commit, "state": each.state, "reviewers": list(each.reviewers)}


def _render_section(section: Section) -> str:
    title = render_styled(section.title, "bold")
    if not section.rows:
        return f"{title}\n  {section.empty}"
    return f"{title}\n{render_table(section.headers, [[_cell(item) for item in row] for row in section.rows])}"


def _cell(item: Item) -> Cell:
    if item.share is None:
        return (item.text, _STYLES[item.tone])
    filled = min(_BAR_WIDTH, round(item.share * _BAR_WIDTH))
    return (f"{item.text:>4} {'█' * filled}", _STYLES[item.tone] or "cyan")
