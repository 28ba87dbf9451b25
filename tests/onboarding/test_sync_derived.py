"""Generated files are never merged: the incoming version is taken, and the command that the policy names is run."""

import pytest

from support.grids import GRID, ORDERS, GridSandbox, SharedGrid, share_grid
from support.syncs import commit, sync, whole

# The "lock file" lists what the two manifests ask for, and a log outside git counts how often it was generated.
GENERATE = "cat services/orders/needs services/billing/needs | sort > lock.txt && echo x >> ../generated"
DERIVED = f"derived:\n  /lock.txt: '{GENERATE}'\n  /broken.txt: 'echo no network >&2; exit 7'\n"
NEEDS_A1, NEEDS_A2 = "services/orders/needs", "services/billing/needs"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> SharedGrid:
    return share_grid(tmp_path_factory.mktemp("derived") / "shop", grid=GRID + DERIVED)


def prepare(grid: GridSandbox, *, mine: str = "alpha", theirs: str = "beta") -> None:
    """Both sides have generated lock.txt anew, each for its own new dependency."""
    start = {NEEDS_A1: "one\n", NEEDS_A2: "two\n", "lock.txt": "one\ntwo\n", "broken.txt": "1\n"}
    grid.main.commit("Dependencies", **start)
    sync(grid)
    desk = grid.desks["a1"]
    desk.write("lock.txt", f"{mine}\none\ntwo\n")
    desk.git("add", "lock.txt")
    commit(desk, NEEDS_A1, f"one\n{mine}\n", "Mine")
    grid.main.commit("Theirs", **{NEEDS_A2: f"two\n{theirs}\n", "lock.txt": f"{theirs}\none\ntwo\n"})


@pytest.mark.parametrize("rebase", [False, True])
def test_a_conflict_in_a_generated_file_alone_is_resolved_by_generating_it(grid: GridSandbox, *, rebase: bool) -> None:
    prepare(grid)
    desk = grid.desks["a1"]

    done = sync(grid, "a1", rebase=rebase, trust=True)["a1"]

    assert (done.state, done.regenerated) == ("rebased" if rebase else "merged", (b"lock.txt",))
    assert desk.git("show", "HEAD:lock.txt") == "alpha\nbeta\none\ntwo"
    assert desk.git("status", "--porcelain", "--untracked-files=no") == ""
    assert len(desk.git("rev-list", "main..HEAD").split()) == (1 if rebase else 2)
    log = (grid.main.path / ".git/agentgrid/logs").glob("*.log")
    assert [line for file in log for line in file.read_text().splitlines() if line == f"$ {GENERATE}"] != []


def test_a_rebase_drops_a_commit_that_only_generated(grid: GridSandbox) -> None:
    grid.main.commit("Dependencies", **{NEEDS_A1: "one\n", NEEDS_A2: "two\n", "lock.txt": "one\ntwo\n"})
    sync(grid)
    desk = grid.desks["a1"]
    commit(desk, "lock.txt", "mine\none\ntwo\n", "Only generated")
    commit(desk, ORDERS, "ORDERS = [1]\n")
    grid.main.commit("Theirs", **{NEEDS_A2: "two\nbeta\n", "lock.txt": "beta\none\ntwo\n"})

    done = sync(grid, "a1", rebase=True, trust=True)["a1"]

    assert (done.state, desk.git("show", "HEAD:lock.txt")) == ("rebased", "beta\none\ntwo")
    assert desk.git("log", "--format=%s", "main..HEAD") == "Work"


def test_a_text_merge_that_would_be_clean_is_not_taken_either(grid: GridSandbox) -> None:
    """What git makes of two lock files may merge and still be wrong."""
    prepare(grid, mine="alpha", theirs="zeta")
    grid.main.commit("Sorted", **{"lock.txt": "one\ntwo\nzeta\n"})
    desk = grid.desks["a1"]

    done = sync(grid, "a1", trust=True)["a1"]

    assert (done.state, desk.git("show", "HEAD:lock.txt")) == ("merged", "alpha\none\ntwo\nzeta")


def test_what_only_one_side_changed_is_taken_as_it_is(grid: GridSandbox) -> None:
    grid.main.commit("Dependencies", **{NEEDS_A1: "one\n", "lock.txt": "one\n"})
    sync(grid)
    commit(grid.desks["a1"], ORDERS, "ORDERS = [1]\n")
    grid.main.commit("Theirs", **{"lock.txt": "one\nmore\n"})

    done = sync(grid, "a1")["a1"]

    assert (done.state, done.regenerated, grid.desks["a1"].read("lock.txt")) == ("merged", (), "one\nmore\n")


def test_a_command_of_the_repository_runs_only_when_it_may(grid: GridSandbox) -> None:
    prepare(grid)
    desk, ran = grid.desks["a1"], grid.main.path.parent / "generated"
    ran.unlink(missing_ok=True)
    before = whole(desk)

    done = sync(grid, "a1")["a1"]

    assert (done.state, GENERATE in done.message, "--trust" in done.hint) == ("refused", True, True)
    assert (whole(desk), ran.exists()) == (before, False)


def test_other_conflicts_are_left_and_the_command_for_the_generated_file_is_told(grid: GridSandbox) -> None:
    prepare(grid)
    desk = grid.desks["a1"]
    commit(desk, ORDERS, "ORDERS = ['mine']\n")
    grid.main.commit("Also theirs", **{ORDERS: "ORDERS = ['theirs']\n"})
    before = whole(desk)

    done = sync(grid, "a1", trust=True)["a1"]

    assert (done.state, done.conflicts) == ("conflict", (ORDERS.encode(),))
    assert f"(cd {desk.path} && {GENERATE})" in done.go_on
    desk.git("merge", "--abort")
    assert whole(desk) == before


@pytest.mark.parametrize("rebase", [False, True])
def test_a_command_that_fails_stops_the_sync_and_leads_back(grid: GridSandbox, *, rebase: bool) -> None:
    grid.main.commit("Start", **{"broken.txt": "1\n"})
    sync(grid)
    desk = grid.desks["a1"]
    commit(desk, "broken.txt", "mine\n")
    grid.main.commit("Theirs", **{"broken.txt": "theirs\n"})
    before = whole(desk)

    done = sync(grid, "a1", rebase=rebase, trust=True)["a1"]

    assert done.state == "stopped"
    assert "exit code 7: no network" in done.message
    if not rebase:
        desk.git("merge", "--abort")
        assert whole(desk) == before


def test_it_is_not_generated_from_what_is_not_committed(grid: GridSandbox) -> None:
    prepare(grid)
    desk = grid.desks["a1"]
    desk.write(ORDERS, "ORDERS = ['uncommitted']\n")

    done = sync(grid, "a1", trust=True)["a1"]

    assert (done.state, "has to be generated from what is committed" in done.message) == ("refused", True)


def test_a_generated_file_that_the_base_took_away_goes_or_comes_back_by_its_command(grid: GridSandbox) -> None:
    prepare(grid)
    grid.main.commit("No lock file any more", **{"lock.txt": None})

    done = sync(grid, "a1", trust=True)["a1"]

    assert (done.state, grid.desks["a1"].git("show", "HEAD:lock.txt")) == ("merged", "alpha\nbeta\none\ntwo")
