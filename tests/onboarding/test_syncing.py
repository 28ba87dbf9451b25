"""`sync` by real git with all guards: what comes in, what is refused, and that nothing is lost on the way."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentgrid.onboarding.syncing import SyncOptions, apply_sync, plan_sync
from agentgrid.workspace.sync import facts
from support.grids import BILLING, ORDERS, GridSandbox, admin_dir_of, attempt, equip_grid, remove_guard
from support.repositories import Sandbox
from support.syncs import commit, sync, whole

README = "README.md"


@pytest.fixture
def ignore(grid: GridSandbox) -> Iterator[Callable[[str], None]]:
    """Hides a pattern in all worktrees until the test has ended."""
    exclude = grid.main.path / ".git/info/exclude"
    kept = exclude.read_bytes()

    def hide(pattern: str) -> None:
        exclude.write_bytes(kept + pattern.encode() + b"\n")

    yield hide
    exclude.write_bytes(kept)


def test_a_branch_without_work_moves_forward_and_one_with_work_gets_a_merge(grid: GridSandbox) -> None:
    mine = commit(grid.desks["a1"], ORDERS, "ORDERS = [1]\n")
    base = grid.main.commit("Base goes on", **{README: "# more\n"})

    done = sync(grid)

    a1 = grid.desks["a1"]
    assert (done["a1"].state, done["a2"].state, done["a2"].after) == ("merged", "fast-forwarded", base)
    assert a1.git("rev-parse", "HEAD^1", "HEAD^2").split() == [mine, base]
    assert a1.git("log", "-1", "--format=%s") == f"Merge main into {done['a1'].branch}"
    assert "Agent: a1" in a1.git("log", "-1", "--format=%B")
    assert {each.state for each in sync(grid).values()} == {"up-to-date"}


def test_with_rebase_the_work_stands_on_the_base(grid: GridSandbox) -> None:
    commit(grid.desks["a1"], ORDERS, "ORDERS = [1]\n")
    base = grid.main.commit("Base goes on", **{README: "# more\n"})

    done = sync(grid, "a1", rebase=True)["a1"]

    assert (done.state, grid.desks["a1"].oid("HEAD^"), done.commits) == ("rebased", base, 1)


@pytest.mark.parametrize("rebase", [False, True])
def test_a_conflict_stops_and_leads_back_to_exactly_what_was(grid: GridSandbox, *, rebase: bool) -> None:
    desk = grid.desks["a1"]
    commit(desk, ORDERS, "ORDERS = ['mine']\n")
    grid.main.commit("Base changes it too", **{ORDERS: "ORDERS = ['theirs']\n"})
    desk.write("notes.txt", "not committed\n")
    if not rebase:
        desk.write("services/orders/tests/test_orders.py", "def test_changed(): ...\n")
    before = whole(desk)

    done = sync(grid, "a1", rebase=rebase)["a1"]

    assert (done.state, done.conflicts) == ("conflict", (ORDERS.encode(),))
    assert "<<<<<<<" in desk.read(ORDERS)
    assert done.go_back is not None
    desk.git(*done.go_back.split()[3:])
    assert whole(desk) == before


def test_a_conflict_can_be_resolved_by_the_commands_that_are_told(grid: GridSandbox) -> None:
    desk = grid.desks["a1"]
    commit(desk, ORDERS, "ORDERS = ['mine']\n")
    grid.main.commit("Base changes it too", **{ORDERS: "ORDERS = ['theirs']\n"})
    done = sync(grid, "a1")["a1"]

    desk.write(ORDERS, "ORDERS = ['both']\n")
    for step in done.go_on:
        desk.git(*step.split()[3:], env={"GIT_EDITOR": "true"})

    assert sync(grid, "a1")["a1"].state == "up-to-date"


def test_one_that_stops_keeps_no_other_from_being_done(grid: GridSandbox) -> None:
    commit(grid.desks["a1"], ORDERS, "ORDERS = ['mine']\n")
    grid.main.commit("Base changes it too", **{ORDERS: "ORDERS = ['theirs']\n"})

    done = sync(grid)

    assert (done["a1"].state, done["a2"].state) == ("conflict", "fast-forwarded")
    assert sync(grid, "a1")["a1"].message == "a merge is in progress"


def stage(desk: Sandbox) -> None:
    desk.write("services/orders/new.py", "1\n")
    desk.git("add", "services/orders/new.py")


REFUSALS: dict[str, tuple[Callable[[Sandbox], object], str]] = {
    "staged": (stage, "work is staged: services/orders/new.py"),
    "changed": (lambda desk: desk.write(README, "mine\n"), "uncommitted files are in the way: README.md"),
    "untracked": (lambda desk: desk.write("new.txt", "mine\n"), "uncommitted files are in the way: new.txt"),
    "ignored": (lambda desk: desk.write("run.log", "mine\n"), "uncommitted files are in the way: run.log"),
    "ignored file above": (lambda desk: desk.write("out.log", "mine\n"), "in the way: out.log"),
    "ignored below": (lambda desk: desk.write("made.log/deep/x", "mine\n"), "in the way: made.log/deep/x"),
    "detached": (lambda desk: desk.git("switch", "--quiet", "--detach"), "HEAD is on no branch"),
    "bisecting": (lambda desk: desk.git("bisect", "start"), "a bisect is in progress"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("has_work", [True, False])
def test_what_would_lose_something_is_refused_and_nothing_is_touched(
    grid: GridSandbox, ignore: Callable[[str], None], name: str, *, has_work: bool
) -> None:
    desk, (spoil, message) = grid.desks["a1"], REFUSALS[name]
    ignore("*.log")
    if has_work:
        commit(desk, ORDERS, "ORDERS = [1]\n")
    for path in ("run.log", "out.log/inner.txt", "made.log"):
        grid.main.write(path, "base's\n")
    grid.main.git("add", "-f", "run.log", "out.log", "made.log")
    grid.main.commit("Base goes on", **{README: "# more\n", "new.txt": "base's\n"})
    spoil(desk)
    before = whole(desk)

    done = sync(grid, "a1")["a1"]

    assert (done.state, message in done.message) == ("refused", True), done.message
    assert whole(desk) == before
    desk.git("bisect", "reset", accept=(0, 1))


def test_git_alone_would_overwrite_an_ignored_file(
    grid: GridSandbox, ignore: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: without the look at what is in the way, the file is gone, and nothing has it any more."""
    monkeypatch.setattr(facts, "find_in_the_way", lambda *_: ())
    desk = grid.desks["a1"]
    commit(desk, ORDERS, "ORDERS = [1]\n")
    ignore("/run.log")
    grid.main.write("run.log", "base's\n")
    grid.main.git("add", "-f", "run.log")
    grid.main.commit("Base goes on")
    desk.write("run.log", "precious\n")

    assert (sync(grid, "a1")["a1"].state, desk.read("run.log")) == ("merged", "base's\n")


