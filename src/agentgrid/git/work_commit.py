"""One commit that holds all uncommitted work of a work tree, in the shape that `git stash` makes.

Parents: HEAD, the index, the untracked files (when there are any). Made with private indexes: the work tree, its
index and the stash stay untouched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agentgrid.git.history import GITLINK_MODE
from agentgrid.git.private_index import PrivateIndex, private_index
from agentgrid.git.process import Git

AUTHOR = {
    "GIT_AUTHOR_NAME": "agentgrid", "GIT_AUTHOR_EMAIL": "agentgrid@localhost",
    "GIT_COMMITTER_NAME": "agentgrid", "GIT_COMMITTER_EMAIL": "agentgrid@localhost",
}  # fmt: skip

# With these, the same content gives the same commit every time.
AT_NO_TIME = {**AUTHOR, "GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000"}


@dataclass(frozen=True)
class WorkCommit:
    """`oid`: the commit, or HEAD's own when nothing was changed. `submodules`: changed ones, which no commit here can
    hold. `nested`: untracked repositories, likewise."""

    oid: str
    has_changes: bool
    submodules: tuple[bytes, ...] = ()
    nested: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class _Changes:
    tracked: tuple[bytes, ...]
    untracked: tuple[bytes, ...]
    submodules: tuple[bytes, ...]
    nested: tuple[bytes, ...]


def write_work_commit(git: Git, git_dir: Path, head: str | None, label: str) -> WorkCommit:
    """Commits staged, unstaged and untracked work of the work tree that `git` runs in. `head` None: no commit yet.

    Without an index (a checkout that was cut short) files that are absent count as unchanged: nobody knows.
    """
    with private_index(git, git_dir, head) as index:
        changes = _find_changes(index)
        staged_tree = _staged_tree(index)
        untracked_tree = _untracked_tree(index, changes.untracked)
        index.run("update-index", "-z", "--add", "--remove", "--stdin", paths=changes.tracked)
        worktree_tree = index.write_tree()
    head_tree = git.text("rev-parse", f"{head}^{{tree}}") if head else git.text("mktree", stdin=b"")
    if head and untracked_tree is None and head_tree == staged_tree == worktree_tree:
        return WorkCommit(head, has_changes=False, submodules=changes.submodules, nested=changes.nested)
    start = head or commit_tree(git, head_tree, [], "Before the first commit")
    parents = [start, commit_tree(git, staged_tree, [start], f"index on {label}")]
    if untracked_tree:
        parents.append(commit_tree(git, untracked_tree, [], f"untracked files on {label}"))
    oid = commit_tree(git, worktree_tree, parents, label)
    return WorkCommit(oid, has_changes=True, submodules=changes.submodules, nested=changes.nested)


def write_staged_commit(git: Git, git_dir: Path, head: str, label: str) -> WorkCommit:
    """The same for a work tree whose files are gone: what its index still holds, staged."""
    with private_index(git, git_dir, head) as index:
        tree = _staged_tree(index)
    if tree == git.text("rev-parse", f"{head}^{{tree}}"):
        return WorkCommit(head, has_changes=False)
    staged = commit_tree(git, tree, [head], f"index on {label}")
    return WorkCommit(commit_tree(git, tree, [head, staged], label), has_changes=True)


def commit_tree(git: Git, tree: str, parents: list[str], message: str, *, env: Mapping[str, str] = AUTHOR) -> str:
    """Writes a commit object and answers its id; no ref moves."""
    given = [part for parent in parents for part in ("-p", parent)]
    return git.run("commit-tree", tree, *given, "-m", message, env=env).text


def _find_changes(index: PrivateIndex) -> _Changes:
    others = index.run("ls-files", "--others", "--exclude-standard", "-z")
    tracked: dict[bytes, None] = {}
    untracked = [path for path in others if not path.endswith(b"/")]
    submodules: list[bytes] = []
    raw = index.run("diff-files", "--raw", "-z", "--no-renames", "--ignore-submodules=none")
    for facts, path in zip(raw[::2], raw[1::2], strict=True):
        old_mode, new_mode, _, _, status = facts.lstrip(b":").split(b" ")
        if GITLINK_MODE in {old_mode, new_mode} and new_mode in {GITLINK_MODE, b"000000"}:
            submodules.append(path)
        elif status == b"A":
            untracked.append(path)  # `add -N`: a stash has no other place for a file that isn't staged
        elif not (index.was_missing and status == b"D"):
            tracked[path] = None
    nested = tuple(path for path in others if path.endswith(b"/"))
    return _Changes(tuple(tracked), tuple(untracked), tuple(submodules), nested)


def _staged_tree(index: PrivateIndex) -> str:
    """The index as a tree; a path in conflict counts as HEAD has it (both sides are commits, nothing is lost)."""
    ours: dict[bytes, bytes] = {}
    digits = 0
    for field in index.run("ls-files", "--unmerged", "-z"):
        facts, _, path = field.partition(b"\t")
        mode, oid, stage = facts.split(b" ")
        digits = len(oid)
        ours.setdefault(path, b"")
        if stage == b"2":
            ours[path] = mode + b" " + oid + b" 0\t" + path + b"\0"
    if not ours:
        return index.write_tree()
    settled = index.copy("settled")
    lines = b"".join(b"0 " + b"0" * digits + b"\t" + path + b"\0" + entry for path, entry in ours.items())
    settled.run("update-index", "-z", "--index-info", stdin=lines)
    return settled.write_tree()


def _untracked_tree(index: PrivateIndex, paths: tuple[bytes, ...]) -> str | None:
    if not paths:
        return None
    fresh = index.empty("untracked")
    fresh.run("update-index", "-z", "--add", "--stdin", paths=paths)
    return fresh.write_tree()
