"""The worst pairs in words: which files, which kind, which lines of each side, and why."""

from collections.abc import Iterator, Sequence

from agentgrid.git.paths import show_path
from agentgrid.integration.conflicts.model import BASE, Hunk, Meeting, Pair
from agentgrid.render.conflicts.matrix import Line
from agentgrid.render.conflicts.signs import STYLES, WORDS, Signs

MOST_PAIRS = 10
MOST_FILES = 5
MOST_HUNKS = 4


def draw_worst(worst: Sequence[Pair], signs: Signs, *, is_whole: bool) -> Iterator[Line]:
    """A block a pair. `is_whole`: all of it, where only a few are looked at."""
    shown = worst if is_whole else worst[:MOST_PAIRS]
    for pair in shown:
        yield from _draw_pair(pair, signs, is_whole=is_whole)
    if len(shown) < len(worst):
        yield [(f"and {len(worst) - len(shown)} more pairs: agentgrid conflicts ID ID, or --json", "dim")]


def show_sides(pair: Pair, times: str) -> str:
    """The names of both, with a sign between; the base by that name."""
    return f"{pair.a} {times} {'base' if pair.b == BASE else pair.b}"


def show_hunk(pair: Pair, hunk: Hunk, signs: Signs) -> str:
    """`a1 lines 12-18, a2 lines 14-20`: each side's own lines."""
    other = "base" if pair.b == BASE else pair.b
    sides = [(pair.a, hunk.a), (other, hunk.b)]
    told = ", ".join(f"{name} {signs.show_range(lines)}" for name, lines in sides if lines is not None)
    return told or (f"base {signs.show_range(hunk.base)}" if hunk.base else "")


def show_kind(meeting: Meeting) -> str:
    """The kind, where it isn't the usual one."""
    return "" if meeting.kind == "content" else meeting.kind


def _draw_pair(pair: Pair, signs: Signs, *, is_whole: bool) -> Iterator[Line]:
    sign = signs.levels[pair.level]
    head: Line = [
        (f" {sign} ", STYLES[pair.level]),
        " ",
        (show_sides(pair, signs.times), "bold"),
        f"  {WORDS[pair.level]}",
    ]
    if pair.level == "same-file" and len(pair.files) == 1:
        yield [*head, f"  {show_path(pair.files[0].path)}"]
        return
    yield head
    if pair.problem:
        yield [f"    {show_path(pair.problem.encode())}"]
    shown = pair.files if is_whole else pair.files[:MOST_FILES]
    for meeting in shown:
        yield from _draw_file(pair, meeting, signs, is_whole=is_whole)
    if len(shown) < len(pair.files):
        yield [(f"    and {len(pair.files) - len(shown)} more files", "dim")]


def _draw_file(pair: Pair, meeting: Meeting, signs: Signs, *, is_whole: bool) -> Iterator[Line]:
    level = WORDS[meeting.level] if meeting.level != pair.level else ""
    about = ", ".join(each for each in (level, show_kind(meeting)) if each)
    yield [f"    {show_path(meeting.path)}", (f"  {about}" if about else "", "dim")]
    if meeting.reason:
        yield [f"      {show_path(meeting.reason.encode())}"]
    told = [text for hunk in meeting.hunks if (text := show_hunk(pair, hunk, signs))]
    shown = told if is_whole else told[:MOST_HUNKS]
    for text in shown:
        yield [(f"      {text}", "cyan")]
    if len(shown) < len(told):
        yield [(f"      and {len(told) - len(shown)} more places", "dim")]
