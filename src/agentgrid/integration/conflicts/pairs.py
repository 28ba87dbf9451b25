"""Every pair of agents, and each against the base: sieved, merged in the object database, judged.

Agents' work trees are not looked at here, and nothing is written among the real objects.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agentgrid.git.hunks import BlobPair, find_line_changes
from agentgrid.git.process import Git
from agentgrid.git.tree_changes import Changes
from agentgrid.git.trial_merges import try_merges
from agentgrid.integration.conflicts.field import Field, PairName
from agentgrid.integration.conflicts.git_verdict import GitVerdict, judge_trial
from agentgrid.integration.conflicts.levels import can_skip_merge, judge_paths
from agentgrid.integration.conflicts.meeting_places import Footprint, common_paths, meet_around
from agentgrid.integration.conflicts.memory import Memory
from agentgrid.integration.conflicts.model import AgentWork, Meeting, Pair, worst


@dataclass(frozen=True)
class PairSources:
    """Two sides with work, and how to read it: `git` sees all objects; `a_changes` and `b_changes` name, by path, the
    blobs before and after. `past`: the tree that both started from."""

    a: str
    b: str
    past: str
    a_changes: Changes
    b_changes: Changes
    git: Git


Beyond = Callable[[Sequence[PairSources]], Sequence[tuple[Meeting, ...]]]
"""Finds what a merge of lines doesn't see: for each pair what meets in it."""