def test_an_ignored_file_that_only_a_commit_on_the_way_writes_stops_a_rebase(
    grid: GridSandbox, ignore: Callable[[str], None]
) -> None:
    desk = grid.desks["a1"]
    commit(desk, "services/orders/run.log", "by mistake\n")
    desk.git("rm", "--quiet", "--cached", "services/orders/run.log")
    desk.git("commit", "--quiet", "-m", "Not in git")
    desk.write("services/orders/run.log", "precious\n")
    ignore("run.log")
    grid.main.commit("Base goes on", **{README: "# more\n"})

    done = sync(grid, "a1", rebase=True)["a1"]

    assert (done.state, desk.read("services/orders/run.log")) == ("refused", "precious\n")


def test_unrelated_uncommitted_work_stays_as_it_is(grid: GridSandbox) -> None:
    desk = grid.desks["a1"]
    commit(desk, ORDERS, "ORDERS = [1]\n")
    grid.main.commit("Base goes on", **{README: "# more\n"})
    desk.write(ORDERS, "ORDERS = [2]\n")
    desk.write("notes.txt", "mine\n")

    assert sync(grid, "a1")["a1"].state == "merged"
    assert (desk.read(ORDERS), desk.read("notes.txt")) == ("ORDERS = [2]\n", "mine\n")
    assert sync(grid, "a1", rebase=True)["a1"].state == "up-to-date"


