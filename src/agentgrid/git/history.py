"""What happened in the history: merge bases, ahead and behind, changed paths, which files change together."""

import os
import re
from collections.abc import Iterator, Sequence

from agentgrid.git.process import Git
from agentgrid.git.repository import Repository

GITLINK_MODE = b"160000"


def merge_bases(git: Git, base: str, heads: Sequence[str]) -> list[str]:
    """All merge bases of `base` and the (hypothetical) merge of `heads`; empty for unrelated histories."""
    return git.run("merge-base", "--all", base, *heads, accept=(0, 1)).text.split()


def merge_base_tree(repository: Repository, base: str, heads: Sequence[str]) -> tuple[str, frozenset[bytes]]:
    """The tree that both sides started from, and the paths on which that is ambiguous.

    One merge base: its tree. Several (criss-cross): git's own recursive answer, the merge of the merge bases; paths
    that conflict there are returned too. None: the empty tree.
    """
    found = merge_bases(repository.git, base, heads)
    if not found:
        return repository.empty_tree, frozenset()
    virtual, unclear = found[0], set[bytes]()
    for other in found[1:]:
        merged = repository.git.run("merge-tree", "--write-tree", "--name-only", "-z", "--no-messages",
                                    "--allow-unrelated-histories", virtual, other, accept=(0, 1))  # fmt: skip
        tree, *conflicted = merged.fields
        unclear.update(path for path in conflicted if path)
        virtual = repository.git.text(
            "-c", "user.name=agentgrid", "-c", "user.email=agentgrid@localhost",
            "commit-tree", os.fsdecode(tree), "-p", virtual, "-p", other, "-m", "virtual merge base",
        )  # fmt: skip
    return virtual, frozenset(unclear)


def ahead_behind(git: Git, base: str, head: str) -> tuple[int, int]:
    """Commits that `head` has and `base` hasn't, and the other way round."""
    behind, ahead = git.text("rev-list", "--left-right", "--count", f"{base}...{head}").split()
    return int(ahead), int(behind)


def parse_raw(output: bytes) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """`diff --raw -z --no-renames` as (path, old mode, new mode, new object id)."""
    fields = output.split(b"\0")
    for position in range(0, len(fields) - 1, 2):
        old_mode, new_mode, _old, new, *_ = fields[position].lstrip(b":").split(b" ")
        yield fields[position + 1], old_mode, new_mode, new


def changed_paths(repository: Repository, commit: str) -> list[bytes]:
    """Paths that differ between a commit and its first parent (the first commit: all of them)."""
    shape = ("-r", "-m", "--first-parent", "--root", "--no-commit-id", "--no-renames")
    return repository.git.run("diff-tree", *shape, "--name-only", "-z", commit).fields


def changed_between(git: Git, old: str, new: str, *, kinds: str = "") -> list[bytes]:
    """Paths that differ between two trees or commits; `kinds`: only those, as in `--diff-filter` (A: added)."""
    only = (f"--diff-filter={kinds}",) if kinds else ()
    return git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--ignore-submodules=none", *only,
                   old, new).fields  # fmt: skip


def added_on_the_way(git: Git, base: str, head: str) -> list[bytes]:
    """Paths that some commit of `base..head` added, whether they are there now or not."""
    fields = git.run("log", "-m", "--format=", "--name-only", "-z", "--no-renames", "--diff-filter=A",
                     f"{base}..{head}").fields  # fmt: skip
    return sorted({path for field in fields if (path := field.removeprefix(b"\n"))})


def changed_files_per_commit(git: Git, revision: str, *, most: int) -> Iterator[list[bytes]]:
    """For each of the last `most` non-merge commits of `revision` that changed any path: those paths."""
    # A path may hold any byte but NUL, and none is empty: only a run of NULs surely parts two commits.
    output = git.run("log", "--no-merges", f"--max-count={most}", "--format=%x00%x00%x00", "--name-only", "-z",
                     "--no-renames", revision).stdout  # fmt: skip
    for commit in re.split(rb"\0{3,}", output)[1:]:
        yield [path for path in commit.removeprefix(b"\n").split(b"\0") if path]


def list_tree(git: Git, treeish: str) -> list[tuple[bytes, bytes, int]]:
    """Every file of a tree as (path, mode, size in bytes); a submodule link has size 0."""
    entries: list[tuple[bytes, bytes, int]] = []
    for field in git.run("ls-tree", "-r", "-l", "-z", "--full-tree", treeish).fields:
        facts, _, path = field.partition(b"\t")
        mode, _kind, _oid, size = facts.split()
        entries.append((path, mode, 0 if size == b"-" else int(size)))
    return entries
