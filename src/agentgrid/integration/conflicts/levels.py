"""How close two sides come in one path, and in all: pure, from what each changed and what git said."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from agentgrid.git.hunks import BlobPair, LineChange
from agentgrid.git.tree_changes import Change, Changes
from agentgrid.integration.conflicts.git_verdict import GitVerdict
from agentgrid.integration.conflicts.model import Hunk, Level, LineRange, Meeting

LinesOf = Callable[[BlobPair], Sequence[LineChange] | None]
"""(old blob, new blob) → what changed, None where that isn't text or isn't known."""

NEAR = 3
"""So many unchanged lines between two changes still make them adjacent."""

_MOST_HUNKS = 50  # of one file that a report names


def judge_paths(paths: Iterable[bytes], a: Changes, b: Changes, verdict: GitVerdict, lines_of: LinesOf
                ) -> Iterator[Meeting]:  # fmt: skip
    """A meeting for each path that both changed, and for each that git leaves in conflict beside them."""
    kinds = dict(verdict.conflicts)
    for path in paths:
        yield _judge(path, a[path], b[path], kinds.pop(path, None), lines_of)
    yield from (Meeting(path, "conflict", kind) for path, kind in kinds.items())


def can_skip_merge(paths: Iterable[bytes], a: Changes, b: Changes, lines_of: LinesOf) -> bool:
    """True where git surely merges all of `paths` by itself: files on both sides, changed more than a line apart."""
    for path in paths:
        ours, theirs = a[path], b[path]
        if not (ours.is_plain and theirs.is_plain) or _both_change_mode(ours, theirs):
            return False
        one, other = lines_of((ours.old, ours.new)), lines_of((theirs.old, theirs.new))
        if one is None or other is None or any(gap < 2 for gap, _, _ in _gaps(one, other)):
            return False
    return True


def _judge(path: bytes, a: Change, b: Change, conflict: str | None, lines_of: LinesOf) -> Meeting:
    kind = conflict or _kind_of(a, b)
    if not (a.is_plain and b.is_plain):
        return Meeting(path, "conflict" if conflict else "same-file", kind)
    one, other = lines_of((a.old, a.new)), lines_of((b.old, b.new))
    if one is None or other is None:
        return Meeting(path, "conflict" if conflict else "same-file", "binary" if kind == "content" else kind)
    gaps = _gaps(one, other)
    nearest = min((gap for gap, _, _ in gaps), default=NEAR + 1)
    level: Level = "conflict" if conflict else _level(nearest)
    bound = max(nearest, 0) if level != "same-file" else -1
    hunks = [_hunk(ours, theirs) for gap, ours, theirs in gaps if gap <= bound]
    return Meeting(path, level, kind, tuple(hunks[:_MOST_HUNKS]))


def _level(gap: int) -> Level:
    if gap <= 0:
        return "overlap"
    return "adjacent" if gap <= NEAR else "same-file"


def _gaps(a: Sequence[LineChange], b: Sequence[LineChange]) -> list[tuple[int, LineChange, LineChange]]:
    """Pairs of changes with the unchanged lines of the old version between them; at most 0 where they touch. Of those
    further apart only neighbours are there, so the list is no longer than both."""
    found: list[tuple[int, LineChange, LineChange]] = []
    i = j = 0
    while i < len(a) and j < len(b):
        (start, end), (other_start, other_end) = _extent(a[i]), _extent(b[j])
        found.append((max(start, other_start) - min(end, other_end), a[i], b[j]))
        if end < other_end:
            i += 1
        else:
            j += 1
    return found


def _extent(change: LineChange) -> tuple[int, int]:
    """Where it starts and ends on the old version, counted in places between lines."""
    start = change.old_start - 1 if change.old_count else change.old_start
    return start, start + change.old_count


def _hunk(a: LineChange, b: LineChange) -> Hunk:
    (start, end), (other_start, other_end) = _extent(a), _extent(b)
    low, high = min(start, other_start), max(end, other_end)
    base = LineRange(low + 1, high - low) if high > low else LineRange(low, 0)
    return Hunk(base, LineRange(a.new_start, a.new_count), LineRange(b.new_start, b.new_count))


def _both_change_mode(a: Change, b: Change) -> bool:
    return a.old_mode != a.new_mode and b.old_mode != b.new_mode


def _kind_of(a: Change, b: Change) -> str:
    """In git's words, for what git merges by itself."""
    if a.is_submodule or b.is_submodule:
        return "submodule"
    if a.is_link or b.is_link:
        return "symlink"
    if a.is_deleted or b.is_deleted:
        return "delete/delete" if a.is_deleted and b.is_deleted else "modify/delete"
    if a.is_added and b.is_added:
        return "add/add"
    return "mode" if a.old == a.new or b.old == b.new else "content"
