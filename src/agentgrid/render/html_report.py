"""`report --html`: one page that needs nothing but itself, no script, no network; whatever stands in it is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentgrid.git.paths import show_path
from agentgrid.insight.conflict_view import ConflictView, Station
from agentgrid.insight.report import GridReport
from agentgrid.insight.report_sections import list_sections
from agentgrid.integration.conflicts.model import LEVELS, Pair
from agentgrid.machine.shipped import shipped_directory
from agentgrid.render.conflicts.order_words import show_cost, tell_clash
from agentgrid.render.conflicts.signs import MEANINGS, UNICODE, WORDS
from agentgrid.render.conflicts.worst_pairs import show_hunk, show_kind, show_sides
from agentgrid.render.matrix_drawing import draw_matrix

if TYPE_CHECKING:
    from jinja2 import Template

_MOST_PAIRS = 60


@dataclass(frozen=True)
class ToldFile:
    """One file of a pair in words."""

    path: str
    level: str
    about: str
    reason: str
    hunks: tuple[str, ...]


@dataclass(frozen=True)
class ToldPair:
    """One of the worst pairs in words."""

    sides: str
    level: str
    word: str
    problem: str
    files: tuple[ToldFile, ...]


@dataclass(frozen=True)
class ToldStation:
    """One stop of the order in words."""

    agent: str
    clashes: tuple[str, ...]
    why: str


def render_html_report(report: GridReport) -> str:
    """The whole page."""
    view = report.conflicts
    worst = view.worst[:_MOST_PAIRS]
    targets = {(pair.a, pair.b): number for number, pair in enumerate(worst, 1)}
    targets |= {(b, a): number for (a, b), number in targets.items()}
    return _template().render(
        report=report,
        view=view,
        matrix=draw_matrix(view, targets),
        levels=list(reversed(LEVELS)),
        words=WORDS,
        meanings=MEANINGS,
        pairs=[_tell_pair(pair) for pair in worst],
        more_pairs=len(view.worst) - len(worst),
        stations=[_tell_station(each, view.stations) for each in view.stations],
        cost=show_cost(view.order) if view.order else "",
        problems=[(work.agent, show_path((work.problem or "").encode())) for work in view.problems],
        sections=list_sections(report),
        total=sum(view.counts.values()),
        verdict=_verdict(view),
    )


def _tell_pair(pair: Pair) -> ToldPair:
    problem = show_path(pair.problem.encode()) if pair.problem else ""
    files = tuple(
        ToldFile(
            show_path(each.path),
            each.level,
            show_kind(each),
            show_path(each.reason.encode()),
            tuple(text for hunk in each.hunks if (text := show_hunk(pair, hunk, UNICODE))),
        )
        for each in pair.files
    )
    return ToldPair(show_sides(pair, UNICODE.times), pair.level, WORDS[pair.level], problem, files)


def _tell_station(station: Station, stations: Sequence[Station]) -> ToldStation:
    clashes = tuple(show_path(path) for path in station.clashes)
    return ToldStation(station.agent, clashes, tell_clash(station, stations))


def _verdict(view: ConflictView) -> str:
    if not view.rows:
        return "No agent has work to compare with the base."
    if view.is_clean:
        return "All of it can land as it is."
    conflicts, unknown = view.counts["conflict"], view.counts["unknown"]
    told = [f"{conflicts} pair{'s conflict' if conflicts != 1 else ' conflicts'}"] if conflicts else []
    told += [f"of {unknown} pair{'s' if unknown != 1 else ''} it can't be told"] if unknown else []
    text = " and ".join(told) or "some work conflicts only once all of it comes together"
    return f"{text[:1].upper()}{text[1:]}."


def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(shipped_directory("templates")), undefined=StrictUndefined, autoescape=True,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("report.html.j2")
