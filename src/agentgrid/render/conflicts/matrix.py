"""The heat matrix: a triangle of cells with the base in its first column, as wide as there is room for.

Few agents get wide cells under their whole ids; many get narrow ones under ids written downwards, or under numbers
where the ids are long; more than fit are drawn in several parts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from agentgrid.insight.conflict_view import ConflictView, MatrixRow, PairCell
from agentgrid.integration.conflicts.model import BASE
from agentgrid.render.conflicts.signs import STYLES, Signs
from agentgrid.render.tables import Cell

Line = list[Cell]

_LONGEST_LABEL = 24
_TALLEST_HEAD = 6
_WIDEST_CELL = 10
_ROWS_WITH_ECHO = 12


@dataclass(frozen=True)
class Layout:
    """How it is drawn. `cell`: columns of the terminal for each cell, its gap included. `per_part`: agents in each
    part. `heads`: one a column, the base's first."""

    label: int
    cell: int
    per_part: int
    heads: tuple[str, ...]
    is_upright: bool
    is_numbered: bool


def draw_matrix(view: ConflictView, signs: Signs, width: int) -> list[Line]:
    """The lines of the matrix, none wider than `width` as long as that leaves room for a label and two cells."""
    names = [_show_name(row) for row in view.rows]
    layout = plan_layout([row.work.agent for row in view.rows], max(map(len, names), default=0), width)
    lines: list[Line] = []
    for start in range(0, max(1, len(view.rows) - 1), layout.per_part):
        lines += [[""]] if lines else []
        lines += _draw_part(view.rows, names, layout, signs, start)
    return lines


def plan_layout(ids: Sequence[str], longest_name: int, width: int) -> Layout:
    """What fits: whole ids across, else ids downwards, else numbers."""
    columns = [BASE, *ids[:-1]]
    across = max(map(len, columns)) + 1
    label = min(longest_name, _LONGEST_LABEL)
    if across <= _WIDEST_CELL and label + 3 + across * len(columns) <= width:
        return Layout(label, across, len(columns), tuple(columns), is_upright=False, is_numbered=False)
    is_numbered = max(map(len, ids)) > _TALLEST_HEAD
    heads = [BASE, *(str(number + 1) for number in range(len(ids) - 1))] if is_numbered else columns
    label += len(str(len(ids))) + 1 if is_numbered else 0
    echo = 1 + max(map(len, heads)) if len(ids) >= _ROWS_WITH_ECHO else 0
    room = width - label - 3
    cell = max(1, min(3, (room - echo) // len(columns)))
    per_part = max(2, (room - max(0, echo - cell)) // cell - 1)
    return Layout(label, cell, per_part, tuple(heads), is_upright=True, is_numbered=is_numbered)


def _draw_part(
    rows: Sequence[MatrixRow], names: Sequence[str], layout: Layout, signs: Signs, start: int
) -> Iterator[Line]:
    """The columns of the agents from number `start` on, and the rows that have cells there."""
    end = min(start + layout.per_part, max(1, len(rows) - 1))
    heads = [layout.heads[0], *layout.heads[start + 1 : end + 1]]
    yield from _draw_heads(heads, layout, signs)
    for position in range(start, len(rows)):
        row, name = rows[position], names[position]
        number = f"{position + 1:>{len(str(len(rows)))}} " if layout.is_numbered else ""
        room = layout.label - len(number)
        shown = name if len(name) <= room else name[: room - len(signs.more)] + signs.more
        line: Line = [(f"{number}{shown}".ljust(layout.label), "bold red" if row.work.problem else "bold"), " "]
        line += _draw_cell(row.base, layout, signs)
        line.append((f" {signs.bar}", "dim"))
        for cell in row.cells[start:end]:
            line += _draw_cell(cell, layout, signs)
        if len(rows) >= _ROWS_WITH_ECHO and position < end:
            line.append((f" {layout.heads[position + 1]}" if position + 1 < len(layout.heads) else "", "dim"))
        yield line


def _draw_heads(heads: Sequence[str], layout: Layout, signs: Signs) -> Iterator[Line]:
    if not layout.is_upright:
        base, *others = (f"{head:^{layout.cell}}" for head in heads)
        yield [" " * (layout.label + 1), (base, "dim"), (f" {signs.bar}", "dim"), ("".join(others), "bold")]
        return
    tallest = max(map(len, heads))
    for signs_of_line in zip_longest(*(head.rjust(tallest) for head in heads), fillvalue=" "):
        base, *others = (f"{sign:^{layout.cell}}" for sign in signs_of_line)
        yield [" " * (layout.label + 1), (base, "dim"), (f" {signs.bar}", "dim"), ("".join(others), "bold")]


def _draw_cell(cell: PairCell, layout: Layout, signs: Signs) -> Line:
    """The sign fills the cell but for a gap where there is room for one."""
    sign = signs.levels[cell.level]
    inner = layout.cell - 1 if layout.cell > 1 else 1
    text = f"{sign:^{inner}}" if cell.level not in _SHADED or signs.levels["conflict"] == "X" else sign * inner
    return [(text, STYLES[cell.level]), " " * (layout.cell - inner)]


_SHADED = frozenset({"same-file", "adjacent", "overlap"})


def _show_name(row: MatrixRow) -> str:
    """An agent; with a star when uncommitted work is in the picture."""
    return f"{row.work.agent}{'*' if row.work.is_dirty else ''}{' !' if row.work.problem else ''}"
