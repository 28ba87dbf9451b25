"""`conflicts` while it works and while it watches: what is being done on stderr, the live picture on stdout."""

import os
import shutil
import sys
from typing import Self

from agentgrid.insight.conflict_view import ConflictView
from agentgrid.render.conflicts.signs import choose_signs
from agentgrid.render.conflicts.terminal import draw_conflicts
from agentgrid.render.live import Picture
from agentgrid.render.tables import build_lines


class ConflictScreen(Picture):
    """`conflicts --watch` on a terminal."""

    def __init__(self, *, is_wanted: bool) -> None:
        super().__init__(sys.stdout, is_wanted=is_wanted)
        self._drawn: tuple[ConflictView, os.terminal_size] | None = None

    def show(self, view: ConflictView) -> bool:
        """Draws it in its place, as much of it as there are lines; False when there is no terminal to draw on."""
        if not self.is_live:
            return False
        size = shutil.get_terminal_size()
        if (view, size) == self._drawn:
            return True
        self._drawn = (view, size)
        lines = [list(line) for line in draw_conflicts(view, choose_signs(), size.columns)]
        room = max(3, size.lines - 1)
        if len(lines) > room:  # what is taller than the screen can't be drawn over
            lines = [*lines[: room - 1], [(f"{len(lines) - room + 1} more lines: agentgrid conflicts", "dim")]]
        self.draw(build_lines(lines))
        return True


class Progressing:
    """What is being done, on stderr: a line that changes on a terminal, nothing elsewhere."""

    def __init__(self, *, is_wanted: bool = True) -> None:
        self._is_live = is_wanted and sys.stderr.isatty()
        self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._is_shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def show(self, stage: str, done: int, total: int) -> None:
        """`stage`: what is done now; `done` of `total` are. Heard from several threads: a line is one write."""
        if self._is_live:
            sys.stderr.write(f"\r\x1b[K{stage}: {done} of {total}")
            sys.stderr.flush()
            self._is_shown = True
