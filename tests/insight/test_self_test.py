"""`doctor --self-test`: what it proves, what it finds when a guard is taken away, and that it leaves no trace."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.config.in_force import find_in_force
from agentgrid.insight.self_test import Proof, prove_guards
from agentgrid.store.opening import open_store
from agentgrid.store.rehearsal import REHEARSAL_VARIABLE
from support.grids import BILLING, GRID, GridSandbox, hook_of, make_grid, replace_hook, try_commit
from support.program import Answer, agentgrid, snapshot
from support.repositories import Sandbox

COMMON = "services/common/cache.py"
POINTS = {"pre-commit": 2, "prepare-commit-msg": 1, "commit-msg": 1, "reference-transaction": 5, "pre-push": 2}
TAKEN_AWAY = "#!/bin/sh\nexit 0\n"
SAYS_NO = "#!/bin/sh\necho no >&2\nexit 1\n"


def prove(grid: GridSandbox, *agents: str) -> list[Proof]:
    """The proofs of all agents, or of some."""
    in_force = find_in_force(grid.repository)
    territory = Territory(compile_policy(in_force.policy))
    return prove_guards(grid.repository, in_force, territory, lambda _agent, _what: None, agents=agents or None)


def failures(proofs: list[Proof]) -> list[tuple[str, str, str]]:
    return [(each.agent, each.point, each.act) for each in proofs if each.outcome == "failed"]


def self_test(grid: GridSandbox) -> tuple[Answer, dict[str, Any]]:
    answer = agentgrid(grid.main, "doctor", "--self-test", "--json")
    return answer, answer.data


def everything(grid: GridSandbox) -> dict[str, Any]:
    """All files of the repository and of the worktrees, but those of SQLite beside its database."""
    tops = [grid.main.path, *(desk.path for desk in grid.desks.values())]
    found = {f"{top.name}/{name}": facts for top in tops for name, facts in snapshot(top).items()}
    return {name: facts for name, facts in found.items() if not name.endswith(("-wal", "-shm"))}


def test_each_point_of_each_worktree_is_proved_and_told(grid: GridSandbox) -> None:
    answer, data = self_test(grid)
    assert answer.code == 0
    assert {each["subject"] for each in data["checks"] if each["level"] != "go"} == {
        "edit hooks"
    }  # none in these desks
    assert {each["outcome"] for each in data["self_test"]} == {"ok"}
    assert Counter((each["agent"], each["point"]) for each in data["self_test"]) == {
        (agent, point): count for agent in ("a1", "a2") for point, count in POINTS.items()
    }
    assert answer.err.splitlines() == [
        f"  {agent}: {desk.path}: 11 points tried, 0 failed" for agent, desk in grid.desks.items()
    ]


def test_without_it_nothing_is_tried(grid: GridSandbox) -> None:
    assert "self_test" not in agentgrid(grid.main, "doctor", "--json").data


def test_it_leaves_no_trace(grid: GridSandbox, a2: Sandbox) -> None:
    """With work in every state, a lease, a notice that waits, and hooks of the repository that would tell."""
    for name in ("pre-commit", "post-checkout", "reference-transaction", "pre-push", "post-index-change"):
        hook = grid.main.path / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f'#!/bin/sh\ntouch "{grid.main.path}/ran-{name}"\n')
        hook.chmod(0o755)
    assert try_commit(a2, BILLING, COMMON).code == 0
    store = open_store(grid.repository.common_dir)
    with store.write() as session:
        session.run("INSERT INTO notices (number, agent, message, at) VALUES (99, 'a2', 'To be told', 'now')")
        rows = {name: session.run(f"SELECT * FROM {name}") for name in ("leases", "events", "branches", "notices")}
    store.close()
    a2.write(BILLING, "STAGED = 1\n")
    a2.git("add", BILLING)
    a2.write(BILLING, "UNSTAGED = 1\n")
    a2.write("new.txt", "untracked\n")
    for marker in grid.main.path.glob("ran-*"):
        marker.unlink()
    before = everything(grid)
    assert failures(prove(grid)) == []
    after = everything(grid)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == set()
    with open_store(grid.repository.common_dir).read() as session:
        assert {name: session.run(f"SELECT * FROM {name}") for name in rows} == rows


@pytest.mark.parametrize("name", ["pre-commit", "reference-transaction", "pre-push"])
def test_a_guard_that_was_taken_away_is_found_and_nothing_is_done_about_it(
    grid: GridSandbox, a2: Sandbox, name: str
) -> None:
    replace_hook(a2, TAKEN_AWAY, name)
    refs = grid.main.git("for-each-ref")
    found = failures(prove(grid, "a2"))
    assert {(agent, point) for agent, point, _ in found} == {("a2", name)}
    assert {act for _, _, act in found if not act.startswith(("a forbidden", "a move of"))} == set()
    assert (hook_of(a2, name).read_text(), grid.main.git("for-each-ref")) == (TAKEN_AWAY, refs)


def test_message_hooks_that_were_taken_away_are_found(grid: GridSandbox, a2: Sandbox) -> None:
    for name in ("prepare-commit-msg", "commit-msg"):
        replace_hook(a2, TAKEN_AWAY, name)
    assert [point for _, point, _ in failures(prove(grid, "a2"))] == ["prepare-commit-msg", "commit-msg"]


@pytest.mark.parametrize("name", ["pre-commit", "reference-transaction", "pre-push"])
def test_a_guard_that_refuses_everything_proves_nothing(grid: GridSandbox, a2: Sandbox, name: str) -> None:
    replace_hook(a2, SAYS_NO, name)
    found = [(point, act) for _, point, act in failures(prove(grid, "a2"))]
    assert {point for point, _ in found} == {name}
    assert any(act.startswith("an allowed") for _, act in found)
    assert any(act.startswith("a forbidden") for _, act in found)  # it wasn't the rule that said no


def test_hooks_that_git_no_longer_finds_are_no_go(grid: GridSandbox, a2: Sandbox) -> None:
    a2.git("config", "core.hooksPath", "elsewhere")
    with (grid.main.path / ".git/config").open("a") as stream:
        stream.write("[core]\n\thooksPath = elsewhere\n")
    answer, data = self_test(grid)
    assert (answer.code, data["verdict"]) == (1, "no-go")
    assert {each["outcome"] for each in data["self_test"] if each["act"].startswith("a forbidden")} == {"failed"}


def test_a_policy_that_only_warns_is_proved_by_its_warnings(tmp_path: Path) -> None:
    rules = "rules: {ownership.foreign: warn, ownership.frozen: warn, permission.base: off, permission.stash: warn}\n"
    grid = make_grid(tmp_path / "shop", grid=GRID + rules)
    proofs = prove(grid, "a1")
    assert failures(proofs) == []
    assert [each.act for each in proofs if each.outcome == "not-applicable"] == ["a move of the base"]
    replace_hook(grid.desks["a1"], TAKEN_AWAY)
    assert failures(prove(grid, "a1")) == [("a1", "pre-commit", "a forbidden change")]


def test_an_agent_that_may_change_everything_has_the_other_points_proved(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop", owned={"a1": "'**'"}, grid='version: 1\nworktree: "../wt-{agent}"\n')
    proofs = prove(grid)
    assert failures(proofs) == []
    missing = [(each.point, each.message) for each in proofs if each.outcome == "not-applicable"]
    assert missing == [(point, "nothing is forbidden to it")
                       for point in ("pre-commit", "reference-transaction", "pre-push")]  # fmt: skip
    assert "a move of the base" in [each.act for each in proofs if each.outcome == "ok"]


def test_a_grid_that_asks_for_a_form_of_messages_has_that_proved(tmp_path: Path) -> None:
    commits = "commits: {pattern: '^OBS-[0-9]+: ', example: 'OBS-1: Try it'}\n"
    grid = make_grid(tmp_path / "shop", grid=GRID + commits)
    proofs = prove(grid, "a1")
    assert failures(proofs) == []
    assert "a message of the wrong form" in [each.act for each in proofs if each.point == "commit-msg"]


def test_a_branch_that_breaks_a_rule_already_is_no_failure_of_the_guard(grid: GridSandbox, a2: Sandbox) -> None:
    a2.commit("By hand", **{"services/orders/main.py": "BROKEN = 1\n"})
    proofs = prove(grid, "a2")
    assert failures(proofs) == []
    told = [each.message for each in proofs if each.outcome == "not-applicable"]
    assert told == ["its branch breaks a rule already: agentgrid check"]


def test_worktrees_that_were_made_in_an_agents_are_tried_too(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop")
    grid.desks["a2"].git("worktree", "add", "--quiet", "--detach", "../sub")
    proofs = prove(grid, "a2")
    assert failures(proofs) == []
    assert [each.name for each in dict.fromkeys(proof.worktree for proof in proofs)] == ["wt-a2", "sub"]


def test_two_at_once_are_refused_and_a_killed_one_is_in_nobodys_way(grid: GridSandbox) -> None:
    from agentgrid.store.rehearsal import hold_rehearsal

    note = grid.main.path / ".git/agentgrid/rehearsal"
    with hold_rehearsal(grid.repository.common_dir):
        refused = agentgrid(grid.main, "doctor", "--self-test")
        assert (refused.code, "another self-test is running" in refused.err) == (1, True)
    note.write_text("0123\n4194000\n1.0\n/nowhere\n")
    with hold_rehearsal(grid.repository.common_dir) as variables:
        assert variables[REHEARSAL_VARIABLE] != "0123"
    assert not note.exists()


def test_the_variable_alone_changes_nothing(grid: GridSandbox, a2: Sandbox) -> None:
    note = grid.main.path / ".git/agentgrid/rehearsal"
    note.write_text(f"forged\n{os.getppid()}\n1.0\n{grid.main.path / 'elsewhere'}\n")
    try:
        assert try_commit(a2, BILLING, COMMON, env={REHEARSAL_VARIABLE: "forged"}).code == 0
        refused = try_commit(a2, "services/orders/main.py", env={REHEARSAL_VARIABLE: "forged"})
    finally:
        note.unlink()
    assert refused.code == 1
    assert not (grid.main.path / "elsewhere").exists()
    with open_store(grid.repository.common_dir).read() as session:
        assert session.run("SELECT holder FROM leases WHERE ended_at IS NULL") == [{"holder": "a2"}]