def _silent(_done: int, _all: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Means:
    """How pairs are judged. `git`: with scratch objects, sees the snapshots. `progress` hears how many merges of how
    many are done, from several threads. `batched`: as in `try_merges`."""

    git: Git
    memory: Memory = field(default_factory=lambda: Memory({}, {}))
    beyond: Beyond | None = None
    progress: Callable[[int, int], None] = _silent
    batched: bool = True


def find_pairs(ground: Field, means: Means) -> tuple[Pair, ...]:
    """Judges every pair of `ground`; what `memory` knows isn't worked out again."""
    pairs = list(ground.pairs)
    shared = {pair: common_paths(*_footprints(ground, pair)) for pair in pairs if pair in ground.pasts}
    _learn_lines(ground, shared, means)
    verdicts = _git_verdicts(ground, shared, means)
    works = {work.agent: work for work in ground.works}
    found = [_judge(ground, pair, shared.get(pair), verdicts, means, works) for pair in pairs]
    return tuple(_look_beyond(ground, found, means) if means.beyond else found)


def _footprints(ground: Field, pair: PairName) -> tuple[Footprint, Footprint]:
    return ground.footprint(pair, pair[0]), ground.footprint(pair, pair[1])


def _learn_lines(ground: Field, shared: Mapping[PairName, Sequence[bytes]], means: Means) -> None:
    """Finds out which lines changed in files that both sides of some pair changed."""
    wanted: dict[BlobPair, None] = {}
    for pair, paths in shared.items():
        ours, theirs = _footprints(ground, pair)
        for path in paths:
            sides = ours.changes[path], theirs.changes[path]
            if all(change.is_plain for change in sides):
                wanted.update({(change.old, change.new): None for change in sides})
    means.memory.keep_lines(
        find_line_changes(means.git, [each for each in wanted if not means.memory.knows_lines(each)])
    )


def _git_verdicts(
    ground: Field, shared: Mapping[PairName, Sequence[bytes]], means: Means
) -> dict[PairName, GitVerdict]:
    """What git says of each pair that may conflict; absent: nothing, for it surely merges."""
    custom = _paths_merged_otherwise(means.git, {path for paths in shared.values() for path in paths})
    asked = {
        pair: (ground.commits[pair[0]], ground.commits[pair[1]])
        for pair in ground.pairs
        if ground.ancestry.merge_bases.get(pair) and not _surely_merges(ground, pair, shared.get(pair), custom, means)
    }
    missing = [sides for sides in dict.fromkeys(asked.values()) if means.memory.verdict(sides) is None]
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        means.progress(done, len(missing))

    fresh = {
        sides: judge_trial(outcome, sides)
        for sides, outcome in try_merges(means.git, missing, progress=told, batched=means.batched).items()
    }
    for sides, verdict in fresh.items():
        means.memory.keep_verdict(sides, verdict)
    return {pair: fresh.get(sides) or means.memory.verdict(sides) or GitVerdict() for pair, sides in asked.items()}


def _surely_merges(
    ground: Field, pair: PairName, paths: Sequence[bytes] | None, custom: frozenset[bytes], means: Means
) -> bool:
    if paths is None:
        return False  # several common pasts: only git's own merge of them tells
    ours, theirs = _footprints(ground, pair)
    if meet_around(ours, theirs) or not custom.isdisjoint(paths):
        return False
    return can_skip_merge(paths, ours.changes, theirs.changes, means.memory.lines)


def _paths_merged_otherwise(git: Git, paths: set[bytes]) -> frozenset[bytes]:
    """Those of `paths` that attributes or settings have merged in another way than by lines."""
    if not paths:
        return frozenset()
    if git.run("config", "--get-regexp", r"^(merge\.(default|renormalize)|diff\.algorithm)$", accept=(0, 1)).stdout:
        return frozenset(paths)
    fields = git.run("check-attr", "-z", "--stdin", "merge",
                     stdin=b"".join(path + b"\0" for path in sorted(paths))).fields  # fmt: skip
    return frozenset(
        path for path, value in zip(fields[::3], fields[2::3], strict=True) if value not in {b"unspecified", b"set"}
    )


def _judge(
    ground: Field,
    pair: PairName,
    paths: Sequence[bytes] | None,
    verdicts: Mapping[PairName, GitVerdict],
    means: Means,
    works: Mapping[str, AgentWork],
) -> Pair:
    problem = _problem(ground, pair, works)
    verdict = verdicts.get(pair, GitVerdict())
    problem = problem or verdict.problem
    if problem is not None:
        return Pair(*pair, "unknown", problem=problem)
    if paths is None:
        files = [Meeting(path, "conflict", kind) for path, kind in verdict.conflicts]
    else:
        ours, theirs = _footprints(ground, pair)
        files = list(judge_paths(paths, ours.changes, theirs.changes, verdict, means.memory.lines))
    files += _unclear(pair, works)
    files.sort(key=lambda meeting: meeting.path)
    return Pair(*pair, worst([meeting.level for meeting in files]), tuple(files))


def _problem(ground: Field, pair: PairName, works: Mapping[str, AgentWork]) -> str | None:
    for name in pair:
        work = works.get(name)
        if work is not None and (work.problem or not work.snapshot):
            return f"{name}: {work.problem or 'there is no commit yet'}"
    if not ground.ancestry.merge_bases.get(pair):
        return f"{pair[0]} and {'the base' if pair[1] not in works else pair[1]} have no history in common"
    return None


def _unclear(pair: PairName, works: Mapping[str, AgentWork]) -> Iterator[Meeting]:
    """Work inside a submodule, or in a repository of its own, where the other side has changes too."""
    for name, other in (pair, pair[::-1]):
        work, others = works.get(name), works.get(other)
        touched = (*others.changed, *others.unclear) if others else ()
        for path in work.unclear if work else ():
            if any(each == path or each.startswith(path + b"/") for each in touched):
                reason = f"{name} has uncommitted work inside it that can't be looked at"
                yield Meeting(path, "unknown", "submodule", reason=reason)


def _look_beyond(ground: Field, pairs: Sequence[Pair], means: Means) -> list[Pair]:
    """Adds what `beyond` finds in pairs where both sides have work."""
    assert means.beyond is not None
    able: dict[int, PairSources] = {}
    for position, pair in enumerate(pairs):
        name = (pair.a, pair.b)
        if pair.problem is None and name in ground.pasts:
            ours, theirs = _footprints(ground, name)
            if ours.changes and theirs.changes:
                past = ground.pasts[name]
                able[position] = PairSources(pair.a, pair.b, past, ours.changes, theirs.changes, means.git)
    found = dict(zip(able, means.beyond(list(able.values())), strict=True)) if able else {}
    return [_with_more(pair, found.get(position, ())) for position, pair in enumerate(pairs)]


def _with_more(pair: Pair, meetings: Sequence[Meeting]) -> Pair:
    if not meetings:
        return pair
    more = [replace(each, level="overlap") if each.level != "unknown" else each for each in meetings]
    files = sorted([*pair.files, *more], key=lambda meeting: meeting.path)
    return replace(pair, files=tuple(files), level=worst([meeting.level for meeting in files]))
