"""What many merges of two commits would come to, worked out in git's object database, as many at a time as there are
cores.

`git merge-tree --stdin` (git 2.39) takes all of them in one process; an older git gets a process a merge.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from agentgrid.errors import GitError
from agentgrid.git.process import Git
from agentgrid.git.scratch_objects import QUICK

_BATCH = 300  # merges of one process: progress is told after each


@dataclass(frozen=True)
class Stage:
    """One version of a conflicted path. `number`: 1 the common past, 2 the first side, 3 the second."""

    mode: bytes
    oid: bytes
    number: int
    path: bytes


@dataclass(frozen=True)
class Note:
    """What git says about some paths: `kind` is its own short word, as in `CONFLICT (contents)`."""

    paths: tuple[bytes, ...]
    kind: str
    text: str


@dataclass(frozen=True)
class TrialMerge:
    """`is_clean`: git merges by itself. `tree`: what comes out, marks and all. `problem`: git could not tell."""

    is_clean: bool
    tree: str = ""
    stages: tuple[Stage, ...] = ()
    notes: tuple[Note, ...] = ()
    problem: str | None = None


Sides = tuple[str, str]
"""The commits of a merge, the branch that is merged into first."""


def try_merges(
    git: Git,
    merges: Sequence[Sides],
    *,
    progress: Callable[[int], None] = lambda _count: None,
    batched: bool = True,
) -> dict[Sides, TrialMerge]:
    """The outcome of each merge. `git` writes objects, so it should be one with scratch objects. `progress` hears how
    many more are done, from several threads. `batched` False: a process a merge, as for a git without batches."""
    wanted = list(dict.fromkeys(merges))
    if not wanted:
        return {}
    way = _try_batch if batched else _try_one_by_one
    cores = os.cpu_count() or 2
    size = min(_BATCH, -(-len(wanted) // cores))
    batches = [wanted[start : start + size] for start in range(0, len(wanted), size)]
    found: dict[Sides, TrialMerge] = {}
    with ThreadPoolExecutor(cores) as pool:
        for batch, outcomes in zip(batches, pool.map(partial(way, git), batches), strict=True):
            found.update(zip(batch, outcomes, strict=True))
            progress(len(batch))
    return found


def _try_batch(git: Git, merges: Sequence[Sides]) -> list[TrialMerge]:
    asked = "".join(f"{ours} {theirs}\n" for ours, theirs in merges).encode()
    answer = git.run(*QUICK, "merge-tree", "--write-tree", "--stdin", "-z", "--messages", stdin=asked,
                     accept=range(-64, 256))  # fmt: skip
    if answer.code == 0:
        outcomes = list(_parse(answer.stdout, is_batch=True))
        if len(outcomes) == len(merges):
            return outcomes
    return _try_one_by_one(git, merges)  # git 2.38 knows no batches; and one that git dies of must not spoil the others


def _try_one_by_one(git: Git, merges: Sequence[Sides]) -> list[TrialMerge]:
    return [_try_one(git, *sides) for sides in merges]


def _try_one(git: Git, ours: str, theirs: str) -> TrialMerge:
    try:
        answer = git.run(*QUICK, "merge-tree", "--write-tree", "-z", "--messages", ours, theirs, accept=(0, 1))
    except GitError as error:
        lines = error.stderr.strip().splitlines() or [f"exit {error.code}"]
        return TrialMerge(is_clean=False, problem=f"git could not merge: {lines[-1]}")
    state = b"1\0" if answer.code == 0 else b"0\0"
    return next(_parse(state + answer.stdout + b"\0", is_batch=False))


def _parse(output: bytes, *, is_batch: bool) -> Iterator[TrialMerge]:
    """Per merge: whether it is clean, the tree, the stages, an empty field, the notes, an empty field."""
    fields = iter(output.split(b"\0")[:-1])
    for state in fields:
        tree = next(fields).decode()
        stages = tuple(_parse_stage(field) for field in iter(partial(next, fields, b""), b""))
        notes = tuple(_parse_notes(fields))
        yield TrialMerge(state == b"1", tree, stages, notes)
        if not is_batch:
            return


def _parse_stage(field: bytes) -> Stage:
    facts, _, path = field.partition(b"\t")
    mode, oid, number = facts.split(b" ")
    return Stage(mode, oid, int(number), path)


def _parse_notes(fields: Iterator[bytes]) -> Iterator[Note]:
    while (count := next(fields, b"")).isdigit():  # git ends with nothing, or with advice on submodules
        paths = tuple(next(fields) for _ in range(int(count)))
        kind, text = next(fields), next(fields)
        yield Note(paths, os.fsdecode(kind), os.fsdecode(text).strip())