def test_what_a_guard_refuses_is_taken_back(grid: GridSandbox) -> None:
    desk = grid.desks["a1"]
    commit(grid.desks["a2"], BILLING, "INVOICES = [2]\n")
    commit(desk, ORDERS, "ORDERS = [1]\n")
    desk.write("services/orders/tests/test_orders.py", "def test_changed(): ...\n")
    before = whole(desk)

    done = sync(grid, "a1", source_agent="a2")["a1"]

    assert (done.state, done.go_back, done.warnings) == ("refused", None, ())
    assert f"{BILLING} belongs to a2" in done.message
    assert whole(desk) == before


def test_a_rebase_that_a_guard_refuses_is_taken_back(grid: GridSandbox) -> None:
    desk = grid.desks["a1"]
    commit(grid.desks["a2"], BILLING, "INVOICES = [2]\n")
    commit(desk, ORDERS, "ORDERS = [1]\n")
    desk.write("notes.txt", "mine\n")
    before, branch = whole(desk), desk.git("branch", "--show-current")

    done = sync(grid, "a1", source_agent="a2", rebase=True)["a1"]

    assert (done.state, f"{BILLING} belongs to a2" in done.message) == ("refused", True)
    assert (whole(desk), desk.git("branch", "--show-current"), done.go_back) == (before, branch, None)


def test_a_fast_forward_that_a_guard_refuses_is_taken_back(grid: GridSandbox) -> None:
    commit(grid.desks["a2"], BILLING, "INVOICES = [2]\n")
    commit(grid.desks["a2"], "services/billing/new.py", "NEW = 1\n")
    desk = grid.desks["a1"]
    desk.write(ORDERS, "ORDERS = ['uncommitted']\n")
    before, kept = whole(desk), grid.main.git("for-each-ref", "refs/agentgrid/rescue")

    done = sync(grid, "a1", source_agent="a2")["a1"]

    assert (done.state, f"{BILLING} belongs to a2" in done.message) == ("refused", True)
    assert whole(desk) == before
    assert grid.main.git("for-each-ref", "refs/agentgrid/rescue") == kept


def test_without_the_guard_the_other_agents_branch_comes_in(grid: GridSandbox) -> None:
    theirs = commit(grid.desks["a2"], BILLING, "INVOICES = [2]\n")
    remove_guard(grid.desks["a1"])

    assert sync(grid, "a1", source_agent="a2")["a1"].after == theirs


def test_another_agents_branch_that_is_checked_out_is_not_moved(grid: GridSandbox) -> None:
    desk = grid.desks["a1"]
    grid.main.branch("feat/a2/other__a2")
    desk.git("switch", "--quiet", "feat/a2/other__a2")
    grid.main.commit("Base goes on", **{README: "# more\n"})

    done = sync(grid, "a1")["a1"]

    assert (done.state, done.message) == ("refused", "feat/a2/other__a2 is a2's branch")


def test_a_worktree_that_is_gone_is_told(grid: GridSandbox, tmp_path: Path) -> None:
    desk = grid.desks["a1"]
    kept = tmp_path / "kept"
    desk.path.rename(kept)
    try:
        done = sync(grid)
        assert (done["a1"].state, done["a2"].state) == ("refused", "up-to-date")
        assert "agentgrid remove a1" in done["a1"].hint
    finally:
        kept.rename(desk.path)


