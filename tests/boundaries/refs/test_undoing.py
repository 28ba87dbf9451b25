"""The way back from a refused command, for each command that leaves something behind."""

import pytest

from agentgrid.boundaries.refs.undoing import find_subcommand, undo_hint


@pytest.mark.parametrize(
    ("operation", "command", "undo"),
    [
        ("rebase", "git rebase main", "git rebase --abort"),
        ("am", "git am x.patch", "git am --abort"),
        ("cherry-pick", "git commit", "git cherry-pick --abort"),
        ("merge", "git merge x", "git merge --abort"),
        (None, "git rebase main", "git rebase --abort"),
        (None, "git -C /x -c a.b=c merge --ff-only x", "git reset --merge"),
        (None, "/usr/bin/git reset --hard x", "git reset --merge"),
        (None, "git reset x", "put it back: git reset"),
        (None, "git commit -m x", "still staged"),
    ],
)
def test_each_command_has_its_way_back(operation: str | None, command: str, undo: str) -> None:
    hint = undo_hint(operation, command.split())
    assert hint is not None
    assert hint.endswith(undo)


@pytest.mark.parametrize("command", ["git update-ref x y", "git branch -f x y", "git reset --soft x", "git", ""])
def test_what_changes_nothing_but_the_ref_needs_none(command: str) -> None:
    assert undo_hint(None, command.split()) is None


def test_the_subcommand_is_found_behind_global_options() -> None:
    assert find_subcommand(["git", "--git-dir", "/x", "--no-pager", "-c", "a=b", "reset", "-q"]) == ("reset", ("-q",))
