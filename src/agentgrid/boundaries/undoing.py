"""What a refused git command leaves behind, and the command that undoes it. Pure words: nothing is decided here.

git updates index and files before it asks whether the branch may move (reset, fast-forward), or stops in the middle
of a rebase. Source: what git 2.39 was seen to leave; git-reset(1) on `--merge`.
"""

from collections.abc import Sequence

_BY_OPERATION = frozenset({"rebase", "am", "cherry-pick", "revert", "merge"})
_MOVES_FILES = frozenset({"merge", "pull", "checkout", "switch"})
_GLOBAL_WITH_VALUE = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"})


def find_subcommand(command: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """(`reset`, its arguments) of a git command line; empty when there is none."""
    words = list(command[1:])
    while words and words[0].startswith("-"):
        takes_value = words[0] in _GLOBAL_WITH_VALUE
        words = words[2 if takes_value else 1 :]
    return (words[0], tuple(words[1:])) if words else ("", ())


def undo_hint(operation: str | None, command: Sequence[str]) -> str | None:
    """The line that says how to get back to where the work tree was; None when nothing was changed.

    `operation`: what git is in the middle of. `command`: the command line that was refused, empty when unknown.
    """
    name, arguments = find_subcommand(command)
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
