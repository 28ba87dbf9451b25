"""`each` for people: a live table while it runs on a terminal, lines elsewhere; then the results."""

import sys

from agentgrid.render.live import Picture
from agentgrid.render.streams import note
from agentgrid.render.tables import Cell, build_table, render_table
from agentgrid.work.each.outcome import EachReport, Outcome, Progress, State
from agentgrid.workspace.budgets.verdicts import format_seconds

_STYLES: dict[State, str] = {
    "waiting": "dim", "running": "cyan", "passed": "green", "failed": "bold red", "timeout": "bold red",
    "budget": "bold red", "cancelled": "yellow", "skipped": "dim",
}  # fmt: skip
_HEADERS = ("agent", "state", "exit", "time", "")


class Progressing(Picture):
    """How all are doing, on stderr: the answer is for stdout."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self._told: dict[str, tuple[str, str | None]] = {}

    def show(self, outcomes: Progress) -> None:
        """Draws the table again; without a terminal, says what has changed."""
        if self.is_live:
            self.draw(build_table(_HEADERS, [_row(each) for each in outcomes]))
            return
        for each in outcomes:
            seen = (each.state, each.reason if each.state == "waiting" else None)
            if self._told.get(each.agent, ("waiting", None)) != seen:
                note(f"  {each.agent}: {_tell(each)}")
            self._told[each.agent] = seen


def render_each(report: EachReport) -> str:
    """One line an agent; below it the last lines of those that failed, and where all of it is."""
    table = render_table(_HEADERS, [_row(each) for each in report.outcomes])
    ends = [_show_end(each) for each in report.outcomes if not each.is_good and each.log is not None]
    return "\n\n".join([table, *ends, _sum_up(report)])


def _show_end(each: Outcome) -> str:
    return "\n".join([f"{each.agent}, the end of {each.log}:", *(f"  {line}" for line in each.last_lines)])


def _row(each: Outcome) -> list[Cell]:
    return [
        (each.agent, "bold"),
        (each.state, _STYLES[each.state]),
        "" if each.code is None else str(each.code),
        "" if each.state in {"waiting", "skipped"} else format_seconds(each.seconds),
        each.reason or "",
    ]


def _tell(each: Outcome) -> str:
    code = f" with exit code {each.code}" if each.code else ""
    time = f" after {format_seconds(each.seconds)}" if each.code is not None else ""
    return f"{each.state}{code}{time}{f': {each.reason}' if each.reason else ''}"


def _sum_up(report: EachReport) -> str:
    counts: dict[str, int] = {}
    for each in report.outcomes:
        counts[each.state] = counts.get(each.state, 0) + 1
    counted = ", ".join(f"{count} {state}" for state, count in counts.items())
    logs = [each.log for each in report.outcomes if each.log is not None]
    return f"{counted} in {format_seconds(report.seconds)}{f'; output in {logs[0].parent}' if logs else ''}"
