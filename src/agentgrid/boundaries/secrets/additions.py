"""Blobs that commits, or the index, add: what the leak check reads. Every commit counts, not the net difference: what
was once committed stays in the history."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agentgrid.git.history import GITLINK_MODE
from agentgrid.git.process import Git

_SHAPE = ("--raw", "-z", "--no-renames")


@dataclass(frozen=True, slots=True)
class Addition:
    """`oid`: the blob that is new at `path`. `before`: what was there, in each parent. `commit`: None for the index."""

    path: bytes
    oid: bytes
    before: tuple[bytes, ...]
    commit: str | None = None


def committed_additions(git: Git, base: str, head: str) -> list[Addition]:
    """Of every commit that `head` adds to `base`, oldest first. A merge adds what none of its parents has."""
    commits = git.run("rev-list", "--reverse", "--topo-order", head, "--not", base).stdout
    if not commits:
        return []
    return list(_parse(git.run("diff-tree", "--stdin", "-r", "-c", "--root", *_SHAPE, stdin=commits).stdout))


def staged_additions(git: Git, heads: Sequence[str]) -> list[Addition]:
    """Of the index that `git` runs with, against the commits or trees `heads`: what differs from all of them."""
    found: dict[bytes, list[Addition]] = {}
    for head in heads:
        listed = git.run("diff-index", "--cached", *_SHAPE, "--ignore-submodules=all", head, "--").stdout
        for each in _parse(listed):
            found.setdefault(each.path, []).append(each)
    return [
        Addition(path, each[0].oid, tuple(old for one in each for old in one.before))
        for path, each in found.items()
        if len(each) == len(heads)
    ]


def _parse(output: bytes) -> Iterator[Addition]:
    """Raw differences with -z: `:` for each parent, then modes and objects of the parents and of the result."""
    fields = iter(output.split(b"\0")[:-1])
    commit = None
    for field in fields:
        if not field.startswith(b":"):
            commit = os.fsdecode(field)
            continue
        path, facts = next(fields), field.lstrip(b":").split(b" ")
        parents = len(field) - len(field.lstrip(b":"))
        mode, oids = facts[parents], facts[parents + 1 : 2 * parents + 2]
        if mode not in {GITLINK_MODE, b"000000"}:
            before = tuple(oid for oid, old in zip(oids, facts[:parents], strict=False) if _is_file(old))
            yield Addition(path, oids[-1], before, commit)


def _is_file(mode: bytes) -> bool:
    return mode not in {GITLINK_MODE, b"000000"}
