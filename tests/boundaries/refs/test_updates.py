"""The ruling on one ref: pure, a table of facts."""

from pathlib import Path

import pytest

from agentgrid.boundaries.refs.updates import RefFacts, RefUpdate, decide_update, parse_updates

NEW, OLD = "b" * 40, "a" * 40
MINE, THEIRS, PERSONS, BASE, STASH = (
    "refs/heads/feat/a/x__a1", "refs/heads/feat/b/y__a2", "refs/heads/notes", "refs/heads/main", "refs/stash",
)  # fmt: skip


def rule(ref: str, new: str | None, current: str | None = OLD, **facts: object) -> str:
    """The ruling's kind, with its rule when it is a refusal."""
    owner = {MINE: "a1", THEIRS: "a2"}.get(ref)
    known = RefFacts(current, "main", **{"owner": owner, **facts})  # type: ignore[arg-type]
    ruling = decide_update(RefUpdate(ref, new), "a1", known)
    assert (ruling.kind == "refuse") == bool(ruling.message and ruling.hint)
    return f"{ruling.kind} {ruling.rule}".strip()


@pytest.mark.parametrize("ref", [MINE, THEIRS, PERSONS, BASE, STASH])
def test_an_update_that_changes_nothing_passes(ref: str) -> None:
    assert rule(ref, OLD, OLD) == "pass"


@pytest.mark.parametrize("ref", [MINE, THEIRS, BASE])
def test_packing_a_ref_passes_and_deleting_a_protected_one_doesnt(ref: str) -> None:
    assert rule(ref, None, is_packed=True) == "pass"
    assert (rule(ref, None) == "pass") == (ref == MINE)


@pytest.mark.parametrize(
    ("ref", "new", "current", "facts", "ruling"),
    [
        (MINE, NEW, OLD, {}, "judge"),
        (MINE, NEW, None, {}, "judge"),
        (MINE, None, OLD, {}, "pass"),
        (BASE, NEW, OLD, {}, "refuse permission.base"),
        (BASE, NEW, None, {}, "refuse permission.base"),
        (BASE, None, OLD, {}, "refuse permission.base"),
        (THEIRS, NEW, OLD, {}, "refuse permission.branch"),
        (THEIRS, NEW, None, {}, "refuse permission.branch"),
        (THEIRS, None, OLD, {}, "refuse permission.branch"),
        (STASH, NEW, None, {}, "refuse permission.stash"),
        (STASH, None, OLD, {}, "refuse permission.stash"),
        (PERSONS, NEW, OLD, {}, "refuse permission.branch"),
        (PERSONS, None, OLD, {}, "refuse permission.branch"),
        (PERSONS, NEW, OLD, {"is_here": True}, "judge"),
        (PERSONS, NEW, None, {}, "judge"),
        (PERSONS, NEW, None, {"deny_unmatched": True}, "refuse branch.name"),
        (PERSONS, NEW, OLD, {"owner": "a1"}, "judge"),
        (PERSONS, NEW, None, {"owner": "a1", "deny_unmatched": True}, "judge"),
        (MINE, NEW, OLD, {"elsewhere": Path("/tree")}, "refuse permission.branch"),
    ],
)
def test_who_may_move_what(
    ref: str, new: str | None, current: str | None, facts: dict[str, object], ruling: str
) -> None:
    assert rule(ref, new, current, **facts) == ruling


@pytest.mark.parametrize("name", ["Main", "MAIN"])
def test_a_twin_of_the_base_in_another_case_is_refused(name: str) -> None:
    assert rule(f"refs/heads/{name}", NEW, None) == "refuse permission.base"


def test_gits_lines_are_read_without_the_old_value() -> None:
    lines = f"{OLD} {NEW} {MINE}\n{OLD} {'0' * 40} {THEIRS}\n{'0' * 40} ref:{BASE} HEAD\n"
    assert parse_updates(lines) == [RefUpdate(MINE, NEW), RefUpdate(THEIRS, None)]


def test_a_branch_that_becomes_a_symbolic_one_is_an_update_too() -> None:
    (update,) = parse_updates(f"{OLD} ref:{MINE} {BASE}\n")
    assert (update, rule(BASE, update.new)) == (RefUpdate(BASE, MINE), "refuse permission.base")
