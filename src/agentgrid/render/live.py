"""A picture that is drawn again and again in its place on a terminal; nothing elsewhere."""

import os
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    import rich.live
    from rich.console import RenderableType


class Picture:
    """On `stream`, when that is a terminal that can be drawn on and somebody wants it."""

    def __init__(self, stream: TextIO, *, is_wanted: bool = True) -> None:
        self._live: rich.live.Live | None = None
        if is_wanted and stream.isatty() and os.environ.get("TERM") != "dumb":
            from rich.console import Console
            from rich.live import Live

            console = Console(file=stream, highlight=False, emoji=False)
            # No thread of its own: who draws says when, and starts other programs.
            self._live = Live(console=console, auto_refresh=False, transient=True, vertical_overflow="visible",
                              redirect_stdout=False, redirect_stderr=False)  # fmt: skip

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    @property
    def is_live(self) -> bool:
        return self._live is not None

    def draw(self, what: "RenderableType") -> None:
        if self._live is not None:
            self._live.update(what, refresh=True)
