"""Where histories meet: the merge bases of every pair of many heads, from one walk over what they don't all share."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from agentgrid.git.process import Git


@dataclass(frozen=True)
class Ancestry:
    """`merge_bases`: (name, name) → all merge bases of the two, sorted; none for unrelated histories. Names stand in
    the order in which they were given. `started_at`: name → seconds since 1970 of the oldest commit that the first
    name doesn't have; absent where there is none."""

    merge_bases: Mapping[tuple[str, str], tuple[str, ...]]
    started_at: Mapping[str, int]


@dataclass
class _Commit:
    """`reached`: bit per name whose history has the commit."""

    parents: tuple[str, ...] = ()
    time: int = 0
    reached: int = 0
    children: list[str] = field(default_factory=list)


def find_ancestry(git: Git, heads: Mapping[str, str], *, undated: Collection[str] = ()) -> Ancestry:
    """The merge bases of each two of `heads`: name → commit. `undated`: commits whose time says nothing."""
    tips = list(dict.fromkeys(heads.values()))
    shared = _shared_by_all(git, tips)
    commits = _walk(git, tips, shared)
    for bit, tip in enumerate(heads.values()):
        commits[tip].reached |= 1 << bit
    for commit in commits.values():  # children come before their parents
        for parent in commit.parents:
            if parent in commits:
                commits[parent].reached |= commit.reached
    names = list(heads)
    dated = [commit for oid, commit in commits.items() if commit.time and oid not in undated]
    return Ancestry(_meet(names, commits), _started(names, dated))


def _shared_by_all(git: Git, tips: Sequence[str]) -> list[str]:
    if len(tips) < 2:
        return list(tips)
    return git.run("merge-base", "--octopus", "--all", *tips, accept=(0, 1)).text.split()


def _walk(git: Git, tips: Sequence[str], shared: Sequence[str]) -> dict[str, _Commit]:
    """Oid → commit, children first; what all share stands last, without parents."""
    asked = "".join(f"{each}\n" for each in [*tips, *(f"^{oid}" for oid in shared)]).encode()
    listed = git.text("rev-list", "--topo-order", "--parents", "--timestamp", "--stdin", stdin=asked)
    commits: dict[str, _Commit] = {}
    for line in listed.splitlines():
        time, oid, *parents = line.split(" ")
        commits[oid] = _Commit(tuple(parents), int(time))
    commits.update({oid: _Commit() for oid in shared})
    for oid, commit in commits.items():
        for parent in commit.parents:
            if parent in commits:
                commits[parent].children.append(oid)
    return commits


def _meet(names: Sequence[str], commits: Mapping[str, _Commit]) -> dict[tuple[str, str], tuple[str, ...]]:
    """A commit is a merge base of two where both have it, and no child of it do both have."""
    found: dict[tuple[str, str], list[str]] = {pair: [] for pair in combinations(names, 2)}
    for oid, commit in commits.items():
        masks = [commits[child].reached for child in commit.children]
        if commit.reached in masks:
            continue
        for one in _bits(commit.reached):
            nearer = 0  # those that meet it in a child
            for mask in masks:
                if mask >> one & 1:
                    nearer |= mask
            for other in _bits(commit.reached & ~nearer & -(2 << one)):
                found[names[one], names[other]].append(oid)
    return {pair: tuple(sorted(oids)) for pair, oids in found.items()}


def _started(names: Sequence[str], commits: Sequence[_Commit]) -> dict[str, int]:
    started: dict[str, int] = {}
    for commit in commits:
        if not commit.reached & 1:
            for bit in _bits(commit.reached):
                started[names[bit]] = min(commit.time, started.get(names[bit], commit.time))
    return started


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
