"""How each level is told: a sign, a colour and a word. The sign alone is enough; the darker it is, the worse."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from agentgrid.integration.conflicts.model import Level, LineRange

WORDS: Mapping[Level, str] = {
    "clean": "clean", "same-file": "same file", "adjacent": "adjacent", "overlap": "overlap",
    "conflict": "conflict", "unknown": "unknown",
}  # fmt: skip

STYLES: Mapping[Level | None, str] = {
    "clean": "green", "same-file": "cyan", "adjacent": "yellow", "overlap": "bold yellow",
    "conflict": "bold white on red", "unknown": "bold white on magenta", None: "dim",
}  # fmt: skip

MEANINGS: Mapping[Level, str] = {
    "clean": "they share no file",
    "same-file": "both changed a file, in different places; git merges it",
    "adjacent": "both changed a file, at most three lines apart; git merges it",
    "overlap": "both changed the same lines, or the same thing; git may merge it, somebody should read it",
    "conflict": "git can't merge it",
    "unknown": "it could not be found out, which is not the same as clean",
}


@dataclass(frozen=True)
class Signs:
    """What is drawn for each level, and the few other signs that not every terminal has."""

    levels: Mapping[Level | None, str]
    dash: str
    times: str
    more: str
    bar: str
    arrow: str

    def show_range(self, lines: LineRange) -> str:
        """`lines 12-18`; a place between lines is `after line 12`."""
        if lines.count == 0:
            return f"after line {lines.start}" if lines.start else "at the top"
        if lines.count == 1:
            return f"line {lines.start}"
        return f"lines {lines.start}{self.dash}{lines.start + lines.count - 1}"


UNICODE = Signs(
    {"clean": "·", "same-file": "░", "adjacent": "▒", "overlap": "▓", "conflict": "✗", "unknown": "?", None: " "},
    dash="\N{EN DASH}", times="\N{MULTIPLICATION SIGN}", more="…", bar="│", arrow="→",
)  # fmt: skip
ASCII = Signs(
    {"clean": ".", "same-file": "-", "adjacent": "+", "overlap": "%", "conflict": "X", "unknown": "?", None: " "},
    dash="-", times="x", more="...", bar="|", arrow="->",
)  # fmt: skip


def choose_signs() -> Signs:
    """Those that stdout can carry."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    return UNICODE if encoding.startswith("utf") else ASCII
