"""`agentgrid start`: a new branch for the agent's next topic, from what the team has landed."""

import os
from pathlib import Path

import pytest

from support.program import BILLING, COMMON, ORDERS, InitialisedGrid, agentgrid, try_commit
from support.repositories import Sandbox, create_bare


@pytest.fixture
def grid(small_grid: InitialisedGrid) -> InitialisedGrid:
    return small_grid


@pytest.fixture
def server(grid: InitialisedGrid, tmp_path: Path) -> Sandbox:
    """A server that a teammate has moved on: its main is one commit ahead, which nobody here has fetched."""
    server = grid.main.serve(tmp_path / "server.git")
    teammate = server.clone(tmp_path / "teammate")
    teammate.commit("By a teammate", **{ORDERS: "ORDERS = [1]\n"})
    teammate.git("push", "--quiet")
    return server


def branch_of(desk: Sandbox) -> str:
    return desk.git("branch", "--show-current")


def test_the_branch_starts_at_the_base_as_the_server_has_it_now(grid: InitialisedGrid, server: Sandbox) -> None:
    before = grid.main.oid("main")

    data = agentgrid(grid.main, "start", "a1", "Add a cache", "--json").data

    assert data == {
        "agent": "a1",
        "branch": "feat/billing/add-a-cache__a1",
        "path": str(grid.desks["a1"].path),
        "start": server.oid("main"),
        "previous_branch": "feat/billing/work__a1",
        "new_worktree": False,
        "warnings": [],
    }
    assert (branch_of(grid.desks["a1"]), grid.desks["a1"].oid()) == (data["branch"], server.oid("main"))
    assert grid.main.oid("main") == before


def test_without_fetching_it_starts_at_what_was_last_seen(grid: InitialisedGrid, server: Sandbox) -> None:
    data = agentgrid(grid.main, "start", "a1", "cache", "--no-fetch", "--json").data

    assert data["start"] == grid.main.oid("main") != server.oid("main")


def test_a_server_that_cannot_be_reached_is_a_warning(grid: InitialisedGrid, server: Sandbox) -> None:
    server.path.rename(server.path.with_suffix(".gone"))

    answer = agentgrid(grid.main, "start", "a1", "cache")

    assert (answer.code, branch_of(grid.desks["a1"])) == (0, "feat/billing/cache__a1")
    assert answer.err.startswith("warning: origin could not be fetched (")


def test_the_kind_replaces_the_first_word_of_the_template(grid: InitialisedGrid) -> None:
    assert agentgrid(grid.main, "start", "a1", "login-loop", "--type", "fix").code == 0

    assert branch_of(grid.desks["a1"]) == "fix/billing/login-loop__a1"


def test_it_may_start_at_any_revision(grid: InitialisedGrid) -> None:
    assert agentgrid(grid.main, "start", "a1", "cache", "--from", "main~1").code == 0

    assert grid.desks["a1"].oid() == grid.main.oid("main~1")


@pytest.mark.parametrize("ref", ["refs/pull/7/head", "refs/merge-requests/7/head"])
def test_it_may_start_at_a_pull_request(grid: InitialisedGrid, server: Sandbox, tmp_path: Path, ref: str) -> None:
    teammate = Sandbox(tmp_path / "teammate")
    wanted = teammate.commit("A proposal", **{"README.md": "# better\n"})
    teammate.git("push", "--quiet", "origin", f"HEAD:{ref}")

    assert agentgrid(grid.main, "start", "a1", "review", "--pr", "7").code == 0

    assert grid.desks["a1"].oid() == wanted


def test_a_pull_request_that_is_not_there_is_refused(grid: InitialisedGrid, server: Sandbox) -> None:
    answer = agentgrid(grid.main, "start", "a1", "review", "--pr", "8")

    assert (answer.code, answer.err.splitlines()[0]) == (2, "agentgrid: origin has no pull request 8")
    assert branch_of(grid.desks["a1"]) == "feat/billing/work__a1"


def test_a_command_runs_in_the_worktree_and_its_exit_code_is_ours(grid: InitialisedGrid) -> None:
    answer = agentgrid(grid.main, "start", "a1", "cache", "-x", "pwd; git branch --show-current; exit 7")

    assert (answer.code, answer.out.splitlines()[1:]) == (
        7,
        [str(grid.desks["a1"].path), "feat/billing/cache__a1"],
    )


def test_uncommitted_work_is_never_moved(grid: InitialisedGrid) -> None:
    desk = grid.desks["a1"]
    desk.write(BILLING, "HALF = 1\n")
    desk.write("notes.txt", "mine\n")

    answer = agentgrid(grid.main, "start", "a1", "cache", "--json")

    assert (answer.code, answer.error["code"]) == (1, "would_lose_work")
    assert f"{BILLING}, notes.txt" in answer.error["message"]
    assert (branch_of(desk), desk.read(BILLING)) == ("feat/billing/work__a1", "HALF = 1\n")


