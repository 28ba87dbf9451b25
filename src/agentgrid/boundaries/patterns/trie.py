"""Builds the tree that many patterns are matched with at once: literal names are looked up, never compared.

A node is a plain tuple, so that the whole tree goes through `marshal`:
(rules, rules for directories only, {name: node}, ((tokens, node), …), node behind `**` or -1, stays on any name).
Nodes are named by their position in a tuple. `matching` walks it.
"""

from collections.abc import Iterable

from agentgrid.boundaries.patterns.parsing import GLOBSTAR, Pattern, Segment, Token

Node = tuple[tuple[int, ...], tuple[int, ...], dict[bytes, int], tuple[tuple[tuple[Token, ...], int], ...], int, bool]


class _Draft:
    __slots__ = ("directory_rules", "literals", "rules", "star", "stays", "wild")

    def __init__(self, *, stays: bool = False) -> None:
        self.rules: list[int] = []
        self.directory_rules: list[int] = []
        self.literals: dict[bytes, int] = {}
        self.wild: dict[tuple[Token, ...], int] = {}
        self.star = -1
        self.stays = stays


def build_trie(patterns: Iterable[tuple[int, Pattern]]) -> tuple[Node, ...]:
    """The tree for (rule number, pattern) pairs; node 0 is the root. Signs (`!`) are the caller's business."""
    drafts = [_Draft()]
    for rule, pattern in patterns:
        place = 0
        for segment in pattern.segments:
            place = _child(drafts, place, segment)
        end = drafts[place]
        (end.directory_rules if pattern.directories_only else end.rules).append(rule)
    return tuple(
        (
            tuple(draft.rules),
            tuple(draft.directory_rules),
            draft.literals,
            tuple(draft.wild.items()),
            draft.star,
            draft.stays,
        )
        for draft in drafts
    )


def _child(drafts: list[_Draft], place: int, segment: Segment) -> int:
    parent = drafts[place]
    new = len(drafts)
    if segment is GLOBSTAR:
        if parent.star < 0:
            parent.star = new
            drafts.append(_Draft(stays=True))
        return parent.star
    found = (
        parent.literals.setdefault(segment, new) if isinstance(segment, bytes) else parent.wild.setdefault(segment, new)
    )
    if found == new:
        drafts.append(_Draft())
    return found
