"""reference-transaction, beyond the bypass matrix: odd refs, several updates at once, what a refusal leaves."""

import os
import subprocess
from pathlib import Path

import pytest

from support.grids import BILLING, ORDERS, GridSandbox, attempt, make_grid, remove_guard, try_commit
from support.repositories import Sandbox

OWN = "refs/heads/feat/a2/work__a2"
REFUSAL = (
    "agentgrid: refused: a2 may not make this update of refs/heads/main\n"
    "  error: an agent may not move main: the base moves only when work lands [permission.base]\n"
)


def forge(desk: Sandbox, path: str = ORDERS) -> str:
    """A commit that changes `path`, on what is checked out; no ref has it."""
    before = desk.oid()
    made = desk.commit("Forged", **{path: "FORGED = 1\n"})
    desk.git("-c", f"core.hooksPath={os.devnull}", "reset", "--quiet", "--hard", before)
    return made


def test_a_refusal_says_the_ref_the_rule_and_a_way_on(grid: GridSandbox, a2: Sandbox) -> None:
    made = forge(a2, BILLING)
    refused = attempt(a2, "update-ref", "refs/heads/main", made)
    assert refused.said.startswith(f"{REFUSAL}hint: put the work on a branch: git switch -c BRANCH\n")
    remove_guard(a2)
    assert attempt(a2, "update-ref", "refs/heads/main", made).code == 0


def test_of_several_updates_at_once_none_is_made_when_one_is_refused(grid: GridSandbox, a2: Sandbox) -> None:
    made, before = forge(a2, BILLING), a2.git("for-each-ref")
    lines = f"update {OWN} {made}\ncreate refs/heads/topic {made}\nupdate refs/heads/main {made}\n"
    refused = attempt(a2, "update-ref", "--stdin", stdin=lines)
    assert (refused.code, REFUSAL in refused.said, a2.git("for-each-ref")) == (128, True, before)


def test_two_transactions_at_once_are_judged_each_by_itself(grid: GridSandbox, a2: Sandbox) -> None:
    forged, made = forge(a2), forge(a2, BILLING)
    refs = {f"refs/heads/t{number}": made if number % 2 else forged for number in range(6)}
    running = [
        subprocess.Popen(["git", "update-ref", ref, oid], cwd=a2.path, stderr=subprocess.DEVNULL)
        for ref, oid in refs.items()
    ]
    codes = [each.wait() for each in running]
    assert [code == 0 for code in codes] == [oid == made for oid in refs.values()]
    assert {a2.oid(ref) for ref, oid in refs.items() if oid == made} == {made}


@pytest.mark.parametrize(
    "ref", ["refs/heads/refs/heads/main", "refs/heads/Größe", "refs/heads/-x", "refs/heads/a'b$c`"]
)
def test_odd_names_are_branches_like_others(a2: Sandbox, ref: str) -> None:
    assert "[ownership.foreign]" in attempt(a2, "update-ref", ref, forge(a2)).said
    assert attempt(a2, "update-ref", ref, forge(a2, BILLING)).code == 0


def test_a_twin_of_the_base_in_another_case_is_refused(a2: Sandbox) -> None:
    a2.git("pack-refs", "--all")  # where case doesn't count, a loose one would be read for the packed one
    assert "[permission.base]" in attempt(a2, "update-ref", "refs/heads/Main", forge(a2, BILLING)).said


@pytest.mark.parametrize(
    ("ref", "rule"), [("main-worktree/HEAD", "permission.base"), ("worktrees/wt-a1/HEAD", "permission.branch")]
)
def test_the_head_of_another_worktree_is_the_branch_that_it_has(a2: Sandbox, ref: str, rule: str) -> None:
    assert f"[{rule}]" in attempt(a2, "update-ref", ref, forge(a2, BILLING)).said