def test_commits_on_no_branch_are_never_left(grid: InitialisedGrid) -> None:
    desk = grid.desks["a1"]
    desk.git("switch", "--quiet", "--detach")
    tip = desk.commit("On no branch", **{BILLING: "LOOSE = 1\n"})

    answer = agentgrid(grid.main, "start", "a1", "cache")

    assert (answer.code, desk.oid()) == (1, tip)


def test_the_focus_file_names_the_new_branch(grid: InitialisedGrid) -> None:
    agentgrid(grid.main, "start", "a1", "cache")

    assert "- Branch: `feat/billing/cache__a1`." in grid.desks["a1"].read("AGENT_FOCUS.md")
    assert grid.desks["a1"].status() == ""


def test_each_start_is_a_new_incarnation(grid: InitialisedGrid) -> None:
    identity = grid.main.path / ".git/worktrees/shop-a1/agentgrid-identity"
    before = identity.read_text(encoding="ascii").split()

    agentgrid(grid.main, "start", "a1", "cache")

    after = identity.read_text(encoding="ascii").split()
    assert (before[0], after[0]) == ("a1", "a1")
    assert before[1] != after[1]


def test_an_agent_without_a_worktree_gets_one_with_its_guard(grid: InitialisedGrid) -> None:
    assert agentgrid(grid.main, "remove", "a1").code == 0

    data = agentgrid(grid.main, "start", "a1", "cache", "--json").data

    assert (data["new_worktree"], data["branch"], data["previous_branch"]) == (True, "feat/billing/cache__a1", None)
    assert try_commit(grid.desks["a1"], ORDERS).code == 1
    assert (grid.desks["a1"].path / "AGENT_FOCUS.md").is_file()


def test_a_topic_whose_branch_exists_is_refused(grid: InitialisedGrid) -> None:
    answer = agentgrid(grid.main, "start", "a1", "work")

    assert (answer.code, answer.err.splitlines()[0]) == (
        2,
        "agentgrid: the branch feat/billing/work__a1 exists already",
    )


def test_an_agent_starts_its_own_topic_from_its_own_worktree(grid: InitialisedGrid) -> None:
    assert agentgrid(grid.desks["a1"].path / "services", "start", "a1", "cache").code == 0

    assert branch_of(grid.desks["a1"]) == "feat/billing/cache__a1"
    assert try_commit(grid.desks["a1"], ORDERS).code == 1


def test_a_dry_run_changes_nothing(grid: InitialisedGrid, server: Sandbox) -> None:
    refs = grid.main.git("for-each-ref")

    data = agentgrid(grid.main, "start", "a1", "cache", "--dry-run", "--json").data

    assert (data["branch"], data["start"]) == ("feat/billing/cache__a1", grid.main.oid("main"))
    assert grid.main.git("for-each-ref") == refs


def test_without_a_commit_on_the_server_the_local_base_counts(grid: InitialisedGrid, tmp_path: Path) -> None:
    grid.main.git("remote", "add", "origin", create_bare(tmp_path / "empty.git").path)

    answer = agentgrid(grid.main, "start", "a1", "cache", "--json")

    assert (answer.code, answer.data["start"], answer.data["warnings"]) == (0, grid.main.oid("main"), [])
    assert os.listdir(tmp_path / "empty.git" / "refs" / "heads") == []


def test_a_claim_is_leased_with_the_start(small_grid: InitialisedGrid) -> None:
    started = agentgrid(small_grid.main, "start", "a1", "shorter ttl", "--claim", COMMON, "--json")

    assert (started.code, started.data["lease"]["patterns"], started.data["lease"]["holder"]) == (0, [COMMON], "a1")
    [held] = agentgrid(small_grid.main, "locks", "--json").data
    assert (held["token"], held["reason"], held["incarnation"]) == (
        started.data["lease"]["token"], "shorter ttl", incarnation_of(small_grid.desks["a1"]),
    )  # fmt: skip


def test_nothing_is_started_when_a_claim_is_held(small_grid: InitialisedGrid) -> None:
    assert agentgrid(small_grid.desks["a2"], "lock", COMMON).code == 0
    before = small_grid.desks["a1"].git("branch", "--show-current")

    for options in ((), ("--dry-run",)):
        refused = agentgrid(small_grid.main, "start", "a1", "ttl", "--claim", COMMON, *options, "--json")

        assert (refused.code, refused.error["code"]) == (1, "lock_held")
    assert small_grid.desks["a1"].git("branch", "--show-current") == before


def test_a_claim_on_anothers_code_is_refused_with_its_owner(small_grid: InitialisedGrid) -> None:
    refused = agentgrid(small_grid.main, "start", "a1", "reach", "--claim", ORDERS)

    assert (refused.code, "belongs to a2" in refused.err) == (1, True)


def incarnation_of(desk: Sandbox) -> str:
    return (Path(desk.git("rev-parse", "--absolute-git-dir")) / "agentgrid-identity").read_text().split()[1]
