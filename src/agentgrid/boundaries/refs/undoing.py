"""What a refused git command leaves behind, and the command that undoes it. Pure words: nothing is decided here.

git updates index and files before it asks whether the branch may move (reset, fast-forward), or stops in the middle
of a rebase. Source: what git 2.39 was seen to leave; git-reset(1) on `--merge`.
"""

import shlex
from collections.abc import Sequence

_BY_OPERATION = frozenset({"rebase", "am", "cherry-pick", "revert", "merge"})
_MOVES_FILES = frozenset({"merge", "pull", "checkout", "switch", "revert", "cherry-pick"})
_GLOBAL_WITH_VALUE = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"})


def find_subcommand(command: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """(`reset`, its arguments) of a git command line; empty when there is none."""
    words = list(command[1:])
    while words and words[0].startswith("-"):
        takes_value = words[0] in _GLOBAL_WITH_VALUE
        words = words[2 if takes_value else 1 :]
    return (words[0], tuple(words[1:])) if words else ("", ())


def undo_hint(operation: str | None, command: Sequence[str], *, left: str | None = None) -> str | None:
    """The line that says how to get back to where the work tree was; None when nothing was changed.

    `operation`: what git is in the middle of. `command`: the command line that was refused, empty when unknown.
    `left`: the branch that a rebase has left, where git itself has already forgotten it.
    """
    name, arguments = find_subcommand(command)
    if operation == "rebase" and left is not None:
        return f"to get back to where you were: git rebase --quit && git switch {shlex.quote(left)}"
    if operation in _BY_OPERATION:
        return f"to get back to where you were: git {operation} --abort"
    if name == "rebase":
        return "to get back to where you were: git rebase --abort"
    if name == "reset":
        if "--soft" in arguments:
            return None
        undo = "git reset --merge" if {"--hard", "--merge", "--keep"} & set(arguments) else "git reset"
        return f"the branch stands where it was, the index doesn't; to put it back: {undo}"
    if name in _MOVES_FILES:
        return "the branch stands where it was, index and files don't; to put them back: git reset --merge"
    if name == "commit":
        return "nothing was committed, and what was staged is still staged"
    return None


def undo_stash_hint(command: Sequence[str]) -> str | None:
    """The same for a refused change of the stash: only `pop` has done something by then."""
    name, arguments = find_subcommand(command)
    if name != "stash" or "pop" not in arguments:
        return None
    return (
        "it is in the work tree now, and in the stash; to take it out again: git stash show -p --binary | git apply -R"
    )
