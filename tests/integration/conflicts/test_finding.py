"""The report on a grid: levels with their lines, what can't be told, the order, and the train that is built first."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from agentgrid.errors import InputError
from agentgrid.git import trial_merges
from agentgrid.git.process import Git
from agentgrid.grid import Grid
from agentgrid.integration.conflicts.finding import Options, find_conflicts
from agentgrid.integration.conflicts.model import BASE, Hunk, LineRange, Meeting, Pair
from agentgrid.integration.conflicts.pairs import PairSources
from agentgrid.integration.snapshots.places import find_places
from support.footprints import real_objects
from support.grids import BILLING, ORDERS, GridSandbox, make_grid
from support.repositories import Sandbox

CACHE = "services/common/cache.py"
LINES = "".join(f"LINE_{number} = {number}\n" for number in range(1, 31))
OWNED = {"a1": "services/orders/**", "a2": "services/billing/**", "a3": "services/api/**"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, hermetic_session: None) -> GridSandbox:
    grid = make_grid(tmp_path_factory.mktemp("grid") / "shop", owned=OWNED)
    grid.main.commit("Lines", **{CACHE: LINES})
    return grid


@pytest.fixture
def trio(made: GridSandbox) -> GridSandbox:
    """Three desks that stand where the base is, with nothing of their own."""
    for desk in made.desks.values():
        desk.git("-c", "core.hooksPath=/dev/null", "reset", "--quiet", "--hard", "main")
        desk.git("clean", "--quiet", "-ffdx")
    return made


def pair_of(grid: GridSandbox, a: str, b: str, *, committed_only: bool = False) -> Pair:
    pairs = Grid.open(grid.main.path).integration.pairs(committed_only=committed_only)
    return next(pair for pair in pairs if (pair.a, pair.b) == (a, b))


def change_line(desk: Sandbox, number: int, text: str) -> None:
    lines = desk.read(CACHE).splitlines(keepends=True)
    lines[number - 1] = f"{text}\n"
    desk.write(CACHE, "".join(lines))


def test_uncommitted_work_meets_uncommitted_work_in_named_lines(trio: GridSandbox) -> None:
    change_line(trio.desks["a1"], 10, "OURS = 1")
    change_line(trio.desks["a2"], 10, "THEIRS = 1")
    objects = real_objects(trio.main)

    here = LineRange(10, 1)
    meeting = Meeting(CACHE.encode(), "conflict", "content", (Hunk(here, here, here),))
    assert pair_of(trio, "a1", "a2") == Pair("a1", "a2", "conflict", (meeting,))
    assert pair_of(trio, "a1", "a3") == Pair("a1", "a3", "clean")
    assert pair_of(trio, "a1", "a2", committed_only=True) == Pair("a1", "a2", "clean")
    assert real_objects(trio.main) == objects


@pytest.mark.parametrize(("line", "level"), [(12, "adjacent"), (25, "same-file")])
def test_what_git_merges_is_told_by_how_near_it_is(trio: GridSandbox, line: int, level: str) -> None:
    change_line(trio.desks["a1"], 10, "OURS = 1")
    change_line(trio.desks["a2"], line, "THEIRS = 1")

    assert pair_of(trio, "a1", "a2").level == level


def test_the_same_change_on_both_sides_overlaps_and_merges(trio: GridSandbox) -> None:
    for agent in ("a1", "a2"):
        change_line(trio.desks[agent], 10, "SAME = 1")
    trio.desks["a2"].write("services/billing/own.py", "OWN = 1\n")

    assert pair_of(trio, "a1", "a2").level == "overlap"


def test_where_attributes_have_files_merged_otherwise_git_is_asked(trio: GridSandbox) -> None:
    trio.main.write(".git/info/attributes", f"{CACHE} -merge\n")
    try:
        change_line(trio.desks["a1"], 10, "OURS = 1")
        change_line(trio.desks["a2"], 25, "THEIRS = 1")
        assert pair_of(trio, "a1", "a2").level == "conflict"
    finally:
        (trio.main.path / ".git/info/attributes").unlink()


def test_the_base_is_a_side_too(trio: GridSandbox) -> None:
    start = trio.main.oid()
    change_line(trio.desks["a1"], 10, "OURS = 1")
    change_line(trio.main, 10, "BASE = 1")
    trio.main.commit("The base moves")
    try:
        assert pair_of(trio, "a1", BASE).level == "conflict"
        assert pair_of(trio, "a2", BASE).level == "clean"
    finally:
        trio.main.git("reset", "--quiet", "--hard", start)


def test_what_cannot_be_told_is_unknown_and_never_clean(trio: GridSandbox) -> None:
    desk = trio.desks["a1"]
    with open(desk.path / "huge.bin", "wb") as stream:
        stream.truncate(2 << 30)
    report = Grid.open(trio.main.path).integration.conflicts()
    branch = desk.git("branch", "--show-current")
    desk.git("checkout", "--quiet", "--orphan", "apart")
    (desk.path / "huge.bin").unlink()
    desk.git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-m", "Apart")
    try:
        apart = pair_of(trio, "a1", "a2")
    finally:
        desk.git("-c", "core.hooksPath=/dev/null", "checkout", "--quiet", branch)

    unknown = {(pair.a, pair.b) for pair in report.pairs if pair.level == "unknown"}
    assert unknown == {("a1", "a2"), ("a1", "a3"), ("a1", BASE)}
    assert apart.problem == "a1 and a2 have no history in common"


def test_three_that_are_clean_in_pairs_and_conflict_together_are_told(trio: GridSandbox) -> None:
    """a1 moves a file and changes a third of it, a2 changes another third: after both nobody knows it for the file
    that a3 changes in one line."""
    lines = [f"a line like no other: {number}\n" for number in range(90)]
    start = trio.main.oid()
    trio.main.commit("Long", **{"long.txt": "".join(lines)})
    for desk in trio.desks.values():
        desk.git("-c", "core.hooksPath=/dev/null", "reset", "--quiet", "--hard", "main")
    first = [f"one {number}\n" if number < 32 else line for number, line in enumerate(lines)]
    second = [f"two {number}\n" if 35 <= number < 67 else line for number, line in enumerate(lines)]
    third = [*lines[:80], "three\n", *lines[81:]]
    trio.desks["a1"].commit("One", **{"long.txt": None, "moved.txt": "".join(first)})
    trio.desks["a2"].commit("Two", **{"long.txt": "".join(second)})
    trio.desks["a3"].commit("Three", **{"long.txt": "".join(third)})

    try:
        report = Grid.open(trio.main.path).integration.conflicts()
        again = Grid.open(trio.main.path).integration.conflicts()
    finally:
        trio.main.git("reset", "--quiet", "--hard", start)

    assert again == report
    assert {pair.level for pair in report.pairs} == {"clean", "same-file"}
    assert report.order is not None
    assert report.order.agents == ("a1", "a2", "a3")
    assert (report.order.cost, report.order.together) == (0, (("a3", (b"long.txt",)),))


def test_hard_edges_come_before_cost_and_a_circle_is_refused(trio: GridSandbox) -> None:
    for agent, desk in trio.desks.items():
        desk.commit("Work", **{f"{agent}.py": "X = 1\n"})
    integration = Grid.open(trio.main.path).integration

    order = integration.conflicts(after={"a1": {"a3"}}).order

    assert order is not None
    assert order.agents == ("a2", "a3", "a1")
    with pytest.raises(InputError, match="wait for each other"):
        integration.conflicts(after={"a1": {"a3"}, "a3": {"a1"}})


def test_a_refresh_asks_git_only_about_what_moved(trio: GridSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, desk in enumerate(trio.desks.values()):
        change_line(desk, 10, f"OWN = {number}")
        desk.commit("Work")
    first = Grid.open(trio.main.path).integration.pairs()
    asked: list[Sequence[object]] = []
    real = trial_merges._try_batch

    def listen(git: Git, sides: Sequence[trial_merges.Sides]) -> list[trial_merges.TrialMerge]:
        asked.append(sides)
        return real(git, sides)

    monkeypatch.setattr(trial_merges, "_try_batch", listen)

    assert Grid.open(trio.main.path).integration.pairs() == first
    assert asked == []
    change_line(trio.desks["a2"], 10, "OWN = 'again'")
    Grid.open(trio.main.path).integration.pairs()
    assert sum(map(len, asked)) == 2


def test_what_is_found_beyond_text_is_an_overlap_with_its_reason(trio: GridSandbox) -> None:
    trio.desks["a1"].commit("One", **{ORDERS: "ORDERS = [1]\n"})
    trio.desks["a2"].write(BILLING, "from services.orders.main import ORDERS\n")
    seen: list[tuple[str, str, str]] = []

    def beyond(sources: Sequence[PairSources]) -> list[tuple[Meeting, ...]]:
        for each in sources:
            blob = each.b_changes[next(iter(each.b_changes))].new.decode()
            seen.append((each.a, each.b, each.git.text("cat-file", "blob", blob)))
        return [(Meeting(BILLING.encode(), "overlap", "deleted-name", reason="used there"),) for _ in sources]

    in_force = Grid.open(trio.main.path).in_force
    places = find_places(trio.repository, in_force.policy)
    base = (in_force.base.branch, in_force.base.oid)
    report = find_conflicts(trio.repository, places, base, Options(beyond=beyond))

    assert seen == [("a1", "a2", "from services.orders.main import ORDERS")]
    found = {(pair.a, pair.b): pair.level for pair in report.pairs if pair.level != "clean"}
    assert found == {("a1", "a2"): "overlap"}


def test_an_agent_without_a_worktree_counts_with_its_newest_branch(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop", owned=OWNED)
    desk = grid.desks["a1"]
    tip = desk.commit("Own", **{"own.py": "OWN = 1\n"})
    desk.write("lost.py", "LOST = 1\n")
    grid.main.git("worktree", "remove", "--force", desk.path)
    integration = Grid.open(grid.main.path).integration

    assert [(work.agent, work.snapshot, work.changed) for work in integration.works(["a1"])] == [
        ("a1", tip, (b"own.py",))
    ]
    assert [work.agent for work in integration.works()] == ["a1", "a2", "a3"]
    with pytest.raises(InputError):
        integration.works(["nobody"])


def test_progress_is_told(trio: GridSandbox) -> None:
    for number, desk in enumerate(trio.desks.values()):
        change_line(desk, 10, f"PROGRESS = {number}")
    heard: list[tuple[str, int, int]] = []

    Grid.open(trio.main.path).integration.conflicts(progress=lambda *told: heard.append(told))

    assert ("snapshots", 3, 3) in heard
    assert ("merges", 3, 3) in heard
    assert json.dumps(heard)


def test_what_the_base_has_by_a_squash_meets_nothing_there(trio: GridSandbox) -> None:
    desk = trio.desks["a2"]
    change_line(desk, 10, "OWN = 2")
    desk.commit("Work")
    trio.main.git("merge", "--squash", "--quiet", desk.oid())
    trio.main.commit("Land a2")

    found = {(pair.a, pair.b): pair for pair in Grid.open(trio.main.path).integration.pairs()}

    assert found["a2", BASE] == Pair("a2", BASE, "clean")
