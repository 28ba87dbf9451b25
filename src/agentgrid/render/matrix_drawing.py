"""Where everything of the matrix stands on the page: the triangle of cells, heads above, the base in its own column."""

from dataclasses import dataclass

from agentgrid.insight.conflict_view import ConflictView, MatrixRow, PairCell
from agentgrid.integration.conflicts.model import BASE, Level
from agentgrid.render.conflicts.signs import WORDS

_SIZES = ((6, 40), (12, 32), (30, 22), (45, 20))  # up to so many agents: so large a cell
_SMALLEST = 17
_WITH_ECHOES = 12  # more agents than that: names stand on the diagonal as well
_LETTER = 8.0  # the widest of the page's letters at its size
_LONGEST = 22
_GAP = 10


@dataclass(frozen=True)
class DrawnCell:
    """`title`: what it says in words. `target`: the pair's place in the list of the worst, if it has one."""

    x: float
    y: float
    level: Level
    title: str
    target: int | None = None


@dataclass(frozen=True)
class DrawnName:
    x: float
    y: float
    text: str
    title: str


@dataclass(frozen=True)
class MatrixDrawing:
    """Sizes in CSS pixels. `rows`: names on the left; `heads`: names above, to be written upwards.
    `echoes`: names on the diagonal, above their columns."""

    width: float
    height: float
    cell: int
    cells: tuple[DrawnCell, ...]
    rows: tuple[DrawnName, ...]
    heads: tuple[DrawnName, ...]
    echoes: tuple[DrawnName, ...]


def draw_matrix(view: ConflictView, targets: dict[tuple[str, str], int]) -> MatrixDrawing:
    """`targets`: pair → its number in the list of worst ones. Cells that nobody compared are left out."""
    count = len(view.rows)
    cell = next((size for most, size in _SIZES if count <= most), _SMALLEST)
    longest = min(_LONGEST, max((len(_name(row.work.agent)) + 2 for row in view.rows), default=4))
    left, top = longest * _LETTER + 8, max(longest, len("base")) * _LETTER + 8

    def column(position: int) -> float:
        return left + (0 if position < 0 else cell + _GAP + position * cell)

    cells = [
        DrawnCell(column(place), top + y * cell, each.level, _title(each), targets.get((each.a, each.b)))
        for y, row in enumerate(view.rows)
        for place, each in ((-1, row.base), *enumerate(row.cells))
        if each.level is not None
    ]
    rows = [_row_name(left - 8, top + (y + 0.5) * cell, row) for y, row in enumerate(view.rows)]
    heads = [DrawnName(column(-1) + cell / 2, top - 6, "base", view.report.base_branch)]
    heads += [DrawnName(column(x) + cell / 2, top - 6, _name(row.work.agent), row.work.branch or "")
              for x, row in enumerate(view.rows[:-1])]  # fmt: skip
    echoes = [DrawnName(column(y) + 6, row.y, row.text.removesuffix(" *"), row.title) for y, row in enumerate(rows)]
    width = column(max(count - 1, 0)) + 4 + (longest * _LETTER if count > _WITH_ECHOES else 0)
    return MatrixDrawing(width, top + count * cell + 4, cell, tuple(cells), tuple(rows), tuple(heads),
                         tuple(echoes[1:]) if count > _WITH_ECHOES else ())  # fmt: skip


def _title(cell: PairCell) -> str:
    other = "the base" if cell.b == BASE else cell.b
    files = f", {cell.files} file{'' if cell.files == 1 else 's'}" if cell.files else ""
    return f"{cell.a} and {other}: {WORDS[cell.level or 'unknown']}{files}"


def _name(agent: str) -> str:
    return agent if len(agent) <= _LONGEST else agent[: _LONGEST - 1] + "…"


def _row_name(x: float, y: float, row: MatrixRow) -> DrawnName:
    work = row.work
    about = f"{work.branch or 'no branch'}{', with uncommitted work' if work.is_dirty else ''}"
    return DrawnName(x, y, _name(work.agent) + (" *" if work.is_dirty else ""), about)
