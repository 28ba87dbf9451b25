"""What there is to show of a conflict report: each pair in its cell, the worst first, what is unknown never clean."""

from dataclasses import replace

from agentgrid.insight.conflict_view import view_conflicts
from agentgrid.integration.conflicts.model import BASE, AgentWork, ConflictReport, Meeting, Pair
from support.conflict_reports import API, of_four, of_many, of_none, of_trio, of_unknown, work_of


def test_each_pair_has_one_cell_below_the_diagonal() -> None:
    view = view_conflicts(of_four())

    assert [[cell.level for cell in (row.base, *row.cells)] for row in view.rows] == [
        ["clean"],
        ["clean", "conflict"],
        ["clean", "overlap", "adjacent"],
        ["conflict", "clean", "conflict", "same-file"],
    ]
    assert (view.rows[1].cells[0].a, view.rows[1].cells[0].b, view.rows[1].cells[0].files) == ("a2", "a1", 2)


def test_the_counts_are_those_of_the_cells() -> None:
    view = view_conflicts(of_many(40))

    assert sum(view.counts.values()) == 40 * 39 // 2 + 40
    assert (view.counts["unknown"], view.counts["conflict"]) == (1, 27)


def test_the_worst_pairs_come_first_and_their_worst_files_too() -> None:
    view = view_conflicts(of_four())

    assert [(pair.a, pair.b, pair.level) for pair in view.worst] == [
        ("a1", "a2", "conflict"),
        ("a4", BASE, "conflict"),
        ("a2", "a4", "conflict"),
        ("a1", "a3", "overlap"),
        ("a2", "a3", "adjacent"),
        ("a3", "a4", "same-file"),
    ]
    assert [file.level for file in view.worst[0].files] == ["conflict", "same-file"]


def test_a_pair_that_conflicts_in_more_files_is_worse() -> None:
    files = tuple(Meeting(name, "conflict") for name in (b"x", b"y"))
    others = tuple(Meeting(name, "same-file") for name in (b"m", b"n"))
    report = replace(of_none(), agents=(*of_none().agents, work_of("a3")), pairs=(
        Pair("a1", "a2", "conflict", (Meeting(API, "conflict"), *others)),
        Pair("a1", "a3", "conflict", files),
    ))  # fmt: skip

    assert [pair.b for pair in view_conflicts(report).worst] == ["a3", "a2"]


def test_a_pair_that_nobody_compared_has_no_level() -> None:
    report = ConflictReport("main", "0" * 40, (work_of("a1"), work_of("a2")), (Pair("a1", BASE, "clean"),))

    [_, row] = view_conflicts(report).rows

    assert (row.base.level, row.cells[0].level) == (None, None)


def test_who_cannot_be_looked_at_is_unknown_in_every_pair() -> None:
    view = view_conflicts(of_unknown())

    assert [cell.level for cell in view.rows[1].cells] == ["unknown"]
    assert view.rows[2].cells[1].level == "unknown"
    assert [work.agent for work in view.problems] == ["a2"]
    assert not view.is_clean


def test_only_what_is_known_to_merge_is_clean() -> None:
    unseen = AgentWork("a1", None, None, None, problem="gone")

    assert view_conflicts(of_none()).is_clean
    assert not view_conflicts(of_four()).is_clean
    assert not view_conflicts(ConflictReport("main", "0" * 40, (unseen,), ())).is_clean
    assert view_conflicts(ConflictReport("main", "0" * 40, (), ())).is_clean


def test_branches_that_conflict_only_together_are_not_clean_and_are_told() -> None:
    view = view_conflicts(of_trio())

    assert not view.is_clean
    assert [(each.agent, each.clashes, each.is_surprise) for each in view.stations] == [
        ("a1", (), False), ("a2", (), False), ("a3", (API,), True),
    ]  # fmt: skip


def test_a_clash_that_a_pair_foretold_is_no_surprise() -> None:
    last = view_conflicts(of_four()).stations[-1]

    assert (last.position, last.agent, last.is_surprise) == (4, "a2", False)
