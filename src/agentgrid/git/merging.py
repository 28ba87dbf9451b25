"""Bringing one commit into the branch of a work tree, by git itself with all hooks; and what that would come to.

No editor, no autostash (the stash is one for all worktrees), no collection of garbage, no other branch moved, whatever
the person's configuration says.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.git.history import changed_between
from agentgrid.git.process import Git, Output, join_nul

_PLAIN = ("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "submodule.recurse=false")
_SILENT_EDITOR = {"GIT_EDITOR": "true", "GIT_SEQUENCE_EDITOR": "true", "GIT_MERGE_AUTOEDIT": "no"}
_ANY = range(256)
_MOST_NAMED = 200


@dataclass(frozen=True)
class Foreseen:
    """What a merge would give: its `tree` (marks and all where there are conflicts) and the `conflicts`' paths."""

    tree: str
    conflicts: tuple[bytes, ...]


def foresee_merge(git: Git, ours: str, theirs: str) -> Foreseen:
    """Merges two commits with a common ancestor in the object database; nothing else changes."""
    merged = git.run("merge-tree", "--write-tree", "--name-only", "-z", "--no-messages", ours, theirs,
                     accept=(0, 1)).fields  # fmt: skip
    return Foreseen(merged[0].decode(), tuple(path for path in merged[1:] if path))


def changed_on_both_sides(git: Git, fork: str, ours: str, theirs: str) -> tuple[bytes, ...]:
    """Paths that each side changed since `fork`, and not to the same."""
    mine, different = set(changed_between(git, fork, ours)), set(changed_between(git, ours, theirs))
    return tuple(path for path in changed_between(git, fork, theirs) if path in mine and path in different)


def merge_commit(git: Git, oid: str, message: str, *, commit: bool = True) -> Output:
    """`git merge`, a fast-forward where that is possible; `commit` False leaves the merge to be concluded.

    The answer's code is git's: what state it left is to be looked at.
    """
    way = ("--ff", "--commit") if commit else ("--no-ff", "--no-commit")
    return _run(git, "merge", "--quiet", "--no-stat", "--no-edit", "--no-autostash", "--no-squash",
                "--no-overwrite-ignore", *way, "-m", message, oid)  # fmt: skip


def rebase_onto(git: Git, oid: str) -> Output:
    """`git rebase` of the branch that is checked out; merges in it are flattened, as git does."""
    return _run(git, "rebase", "--quiet", "--merge", "--no-stat", "--no-autostash", "--no-autosquash",
                "--no-update-refs", "--no-fork-point", oid)  # fmt: skip


def continue_rebase(git: Git) -> Output:
    return _run(git, "rebase", "--continue")


def conclude_merge(git: Git, message: str) -> Output:
    return _run(git, "commit", "--quiet", "-m", message)


def amend_commit(git: Git) -> Output:
    """Puts the index into the last commit, under its own message."""
    return _run(git, "commit", "--quiet", "--amend", "--no-edit", "--allow-empty")


def abort_operation(git: Git, name: str) -> bool:
    """`git NAME --abort`; True when git could."""
    return _run(git, name, "--abort").code == 0


def list_unmerged(git: Git) -> tuple[bytes, ...]:
    """Paths that are in conflict in the index."""
    listed = git.run("ls-files", "--unmerged", "-z").fields
    return tuple(dict.fromkeys(field.partition(b"\t")[2] for field in listed))


def take_version(git: Git, revision: str, paths: Sequence[bytes]) -> None:
    """Makes `paths`, in index and files, what they are in `revision`, conflict or not; those that it doesn't have
    go."""
    there = set(list_present(git, revision, paths))
    gone = [path for path in paths if path not in there]
    if there:
        git.run("--literal-pathspecs", *_PLAIN, "restore", f"--source={revision}", "--staged", "--worktree",
                "--pathspec-from-file=-", "--pathspec-file-nul", stdin=join_nul(sorted(there)))  # fmt: skip
    if gone:  # `restore` stops at a conflict in a path that its source doesn't have
        git.run("update-index", "--force-remove", "-z", "--stdin", stdin=join_nul(gone))
    for path in gone:
        place = os.path.join(os.fsencode(git.directory), path)
        if os.path.islink(place) or os.path.isfile(place):
            os.unlink(place)


def list_present(git: Git, revision: str, paths: Sequence[bytes]) -> list[bytes]:
    """Those of `paths` that are files, links or submodules in `revision`."""
    found: list[bytes] = []
    for start in range(0, len(paths), _MOST_NAMED):
        part = paths[start : start + _MOST_NAMED]
        listed = git.run("--literal-pathspecs", "ls-tree", "-r", "-z", "--name-only", "--full-tree", revision, "--",
                         *part).fields  # fmt: skip
        wanted = set(part)
        found += [path for path in listed if path in wanted]
    return found


def stage_paths(git: Git, paths: Sequence[bytes]) -> None:
    """Stages what the files are now; those that are gone as gone. Each must be known to the index or be there."""
    if paths:
        git.run("--literal-pathspecs", *_PLAIN, "add", "--all", "--force", "--pathspec-from-file=-",
                "--pathspec-file-nul", stdin=join_nul(paths))  # fmt: skip


def _run(git: Git, *arguments: str) -> Output:
    return git.run(*_PLAIN, *arguments, accept=_ANY, env=_SILENT_EDITOR)
