"""Where two sides' facts meet. Cheap: it goes through what both have in common, and reads nothing."""

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

from agentgrid.boundaries.migrations.lineages import LineagePlace
from agentgrid.git.paths import show_path
from agentgrid.integration.conflicts.beyond.facts import BELOW, REMOVED, Change, Facts
from agentgrid.integration.conflicts.beyond.gathering import Memo, Version, gather_facts
from agentgrid.integration.conflicts.model import Hunk, Meeting

MOST_OF_A_KIND = 20
"""Meetings of one kind in one path: beyond that, somebody reformatted the file, and the rest says no more."""

Side = Literal["base", "a", "b"]


class Sources(Protocol):
    """Where the versions of both sides and the base are read."""

    def read(self, side: Side, path: bytes) -> bytes | None:
        """The content; None where there is no such file."""
        ...

    def changed(self, side: Literal["a", "b"]) -> Sequence[bytes]:
        """The paths that this side added, changed or deleted against the base."""
        ...


def find_meetings(
    sources: Sources, *, names: tuple[str, str] = ("a", "b"), lineages: Sequence[LineagePlace] = ()
) -> tuple[Meeting, ...]:
    """Where two sides meet beyond text. For many sides, gather each one's facts once, and `meet` them in pairs."""
    memo = Memo()

    def gather(side: Literal["a", "b"]) -> Facts:
        def read(version: Version, path: bytes) -> bytes | None:
            return sources.read("base" if version == "base" else side, path)

        return gather_facts(read, sources.changed(side), lineages=lineages, memo=memo)

    return meet(gather("a"), gather("b"), names)


def meet(a: Facts, b: Facts, names: tuple[str, str]) -> tuple[Meeting, ...]:
    """Where two sides meet. `names`: how the reasons call them."""
    found = [*_same_things(a, b, names), *_struck(a, b, names), *_struck(b, a, (names[1], names[0]), is_turned=True)]
    seen: dict[tuple[bytes, str], int] = {}
    kept = []
    by_reason = {(each.path, each.kind, each.reason): each for each in reversed(found)}
    for _, each in sorted(by_reason.items(), key=lambda item: item[0]):
        seen[each.path, each.kind] = seen.get((each.path, each.kind), 0) + 1
        if seen[each.path, each.kind] <= MOST_OF_A_KIND:
            kept.append(each)
    return tuple(kept)


def _same_things(a: Facts, b: Facts, names: tuple[str, str]) -> Iterator[Meeting]:
    common = [key for key in a.changes if key in b.changes and a.changes[key].state != b.changes[key].state]
    wider = {key[:length] for key in common for length in range(1, len(key))}
    for key in common:
        if key not in wider:  # what stands inside says it more exactly
            mine, other = a.changes[key], b.changes[key]
            hunk = Hunk(mine.was or other.was, mine.now, other.now)
            hunks = () if hunk == Hunk() else (hunk,)
            yield Meeting(mine.path, "overlap", mine.kind, hunks, _say(mine, other, names))


def _struck(here: Facts, there: Facts, names: tuple[str, str], *, is_turned: bool = False) -> Iterator[Meeting]:
    for name, broken in here.breaks.items():
        for use in there.uses.get(name, ()):
            for each in broken:
                collision = None if each in there.breaks.get(name, ()) else each.strike(use)
                if collision is None:
                    continue  # or both broke it in one way, and the use knows of it
                ranges = (use.lines, each.now) if is_turned else (each.now, use.lines)
                said = collision.said.replace("{here}", names[0]).replace("{there}", names[1])
                yield Meeting(each.path, "overlap", collision.kind, (Hunk(each.was, *ranges),), said)


def _say(mine: Change, other: Change, names: tuple[str, str]) -> str:
    a, b = names
    label = mine.label
    if mine.kind == "migration-number":
        return f"{a} and {b} both add {label}: {show_path(mine.path)} and {show_path(other.path)}"
    if REMOVED in (mine.state, other.state):
        remover, changer = (a, b) if mine.state == REMOVED else (b, a)
        return f"{remover} removes {label}, and {changer} changes it"
    if BELOW in (mine.state, other.state):
        replacer, changer = (b, a) if mine.state == BELOW else (a, b)
        return f"{replacer} replaces {label}, and {changer} changes what is in it"
    if mine.kind == "dependency":
        return f"{a} and {b} want {label} at two versions: {_inline(mine)} and {_inline(other)}"
    verb = "add" if mine.is_new and other.is_new else "change"
    return f"{a} and {b} both {verb} {label}, each in its own way"


def _inline(change: Change) -> str:
    return change.state.replace("\n", ", ")