def test_a_symbolic_ref_to_the_base_leads_nowhere_else(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    try:
        refused = attempt(a2, "update-ref", "refs/heads/alias", forge(a2, BILLING))
    finally:
        grid.main.git("symbolic-ref", "--delete", "refs/heads/alias")
    assert REFUSAL in refused.said


def test_a_replaced_object_is_judged_as_it_is(a2: Sandbox) -> None:
    assert try_commit(a2, BILLING).code == 0  # from now on the branch is known, and the fast way answers
    forged = forge(a2)
    a2.git("replace", forged, "HEAD")
    try:
        refused = attempt(a2, "update-ref", OWN, forged)
    finally:
        a2.git("replace", "--delete", forged)
    assert "[ownership.foreign]" in refused.said


def test_a_graft_hides_nothing(grid: GridSandbox, a2: Sandbox) -> None:
    assert try_commit(a2, BILLING).code == 0
    forged = forge(a2)
    grafts = grid.main.path / ".git/info/grafts"
    grafts.write_text(f"{grid.main.oid()} {forged}\n", encoding="ascii")  # the base is made to stand on it
    try:
        refused = attempt(a2, "update-ref", OWN, forged)
    finally:
        grafts.unlink()
    assert "[ownership.foreign]" in refused.said


def test_an_autostash_that_cant_be_applied_is_kept(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.commit("Landed", **{BILLING: "LANDED = 1\n"})
    a2.write(BILLING, "UNFINISHED = 1\n")
    done = attempt(a2, "rebase", "--autostash", "main")
    (bring_back,) = [line.split(": ")[-1] for line in done.said.splitlines() if "to bring it back" in line]
    assert "[permission.stash]" in done.said
    assert "--abort" not in done.said  # the rebase itself is done
    a2.git("reset", "--quiet", "--hard", "main~1")
    a2.git(*bring_back.split()[1:])
    assert a2.read(BILLING) == "UNFINISHED = 1\n"


@pytest.mark.parametrize("names", [("feat/a2/work__a2", "notes"), ("notes",)])
def test_a_branch_renamed_over_anothers_is_still_there(grid: GridSandbox, a2: Sandbox, names: tuple[str, ...]) -> None:
    grid.main.git("branch", "--force", "notes")
    assert try_commit(a2, BILLING).code == 0
    before, log = a2.oid(), a2.git("reflog", OWN)
    refused = attempt(a2, "branch", "-M", *names)
    assert "[permission.branch]" in refused.said
    assert (a2.git("symbolic-ref", "HEAD"), a2.oid(OWN), a2.status()) == (OWN, before, "")
    assert a2.git("reflog", OWN) == log
    assert not (grid.main.path / ".git/logs/refs/.tmp-renamed-log").exists()
    grid.main.git("branch", "-D", "notes")


def test_a_base_that_was_to_be_renamed_keeps_its_log(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    log = grid.main.git("reflog", "main")
    assert "[permission.base]" in attempt(a2, "branch", "-m", "main", "elsewhere").said
    assert grid.main.git("reflog", "main") == log != ""


def test_a_repository_with_longer_object_ids_is_guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    a2 = make_grid(tmp_path / "shop").desks["a2"]
    assert len(a2.oid()) == 64
    assert [try_commit(a2, BILLING).code, try_commit(a2, BILLING).code] == [0, 0]
    assert "[ownership.foreign]" in attempt(a2, "update-ref", "HEAD", forge(a2)).said
    assert "[permission.base]" in attempt(a2, "update-ref", "-d", "refs/heads/main").said
    a2.git("branch", "topic")
    assert attempt(a2, "branch", "-D", "topic").code == 0


def test_what_leaves_a_branch_where_it_is_asks_nobody(grid: GridSandbox, a2: Sandbox) -> None:
    """A checkout and a reset to where one stands name the branch too, with one value twice."""
    grid.main.commit("Break it", **{"agentgrid.yaml": "version: 1\ncomon: [x/**]\n"})
    a2.write(BILLING, "CHANGED = 1\n")
    assert attempt(a2, "reset", "--quiet", "--hard").said == ""
    assert "unknown key" in attempt(a2, "update-ref", OWN, forge(a2, BILLING)).said
