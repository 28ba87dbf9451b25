"""`conflicts` for people: the matrix, what its signs mean, the worst pairs, the order to land in, what is not known."""

from collections.abc import Iterator, Sequence

from agentgrid.git.paths import show_path
from agentgrid.insight.conflict_view import ConflictView, Station
from agentgrid.integration.conflicts.model import LEVELS, ProposedOrder
from agentgrid.render.conflicts.matrix import Line, draw_matrix
from agentgrid.render.conflicts.order_words import show_cost, tell_clash
from agentgrid.render.conflicts.signs import STYLES, WORDS, Signs, choose_signs
from agentgrid.render.conflicts.worst_pairs import draw_worst
from agentgrid.render.tables import render_lines, text_width

_FEW = 2
_MOST_PATHS = 3


def render_conflicts(view: ConflictView) -> str:
    """All of it as text for stdout, coloured on a terminal."""
    return render_lines(list(draw_conflicts(view, choose_signs(), text_width())))


def draw_conflicts(view: ConflictView, signs: Signs, width: int) -> Iterator[Line]:
    """The same as lines, for a picture that is drawn again."""
    yield [_head(view)]
    if view.rows:
        yield [""]
        yield from draw_matrix(view, signs, width)
        yield [""]
        yield from _draw_legend(view, signs, width)
    if view.worst:
        yield [""]
        yield from draw_worst(view.worst, signs, is_whole=len(view.rows) <= _FEW)
    if view.order is not None and view.order.agents:
        yield [""]
        yield from _draw_order(view.order, view.stations, signs, width)
    if view.problems:
        yield [""]
        yield from _draw_problems(view)


def _head(view: ConflictView) -> str:
    count = len(view.rows)
    if not count:
        return f"no agent has work to compare with {view.report.base_branch}"
    agents = f"{count} agent{'s' if count > 1 else ''}"
    dirty = sum(row.work.is_dirty for row in view.rows)
    star = f"; * with uncommitted work ({dirty})" if dirty else ""
    return f"{agents} on {view.report.base_branch} at {view.report.base_oid[:10]}{star}"


def _draw_legend(view: ConflictView, signs: Signs, width: int) -> Iterator[Line]:
    """How many pairs of each level, the worst first; broken where the line ends."""
    line: Line = []
    used = 0
    for level in reversed(LEVELS):
        text = f" {WORDS[level]} {view.counts[level]}"
        if used + 3 + len(text) + 2 > width and line:
            yield line
            line, used = [], 0
        is_there = view.counts[level] > 0
        line += [(f" {signs.levels[level]} ", STYLES[level] if is_there else "dim"),
                 (text, "" if is_there else "dim"), "  "]  # fmt: skip
        used += 3 + len(text) + 2
    yield line


def _draw_order(order: ProposedOrder, stations: Sequence[Station], signs: Signs, width: int) -> Iterator[Line]:
    yield [("land in this order", "bold"), f" ({show_cost(order)})"]
    for text in _wrap([each.agent for each in stations], f" {signs.arrow} ", width - 2):
        yield [f"  {text}"]
    for station in stations:
        if not station.clashes:
            continue
        paths = ", ".join(show_path(path) for path in station.clashes[:_MOST_PATHS])
        more = f" and {len(station.clashes) - _MOST_PATHS} more" if len(station.clashes) > _MOST_PATHS else ""
        why = tell_clash(station, stations)
        yield [("warning: ", "bold red"), f"{station.agent} {why}: {paths}{more}"]


def _wrap(words: Sequence[str], between: str, width: int) -> Iterator[str]:
    line = ""
    for position, word in enumerate(words):
        piece = word + (between.rstrip() if position + 1 < len(words) else "")
        if line and len(line) + 1 + len(piece) > width:
            yield line
            line = ""
        line = f"{line} {piece}" if line else piece
    if line:
        yield line


def _draw_problems(view: ConflictView) -> Iterator[Line]:
    for work in view.problems:
        yield [("unknown: ", "bold red"), f"{work.agent}: {show_path((work.problem or '').encode())}"]
    count = len(view.problems)
    yield [f"What {'these agents' if count > 1 else 'this agent'} changed is in no answer above."]
