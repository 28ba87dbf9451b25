"""Tables for people: coloured on a terminal, plain text elsewhere. Returns text; `streams` prints it."""

import io
import os
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

Cell = str | tuple[str, str]  # text, or (text, rich style)


def render_table(headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, title: str | None = None) -> str:
    """Columns that line up; long text is folded, never cut."""
    return _draw(build_table(headers, rows, title=title))


def build_table(headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, title: str | None = None) -> "Table":
    """The same for a picture that is drawn again."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False, show_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else Text(cell[0], style=cell[1]) for cell in row))
    return table


def render_lines(lines: Sequence[Sequence[Cell]]) -> str:
    """Lines of styled pieces, as they are: neither folded nor cut."""
    return _draw(build_lines(lines), soft_wrap=True)


def build_lines(lines: Sequence[Sequence[Cell]]) -> "Text":
    """The same for a picture that is drawn again."""
    from rich.text import Text

    pieces = [Text.assemble(*line) for line in lines]
    return Text("\n", no_wrap=True, overflow="ignore").join(pieces)


def text_width() -> int:
    """How wide stdout is: its terminal's width, else COLUMNS, else 120."""
    if sys.stdout.isatty():
        return shutil.get_terminal_size().columns
    return _plain_width()


def render_styled(text: str, style: str) -> str:
    """One piece of text in a style; plain where colour is not wanted."""
    from rich.text import Text

    return _draw(Text(text, style=style))


def render_code(text: str, language: str) -> str:
    """Code as it is, in colour on a terminal. What a terminal would take for a command is shown by its number."""
    shown = "".join(char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode()
                    for char in text)  # fmt: skip
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return shown
    from rich.syntax import Syntax

    return _draw(Syntax(shown, language, theme="ansi_dark", background_color="default", word_wrap=True))


def _draw(renderable: object, *, soft_wrap: bool = False) -> str:
    from rich.console import Console

    stream = io.StringIO()
    is_terminal = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = None if sys.stdout.isatty() else _plain_width()
    console = Console(
        file=stream, force_terminal=is_terminal, no_color=not is_terminal, width=width, highlight=False, emoji=False
    )
    console.print(renderable, soft_wrap=soft_wrap)
    lines = [line.rstrip() for line in stream.getvalue().rstrip("\n").split("\n")]
    return "\n".join(lines)


def _plain_width() -> int:
    return int(os.environ.get("COLUMNS") or 120)
