"""All that pairs are judged by: every agent's work, where the histories meet, what each side changed since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agentgrid.git.ancestry import Ancestry, find_ancestry
from agentgrid.git.process import Git
from agentgrid.git.tree_changes import Changes, changes_between, trees_of
from agentgrid.integration.conflicts.meeting_places import Footprint, folders_taken_from
from agentgrid.integration.conflicts.model import BASE, AgentWork

PairName = tuple[str, str]


@dataclass(frozen=True)
class Field:
    """`works`: with what each changed. `commits`: name → its commit (BASE too); who has none is absent. `pasts`: pair →
    the tree that both started from, where there is exactly one. `footprints`: (that tree, name) → what changed."""

    works: tuple[AgentWork, ...]
    commits: Mapping[str, str]
    ancestry: Ancestry
    pasts: Mapping[PairName, str]
    footprints: Mapping[tuple[str, str], Footprint]

    def footprint(self, pair: PairName, name: str) -> Footprint:
        """What the side `name` of a pair with one past changed since."""
        return self.footprints[self.pasts[pair], name]

    @property
    def pairs(self) -> Iterable[PairName]:
        """Each two agents in their order, then each agent against the base."""
        names = [work.agent for work in self.works]
        for position, one in enumerate(names):
            yield from ((one, other) for other in names[position + 1 :])
        yield from ((name, BASE) for name in names)


def survey(git: Git, works: Sequence[AgentWork], base_oid: str) -> Field:
    """Finds where the histories of all works and of the base meet. `git` sees the snapshots."""
    commits = {BASE: base_oid, **{work.agent: work.snapshot for work in works if work.snapshot and not work.problem}}
    made = {work.snapshot for work in works if work.snapshot and work.snapshot != work.head}
    ancestry = find_ancestry(git, commits, undated=made)
    ancestry = Ancestry({_ordered(pair): found for pair, found in ancestry.merge_bases.items()}, ancestry.started_at)
    bases = [oid for found in ancestry.merge_bases.values() for oid in found]
    trees = trees_of(git, [*commits.values(), *bases])
    pasts = {pair: trees[found[0]] for pair, found in ancestry.merge_bases.items() if len(found) == 1}
    wanted = {(tree, name) for pair, tree in pasts.items() for name in pair}
    wanted |= {(trees[oid], name) for name in commits for oid in ancestry.merge_bases.get((name, BASE), ())}
    changes = changes_between(git, [(tree, trees[commits[name]]) for tree, name in sorted(wanted)])
    by_side = {(tree, name): changes[tree, trees[commits[name]]] for tree, name in wanted}
    gone = _folders_gone(git, {side: trees[commits[side[1]]] for side in by_side}, by_side)
    footprints = {side: Footprint(by_side[side], gone[side]) for side in by_side}
    return Field(
        tuple(replace(work, changed=_changed(work.agent, ancestry, trees, by_side)) for work in works),
        commits, ancestry, pasts, footprints,
    )  # fmt: skip


def _ordered(pair: PairName) -> PairName:
    """The base stands second in a pair."""
    return (pair[1], pair[0]) if pair[0] == BASE else pair


def _changed(
    name: str, ancestry: Ancestry, trees: Mapping[str, str], by_side: Mapping[tuple[str, str], Changes]
) -> tuple[bytes, ...]:
    """Paths that differ from every common past with the base; all, in a history of its own."""
    found = [set(by_side[trees[oid], name]) for oid in ancestry.merge_bases.get((name, BASE), ())]
    return tuple(sorted(set.intersection(*found))) if found else ()


def _folders_gone(
    git: Git, trees: Mapping[tuple[str, str], str], by_side: Mapping[tuple[str, str], Changes]
) -> dict[tuple[str, str], frozenset[bytes]]:
    """Of the directories that something was deleted from: those that aren't there any more."""
    taken = {side: folders_taken_from(changes) for side, changes in by_side.items()}
    asked = sorted({(trees[side], folder) for side, folders in taken.items() for folder in folders})
    plain = [(tree, folder) for tree, folder in asked if b"\n" not in folder]
    answers: list[bytes] = []
    if plain:
        lines = b"".join(tree.encode() + b":" + folder + b"\n" for tree, folder in plain)
        answers = git.run("cat-file", "--batch-check=%(objecttype)", stdin=lines).stdout.splitlines()
    there = {place for place, answer in zip(plain, answers, strict=False) if answer == b"tree"}
    return {
        side: frozenset(folder for folder in folders if (trees[side], folder) not in there)
        for side, folders in taken.items()
    }
