"""How close two changes of one file are, counted on the lines of the version that both started from."""

import pytest

from agentgrid.git.hunks import LineChange
from agentgrid.git.tree_changes import Change
from agentgrid.integration.conflicts.git_verdict import GitVerdict
from agentgrid.integration.conflicts.levels import can_skip_merge, judge_paths
from agentgrid.integration.conflicts.model import Hunk, LineRange, Meeting

PATH = b"a.py"
OURS = Change(b"100644", b"100644", b"old", b"ours")
THEIRS = Change(b"100644", b"100644", b"old", b"theirs")


def meet(a: LineChange, b: LineChange, *conflicts: tuple[bytes, str]) -> Meeting:
    lines = {(b"old", b"ours"): (a,), (b"old", b"theirs"): (b,)}
    return next(judge_paths([PATH], {PATH: OURS}, {PATH: THEIRS}, GitVerdict(conflicts), lines.__getitem__))


@pytest.mark.parametrize(
    ("ours", "theirs", "level"),
    [
        (LineChange(5, 2, 5, 2), LineChange(6, 3, 6, 1), "overlap"),
        (LineChange(5, 2, 5, 2), LineChange(7, 1, 7, 1), "overlap"),  # they touch: one hunk
        (LineChange(5, 0, 6, 1), LineChange(5, 0, 6, 1), "overlap"),
        (LineChange(5, 1, 5, 1), LineChange(7, 1, 7, 1), "adjacent"),
        (LineChange(5, 1, 5, 1), LineChange(9, 1, 9, 1), "adjacent"),
        (LineChange(5, 1, 5, 1), LineChange(10, 1, 10, 1), "same-file"),
        (LineChange(5, 0, 6, 1), LineChange(9, 1, 9, 1), "adjacent"),
        (LineChange(20, 1, 20, 1), LineChange(3, 1, 3, 1), "same-file"),
    ],
)
def test_the_level_goes_by_the_lines_between(ours: LineChange, theirs: LineChange, level: str) -> None:
    assert meet(ours, theirs).level == level
    assert meet(theirs, ours).level == level


def test_the_lines_of_both_sides_are_named() -> None:
    found = meet(LineChange(5, 2, 15, 1), LineChange(6, 3, 26, 4), (PATH, "content"))

    assert found == Meeting(PATH, "conflict", "content", (Hunk(LineRange(5, 4), LineRange(15, 1), LineRange(26, 4)),))


def test_a_merge_is_only_skipped_where_files_change_more_than_a_line_apart() -> None:
    def skips(a: Change, b: Change, gap: int | None) -> bool:
        lines = {
            (a.old, a.new): (LineChange(1, 1, 1, 1),),
            (b.old, b.new): None if gap is None else (LineChange(2 + gap, 1, 2 + gap, 1),),
        }
        return can_skip_merge([PATH], {PATH: a}, {PATH: b}, lines.__getitem__)

    assert skips(OURS, THEIRS, 2)
    assert not skips(OURS, THEIRS, 1)
    assert not skips(OURS, THEIRS, None)
    assert not skips(OURS, Change(b"100644", b"000000", b"old", b"none"), 9)
    assert not skips(Change(b"100644", b"100755", b"old", b"o"), Change(b"100644", b"100755", b"old", b"t"), 9)
