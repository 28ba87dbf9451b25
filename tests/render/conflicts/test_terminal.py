"""The heat matrix on a terminal, whole: at few and at many agents, narrow and wide, with and without UTF-8."""

import io
import re
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from agentgrid.insight.conflict_view import view_conflicts
from agentgrid.integration.conflicts.model import BASE, ConflictReport, LineRange
from agentgrid.render.conflicts.signs import ASCII, STYLES, UNICODE, Signs
from agentgrid.render.conflicts.terminal import draw_conflicts, render_conflicts
from agentgrid.render.tables import build_lines
from support.conflict_reports import of_four, of_many, of_none, of_trio, of_unknown
from support.golden import require_golden

GOLDEN = Path(__file__).parent / "golden"


def drawn(report: ConflictReport, *, width: int, signs: Signs = UNICODE) -> str:
    """The text as it stands, without colour."""
    lines = draw_conflicts(view_conflicts(report), signs, width)
    texts = ["".join(piece if isinstance(piece, str) else piece[0] for piece in line).rstrip() for line in lines]
    return "\n".join(texts) + "\n"


def matrix_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if "│" in line or "|" in line]


@pytest.mark.parametrize(
    ("name", "report", "width", "signs"),
    [
        ("four-80", of_four(), 80, UNICODE),
        ("four-200", of_four(), 200, UNICODE),
        ("four-ascii", of_four(), 80, ASCII),
        ("forty-80", of_many(40), 80, UNICODE),
        ("forty-200", of_many(40), 200, UNICODE),
        ("forty-long-names-80", of_many(40, name="orchestrator-{}"), 80, UNICODE),
        ("hundred-80", of_many(100), 80, UNICODE),
        ("none", of_none(), 80, UNICODE),
        ("unknown", of_unknown(), 80, UNICODE),
        ("together", of_trio(), 80, UNICODE),
        ("nobody", ConflictReport("main", "0" * 40, (), ()), 80, UNICODE),
    ],
)
def test_what_people_see_is_this(name: str, report: ConflictReport, width: int, signs: Signs) -> None:
    require_golden(GOLDEN / f"{name}.txt", drawn(report, width=width, signs=signs))


@pytest.mark.parametrize("count", [1, 2, 4, 11, 40, 66, 150])
@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", ["a{}", "orchestrator-{}"])
def test_no_line_of_the_matrix_is_wider_than_the_terminal(count: int, width: int, name: str) -> None:
    text = drawn(of_many(count, name=name), width=width)

    assert max(len(line) for line in matrix_of(text)) <= width


@pytest.mark.parametrize(("count", "width"), [(2, 200), (40, 200), (40, 80), (100, 80), (60, 40)])
def test_every_pair_is_in_the_matrix_once(count: int, width: int) -> None:
    report = of_many(count)

    cells = "".join(line.split("│", 1)[1] for line in matrix_of(drawn(report, width=width)))

    found = {level: len(re.findall(f"{re.escape(sign)}+", cells)) if width == 200 else cells.count(sign)
             for level, sign in UNICODE.levels.items() if level is not None}  # fmt: skip
    expected = Counter(pair.level for pair in report.pairs if pair.b != BASE)
    assert {level: number for level, number in found.items() if number} == expected


def test_the_signs_of_all_levels_differ_without_colour() -> None:
    for signs in (UNICODE, ASCII):
        assert len(set(signs.levels.values())) == len(signs.levels)
        assert all(len(sign) == 1 for sign in signs.levels.values())
    assert all(sign.isascii() for sign in (*ASCII.levels.values(), ASCII.dash, ASCII.times, ASCII.more, ASCII.bar))


def test_the_styles_of_all_levels_differ() -> None:
    assert len(set(STYLES.values())) == len(STYLES)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (LineRange(12, 7), "lines 12-18"),
        (LineRange(3, 1), "line 3"),
        (LineRange(9, 0), "after line 9"),
        (LineRange(0, 0), "at the top"),
    ],
)
def test_lines_are_told_as_people_count_them(lines: LineRange, text: str) -> None:
    assert ASCII.show_range(lines) == text


def test_outside_a_terminal_nothing_is_coloured_and_no_line_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    text = render_conflicts(view_conflicts(of_unknown()))

    assert "\x1b" not in text
    assert "unknown: a2: its worktree ../wt-a2 is gone; agentgrid agent repair" in text.splitlines()


def test_on_a_terminal_a_conflict_has_a_colour_of_its_own() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, color_system="standard", no_color=False)
    console.print(build_lines(list(draw_conflicts(view_conflicts(of_four()), UNICODE, 80))), soft_wrap=True)

    assert re.search(r"\x1b\[1;37;41m +✗", stream.getvalue())


def test_all_files_and_places_are_told_where_only_two_are_looked_at() -> None:
    few = of_many(2)
    many = of_many(40)

    assert "more pairs" not in drawn(few, width=80)
    assert "more pairs: agentgrid conflicts ID ID, or --json" in drawn(many, width=80)
