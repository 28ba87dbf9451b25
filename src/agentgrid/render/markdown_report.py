"""A report as Markdown: a comment under a pull request for all agents, and the body of one agent's pull request."""

from collections import Counter
from datetime import datetime

from agentgrid.insight.conflict_view import BAD_LEVELS, ConflictView
from agentgrid.insight.report import GridReport
from agentgrid.insight.report_sections import Item, Section, list_sections
from agentgrid.integration.conflicts.model import Pair
from agentgrid.render.conflicts.markdown import count_bad, tell_conflicts, tell_pairs, tell_verdict
from agentgrid.render.conflicts.order_words import tell_clash
from agentgrid.render.markdown import code, details, path_code, plain, table

_OPEN = frozenset({"agents", "reviews"})


def render_markdown_report(report: GridReport) -> str:
    """Short: the verdict, the worst pairs and the order stand open, everything else is folded."""
    parts = [f"## agentgrid: {plain(report.name)}", tell_verdict(report.conflicts), *tell_conflicts(report.conflicts)]
    parts += [_tell_section(section) for section in list_sections(report) if section.rows]
    parts += [f"> ⚠️ {plain(warning)}" for warning in report.warnings]
    parts.append(f"<sub>{report.made_at:%Y-%m-%d %H:%M} UTC, base {code(report.conflicts.report.base_oid[:10])}</sub>")
    return "\n\n".join(parts)


def render_pull_request_body(view: ConflictView, agent: str, made_at: datetime) -> str:
    """What the reviewers of `agent` should know: what its work meets, and when it should land."""
    met = [pair for pair in view.worst if agent in {pair.a, pair.b}]
    parts = [_verdict_on(agent, met, view), *_place_in_order(agent, view)]
    bad = [pair for pair in met if pair.level in BAD_LEVELS]
    rest = [pair for pair in met if pair.level not in BAD_LEVELS]
    parts += [tell_pairs(bad)] if bad else []
    if rest:
        what = f"{_count(len(rest), 'other branch', 'other branches')} with changes to the same files, which git merges"
        parts.append(details(what, tell_pairs(rest)))
    parts.append(f"<sub>agentgrid, {made_at:%Y-%m-%d %H:%M} UTC, "
                 f"base {code(view.report.base_branch)} at {code(view.report.base_oid[:10])}</sub>")  # fmt: skip
    return "\n\n".join(parts)


def _verdict_on(agent: str, met: list[Pair], view: ConflictView) -> str:
    problem = next((work.problem for work in view.problems if work.agent == agent), None)
    if problem is not None:
        return f"❓ What {plain(agent)} changed could not be looked at: {plain(problem)}"
    counted = count_bad(Counter(pair.level for pair in met))
    if counted:
        return f"❌ {plain(agent)}: **{' and '.join(counted)}** with other agents' work or the base."
    return f"✅ {plain(agent)}: merges with the base and with every other agent's work."


def _place_in_order(agent: str, view: ConflictView) -> list[str]:
    station = next((each for each in view.stations if each.agent == agent), None)
    if station is None:
        return []
    before = [plain(each.agent) for each in view.stations[: station.position - 1]]
    after = f", after {', '.join(before)}" if before else ""
    lines = [f"**Proposed to land as number {station.position} of {len(view.stations)}**{after}."]
    if station.clashes:
        paths = ", ".join(path_code(path) for path in station.clashes)
        lines += ["", f"⚠️ It {plain(tell_clash(station, view.stations))}: {paths}"]
    return ["\n".join(lines)]


def _tell_section(section: Section) -> str:
    drawn = table(
        [plain(header) for header in section.headers], [[_cell(item) for item in row] for row in section.rows]
    )
    return f"### {section.title}\n\n{drawn}" if section.key in _OPEN else details(section.title, drawn)


def _cell(item: Item) -> str:
    text = plain(item.text)
    return f"**{text}**" if text and item.tone in {"name", "bad"} else text


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
