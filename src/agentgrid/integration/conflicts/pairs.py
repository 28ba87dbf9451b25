"""Every pair of agents, and each against the base: sieved, merged in the object database, judged.

Agents' work trees are not looked at here, and nothing is written among the real objects.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agentgrid.git.hunks import BlobPair, find_line_changes
from agentgrid.git.process import Git
from agentgrid.git.tree_changes import Changes
from agentgrid.git.trial_merges import try_merges
from agentgrid.integration.conflicts.field import Field, PairName
from agentgrid.integration.conflicts.git_verdict import GitVerdict, judge_trial
from agentgrid.integration.conflicts.levels import can_skip_merge, judge_paths
from agentgrid.integration.conflicts.meeting_places import common_paths, meet_around
from agentgrid.integration.conflicts.memory import Memory
from agentgrid.integration.conflicts.model import BASE, AgentWork, Meeting, Pair, worst


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


@dataclass(frozen=True, slots=True)
class _Case:
    """A pair with one common past. `paths`: those that both sides changed. `is_near`: the two can conflict without
    one, or beside them."""

    pair: PairName
    ours: Changes
    theirs: Changes
    paths: Sequence[bytes]
    is_near: bool


def find_pairs(ground: Field, means: Means) -> tuple[Pair, ...]:
    """Judges every pair of `ground`; what `memory` knows isn't worked out again."""
    pairs = list(ground.pairs)
    cases = {pair: _case(ground, pair) for pair in pairs if pair in ground.pasts}
    _learn_lines(cases.values(), means)
    verdicts = _git_verdicts(ground, pairs, cases, means)
    works = {work.agent: work for work in ground.works}
    found = [_judge(ground, pair, cases.get(pair), verdicts, means, works) for pair in pairs]
    return tuple(_look_beyond(ground, found, cases, means) if means.beyond else found)


def _case(ground: Field, pair: PairName) -> _Case:
    ours, theirs = ground.footprint(pair, pair[0]), ground.footprint(pair, pair[1])
    paths = common_paths(ours, theirs)
    return _Case(pair, ours.changes, theirs.changes, paths, meet_around(ours, theirs))


def _learn_lines(cases: Iterable[_Case], means: Means) -> None:
    """Finds out which lines changed in files that both sides of some pair changed."""
    wanted: dict[BlobPair, None] = {}
    for case in cases:
        for path in case.paths:
            sides = case.ours[path], case.theirs[path]
            if all(change.is_plain for change in sides):
                wanted.update({(change.old, change.new): None for change in sides})
    unknown = [each for each in wanted if not means.memory.knows_lines(each)]
    means.memory.keep_lines(find_line_changes(means.git, unknown))


def _git_verdicts(
    ground: Field, pairs: Sequence[PairName], cases: Mapping[PairName, _Case], means: Means
) -> dict[PairName, GitVerdict]:
    """What git says of each pair that may conflict; absent: nothing, for it surely merges."""
    custom = _paths_merged_otherwise(means.git, {path for case in cases.values() for path in case.paths})
    asked = {
        pair: (ground.commits[pair[0]], ground.commits[pair[1]])
        for pair in pairs
        if ground.ancestry.merge_bases.get(pair) and not _surely_merges(cases.get(pair), custom, means)
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


def _surely_merges(case: _Case | None, custom: frozenset[bytes], means: Means) -> bool:
    if case is None:
        return False  # several common pasts: only git's own merge of them tells
    if case.is_near or (custom and not custom.isdisjoint(case.paths)):
        return False
    return not case.paths or can_skip_merge(case.paths, case.ours, case.theirs, means.memory.lines)


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
    case: _Case | None,
    verdicts: Mapping[PairName, GitVerdict],
    means: Means,
    works: Mapping[str, AgentWork],
) -> Pair:
    verdict = verdicts.get(pair, GitVerdict())
    problem = _problem(ground, pair, works) or verdict.problem
    if problem is not None:
        return Pair(*pair, "unknown", problem=problem)
    if case is None:
        files = [Meeting(path, "conflict", kind) for path, kind in verdict.conflicts]
    elif case.paths or verdict.conflicts:
        paths = [path for path in case.paths if pair[1] != BASE or not _has_landed(case, path)]
        files = list(judge_paths(paths, case.ours, case.theirs, verdict, means.memory.lines))
    else:
        files = []
    files += _unclear(pair, works)
    files.sort(key=lambda meeting: meeting.path)
    return Pair(*pair, worst([meeting.level for meeting in files]), tuple(files))


def _has_landed(case: _Case, path: bytes) -> bool:
    """Whether the base has the path as this side has it: after a squash the histories differ, and nothing meets."""
    ours, theirs = case.ours[path], case.theirs[path]
    return (ours.new, ours.new_mode) == (theirs.new, theirs.new_mode)


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


def _look_beyond(ground: Field, pairs: Sequence[Pair], cases: Mapping[PairName, _Case], means: Means) -> list[Pair]:
    """Adds what `beyond` finds in pairs where both sides have work."""
    assert means.beyond is not None
    able: dict[int, PairSources] = {}
    for position, pair in enumerate(pairs):
        case = cases.get((pair.a, pair.b))
        if case is not None and pair.problem is None and case.ours and case.theirs:
            past = ground.pasts[case.pair]
            able[position] = PairSources(pair.a, pair.b, past, case.ours, case.theirs, means.git)
    found = dict(zip(able, means.beyond(list(able.values())), strict=True)) if able else {}
    return [_with_more(pair, found.get(position, ())) for position, pair in enumerate(pairs)]


def _with_more(pair: Pair, meetings: Sequence[Meeting]) -> Pair:
    if not meetings:
        return pair
    more = [replace(each, level="overlap") if each.level != "unknown" else each for each in meetings]
    files = sorted([*pair.files, *more], key=lambda meeting: meeting.path)
    return replace(pair, files=tuple(files), level=worst([meeting.level for meeting in files]))
