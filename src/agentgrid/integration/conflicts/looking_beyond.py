"""What agents do to one thing that a merge of lines doesn't see, in many pairs. Each side's facts are gathered once."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from agentgrid.boundaries.migrations.lineages import LineagePlace
from agentgrid.git.content import read_blobs_by_id
from agentgrid.git.tree_changes import Change, Changes
from agentgrid.integration.conflicts.beyond.facts import Facts
from agentgrid.integration.conflicts.beyond.gathering import Memo, Version, gather_facts
from agentgrid.integration.conflicts.beyond.kept_facts import keep, name_side, read_kept
from agentgrid.integration.conflicts.beyond.languages import LANGUAGES
from agentgrid.integration.conflicts.beyond.meeting import meet
from agentgrid.integration.conflicts.beyond.migrations import number_of
from agentgrid.integration.conflicts.model import Meeting
from agentgrid.integration.conflicts.pairs import PairSources

_Side = frozenset[tuple[bytes, Change]]
"""What a side changed, of all that can be looked at beyond lines."""


class LookingBeyond:
    """Called with pairs, answers the meetings of each. Whoever looks again pays only for the sides that moved: what was
    gathered is kept in `file`. `lineages`: of database migrations."""

    def __init__(self, file: Path, lineages: Sequence[LineagePlace] = ()) -> None:
        self._file = file
        self._lineages = tuple(lineages)

    def __call__(self, pairs: Sequence[PairSources]) -> list[tuple[Meeting, ...]]:
        known = self._gather(pairs)
        return [meet(known[id(pair.a_changes)], known[id(pair.b_changes)], (pair.a, _name(pair.b))) for pair in pairs]

    def _gather(self, pairs: Sequence[PairSources]) -> dict[int, Facts]:
        """Facts of each side, by its changes' identity: most sides stand in many pairs."""
        distinct = {id(changes): changes for pair in pairs for changes in (pair.a_changes, pair.b_changes)}
        sides = {number: frozenset(_of_interest(changes)) for number, changes in distinct.items()}
        names = {number: name_side(side, self._lineages) for number, side in sides.items()}
        found = read_kept(self._file, set(names.values()))
        fresh = {names[number]: side for number, side in sides.items() if names[number] not in found}
        if fresh:
            content = dict(read_blobs_by_id(pairs[0].git, _blobs(fresh.values())))
            memo = Memo()
            made = {name: _gather_side(dict(side), content, self._lineages, memo) for name, side in fresh.items()}
            keep(self._file, made)
            found |= made
        return {number: found[name] for number, name in names.items()}


def _of_interest(changes: Changes) -> Iterator[tuple[bytes, Change]]:
    for path, change in changes.items():
        if any(language.handles(path) for language in LANGUAGES) or number_of(path) is not None:
            yield path, change


def _gather_side(changes: Changes, content: dict[bytes, bytes], lineages: Sequence[LineagePlace], memo: Memo) -> Facts:
    def read(version: Version, path: bytes) -> bytes | None:
        change = changes.get(path)
        if change is None:
            return None
        return content.get(change.old if version == "base" else change.new)

    return gather_facts(read, sorted(changes), lineages=lineages, memo=memo)


def _blobs(sides: Iterable[_Side]) -> Iterator[bytes]:
    for side in sides:
        for _, change in side:
            for mode, oid in ((change.old_mode, change.old), (change.new_mode, change.new)):
                if mode.startswith(b"100"):
                    yield oid


def _name(side: str) -> str:
    return "the base" if side.startswith("@") else side