def test_a_worktree_that_git_cannot_read_stops_no_other(grid: GridSandbox) -> None:
    grid.main.commit("Base goes on", **{README: "# more\n"})
    index = admin_dir_of(grid.desks["a1"]) / "index"
    kept = index.read_bytes()
    index.write_bytes(b"not an index")
    try:
        done = sync(grid)
    finally:
        index.write_bytes(kept)

    assert (done["a1"].state, done["a2"].state) == ("failed", "fast-forwarded")


def test_a_sub_worktree_syncs_itself(grid: GridSandbox, tmp_path: Path) -> None:
    desk = grid.desks["a1"]
    desk.git("worktree", "add", "--quiet", "-b", "feat/a1/side__a1", tmp_path / "side")
    side = Sandbox(tmp_path / "side")
    base = grid.main.commit("Base goes on", **{README: "# more\n"})

    done = sync(grid, where=side)

    assert (done["a1"].path, side.oid(), desk.oid() == base) == (side.path, base, False)
    grid.main.git("worktree", "remove", "--force", side.path)
    grid.main.git("branch", "-D", "feat/a1/side__a1")


def test_what_landed_on_the_server_comes_in_whatever_the_local_base_is(grid: GridSandbox, tmp_path: Path) -> None:
    grid.main.serve(tmp_path / "server.git")
    other = Sandbox(tmp_path / "server.git").clone(tmp_path / "other")
    landed = other.commit("Landed on the server", **{README: "# landed\n"})
    other.git("push", "--quiet", "origin", "HEAD:main")
    commit(grid.desks["a1"], ORDERS, "ORDERS = [1]\n")
    try:
        repository = grid.repository
        planned = plan_sync(repository, SyncOptions(("a1",)))
        done = apply_sync(repository, planned, may_run=lambda _: False, report=lambda *_: None)[0]
        assert (planned.source.label, planned.source.oid, done.state) == ("origin/main", landed, "merged")
        assert grid.main.oid("main") != landed
    finally:
        grid.main.git("remote", "remove", "origin")


def test_hooks_of_the_repository_run_and_may_refuse(grid: GridSandbox) -> None:
    hook = grid.main.path / ".git/hooks/pre-merge-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n")
    hook.chmod(0o755)
    desk = grid.desks["a1"]
    commit(desk, ORDERS, "ORDERS = [1]\n")
    grid.main.commit("Base goes on", **{README: "# more\n"})
    before = whole(desk)

    done = sync(grid, "a1")["a1"]

    assert (done.state, "not today" in done.message) == ("refused", True)
    assert whole(desk) == before
    assert attempt(desk, "rev-parse", "--verify", "MERGE_HEAD").code != 0


def test_a_person_configuration_changes_nothing_of_it(grid: GridSandbox) -> None:
    for setting in ("merge.ff=only", "merge.autoStash=true", "rebase.autoStash=true", "rebase.updateRefs=true",
                    "submodule.recurse=true", "rebase.backend=apply"):  # fmt: skip
        grid.main.git("config", "--global", *setting.split("="))
    commit(grid.desks["a1"], ORDERS, "ORDERS = [1]\n")
    grid.main.commit("Base goes on", **{README: "# more\n"})

    assert sync(grid, "a1")["a1"].state == "merged"


def test_bare_repositories_are_synced_too(tmp_path: Path, grid: GridSandbox) -> None:
    bare = grid.main.clone(tmp_path / "shop.git", "--bare")
    bare.git("config", "user.name", "Test")
    bare.git("remote", "remove", "origin")
    made = equip_grid(bare, "a1")
    commit(made.desks["a1"], ORDERS, "ORDERS = [1]\n")
    base = grid.main.commit("Base goes on", **{README: "# more\n"})
    bare.git("fetch", "--quiet", grid.main.path, "main:main")

    done = sync(made)

    assert (done["a1"].state, made.desks["a1"].oid("HEAD^2")) == ("merged", base)
