"""What agents do to one thing that a merge of lines doesn't see, in many pairs. Each side's facts are gathered once."""

from collections.abc import Iterator, Sequence

from agentgrid.git.content import read_blobs_by_id
from agentgrid.git.process import Git
from agentgrid.git.tree_changes import Change, Changes
from agentgrid.integration.conflicts.beyond.facts import Facts
from agentgrid.integration.conflicts.beyond.gathering import Memo, Version, gather_facts
from agentgrid.integration.conflicts.beyond.languages import LANGUAGES
from agentgrid.integration.conflicts.beyond.meeting import meet
from agentgrid.integration.conflicts.beyond.migrations import number_of
from agentgrid.integration.conflicts.model import Meeting
from agentgrid.integration.conflicts.pairs import PairSources

_Side = tuple[str, frozenset[tuple[bytes, Change]]]
"""The tree that a side started from, and what it changed there."""


class LookingBeyond:
    """Called with pairs, answers the meetings of each. Remembers what it has seen for as long as it lives: who looks
    again pays only for the sides that moved. `lineages`: directories of database migrations."""

    def __init__(self, lineages: Sequence[bytes] = ()) -> None:
        self._lineages = tuple(lineages)
        self._facts: dict[_Side, Facts] = {}

    def __call__(self, pairs: Sequence[PairSources]) -> list[tuple[Meeting, ...]]:
        sides = [((pair.past, pair.a_changes), (pair.past, pair.b_changes)) for pair in pairs]
        known = self._gather(pairs[0].git, [side for both in sides for side in both]) if pairs else {}
        return [
            meet(known[past, id(ours)], known[past, id(theirs)], (pair.a, _name(pair.b)))
            for pair, ((past, ours), (_, theirs)) in zip(pairs, sides, strict=True)
        ]

    def _gather(self, git: Git, sides: Sequence[tuple[str, Changes]]) -> dict[tuple[str, int], Facts]:
        """(tree that a side started from, which changes) → the side's facts."""
        distinct = {(past, id(changes)): changes for past, changes in sides}
        keys = {name: (name[0], frozenset(_of_interest(changes))) for name, changes in distinct.items()}
        fresh = {key: None for key in keys.values() if key not in self._facts}
        content = dict(read_blobs_by_id(git, _blobs(fresh)))
        memo = Memo()
        for key in fresh:
            self._facts[key] = _gather_side(dict(key[1]), content, self._lineages, memo)
        self._facts = {key: self._facts[key] for key in keys.values()}  # what was seen before has moved on
        return {name: self._facts[key] for name, key in keys.items()}


def _of_interest(changes: Changes) -> Iterator[tuple[bytes, Change]]:
    for path, change in changes.items():
        if any(language.handles(path) for language in LANGUAGES) or number_of(path) is not None:
            yield path, change


def _gather_side(changes: Changes, content: dict[bytes, bytes], lineages: Sequence[bytes], memo: Memo) -> Facts:
    def read(version: Version, path: bytes) -> bytes | None:
        change = changes.get(path)
        if change is None:
            return None
        return content.get(change.old if version == "base" else change.new)

    return gather_facts(read, sorted(changes), lineages=lineages, memo=memo)


def _blobs(sides: dict[_Side, None]) -> Iterator[bytes]:
    for _, changes in sides:
        for _, change in changes:
            for mode, oid in ((change.old_mode, change.old), (change.new_mode, change.new)):
                if mode.startswith(b"100"):
                    yield oid


def _name(side: str) -> str:
    return "the base" if side.startswith("@") else side
