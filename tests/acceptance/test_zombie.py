"""An agent that lost its lease while it was stopped, and comes back: it can't overwrite what landed meanwhile.

a1 holds the lease on the cache and is stopped past time to live and grace. a2 takes over and commits; a person merges
that with git. Then a1 goes on.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from support.aging import let_time_pass
from support.grids import GridSandbox, attempt, make_grid, remove_guard
from support.program import agentgrid
from support.repositories import Sandbox

CACHE = "services/common/cache.py"
THEIRS, MINE = "TTL_S = 60\nSIZE = 9  # a2\n", "TTL_S = 30  # a1\n"
BOTH = "TTL_S = 30  # a1\nSIZE = 9  # a2\n"


@dataclass(frozen=True, slots=True)
class Zombie:
    """a1 awake again. `old`: its commit of before, on no branch; its worktree has the same change, uncommitted."""

    grid: GridSandbox
    old: str

    @property
    def a1(self) -> Sandbox:
        return self.grid.desks["a1"]

    @property
    def main(self) -> Sandbox:
        return self.grid.main


@pytest.fixture
def zombie(tmp_path: Path) -> Zombie:
    grid = make_grid(tmp_path / "shop")
    a1, a2, main = grid.desks["a1"], grid.desks["a2"], grid.main
    main.serve(tmp_path / "server.git")
    branch = a1.git("branch", "--show-current")
    assert agentgrid(a1, "lock", CACHE).code == 0
    a1.git("switch", "--quiet", "--detach")
    a1.write(CACHE, MINE)
    a1.git("commit", "--quiet", "--no-verify", "-a", "-m", "Shorter")
    old = a1.oid()
    a1.git("switch", "--quiet", branch)
    a1.write(CACHE, MINE)
    let_time_pass(main)
    assert agentgrid(a2, "lock", CACHE).code == 0
    a2.write(CACHE, THEIRS)
    a2.git("commit", "--quiet", "-a", "-m", "Bounded")
    main.git("merge", "--quiet", "--no-edit", a2.git("branch", "--show-current"))
    main.git("push", "--quiet", "origin", "main")
    return Zombie(grid, old)


def branch_of(desk: Sandbox) -> str:
    return desk.git("branch", "--show-current")


def test_taking_over_keeps_what_the_old_holder_had_and_tells_it(zombie: Zombie) -> None:
    [rescued] = zombie.main.git("for-each-ref", "--format=%(refname)", "refs/agentgrid/rescue/a1").splitlines()
    assert zombie.main.git("show", f"{rescued}:{CACHE}") + "\n" == MINE
    assert zombie.a1.read(CACHE) == MINE
    told = agentgrid(zombie.a1, "locks")
    assert "a2 took it over" in told.err
    assert rescued in told.err
    assert "took it over" not in agentgrid(zombie.a1, "locks").err


@pytest.mark.parametrize("options", [(), ("--no-verify",)])
def test_its_work_cant_be_committed(zombie: Zombie, options: tuple[str, ...]) -> None:
    before = zombie.a1.oid()
    refused = attempt(zombie.a1, "commit", "--quiet", *options, "-a", "-m", "Shorter")
    assert refused.code != 0
    assert f"{CACHE} was changed on main since" in refused.said
    assert "[lock.stale]" in refused.said
    assert "git merge" in refused.said
    assert zombie.a1.oid() == before


def test_its_old_commit_cant_get_onto_a_branch(zombie: Zombie) -> None:
    branch = branch_of(zombie.a1)
    for act in (
        ("update-ref", f"refs/heads/{branch}", zombie.old),
        ("branch", "--no-track", "fresh", zombie.old),
        ("push", ".", f"{zombie.old}:refs/heads/{branch}"),
    ):
        refused = attempt(zombie.a1, *act)
        assert (refused.code != 0, "[lock.stale]" in refused.said) == (True, True), act
    zombie.a1.git("checkout", "--quiet", "--", CACHE)
    assert "[lock.stale]" in attempt(zombie.a1, "cherry-pick", zombie.old).said


def test_its_old_commit_cant_be_pushed_nor_pass_the_check(zombie: Zombie, tmp_path: Path) -> None:
    branch = branch_of(zombie.a1)
    refused = attempt(zombie.a1, "push", "origin", f"{zombie.old}:refs/heads/{branch}")
    assert (refused.code, "[lock.stale]" in refused.said) == (1, True)
    local = agentgrid(zombie.a1, "check", "--head", zombie.old, "--json")
    assert (local.code, [each["rule"] for each in local.data["findings"]]) == (1, ["lock.stale"])
    zombie.a1.git("push", "--quiet", "--no-verify", "origin", f"{zombie.old}:refs/heads/{branch}")
    clone = zombie.main.clone(tmp_path / "ci")
    clone.git("remote", "set-url", "origin", tmp_path / "server.git")
    clone.git("fetch", "--quiet", "origin")
    in_ci = agentgrid(clone, "check", "--base", "origin/main", "--head", f"origin/{branch}", "--json")
    assert (in_ci.code, in_ci.data["agent"]) == (1, "a1")
    assert [each["rule"] for each in in_ci.data["findings"]] == ["lock.stale"]


def test_with_the_lease_again_it_must_still_bring_the_base_in_first(zombie: Zombie) -> None:
    a1 = zombie.a1
    a1.git("checkout", "--quiet", "--", CACHE)
    a1.write("services/orders/main.py", "ORDERS = [1]\n")
    a1.git("commit", "--quiet", "-a", "-m", "Mine")
    taken = agentgrid(a1, "lock", CACHE)
    assert taken.code == 0
    assert "git merge" in taken.err
    a1.write(CACHE, MINE)
    for options in ((), ("--no-verify",)):
        refused = attempt(a1, "commit", "--quiet", *options, "-a", "--amend", "--no-edit")
        assert (refused.code != 0, "[lock.stale]" in refused.said) == (True, True)
    a1.git("checkout", "--quiet", "HEAD", "--", CACHE)
    a1.git("merge", "--quiet", "--no-edit", "main")
    assert a1.read(CACHE) == THEIRS
    a1.write(CACHE, BOTH)
    assert attempt(a1, "commit", "--quiet", "-a", "-m", "Shorter, and bounded").code == 0
    assert agentgrid(a1, "check").code == 0
    zombie.main.git("merge", "--quiet", "--no-edit", branch_of(a1))
    assert zombie.main.read(CACHE) == BOTH


def test_without_the_guards_the_old_work_overwrites_what_landed(zombie: Zombie) -> None:
    remove_guard(zombie.a1)
    assert attempt(zombie.a1, "commit", "--quiet", "-a", "-m", "Shorter").code == 0
    assert attempt(zombie.a1, "update-ref", "refs/heads/fresh", zombie.old).code == 0
