"""The base moves where it is checked out without touching anything of anybody's, here and on a server."""

import os
from pathlib import Path

import pytest

from agentgrid.errors import NotPermitted, OutsideError, Refused, WouldLoseWork
from support.grids import BILLING, ORDERS, attempt, remove_guard
from support.landings import Yard, agents_of, make_yard, work
from support.repositories import Sandbox

MINE = "mine, and nowhere else\n"


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return make_yard(tmp_path / "shop")


@pytest.mark.parametrize("is_ignored", [True, False])
@pytest.mark.parametrize("place", ["services/orders/new.txt", "services/orders/new.txt/below"])
def test_a_file_in_the_way_is_never_overwritten(yard: Yard, place: str, is_ignored: bool) -> None:
    work(yard, "a1", **{"services/orders/new.txt": "theirs\n"})
    yard.main.write(place, MINE)
    if is_ignored:
        (yard.main.path / ".git/info/exclude").write_text("new.txt\nbelow\n", encoding="utf-8")
    before = yard.main.oid("main")

    with pytest.raises(WouldLoseWork, match="in the way"):
        yard.land("a1")

    assert yard.main.read(place) == MINE
    assert (yard.main.oid("main"), yard.seen) == (before, [])


def test_a_file_that_comes_into_the_way_during_the_checks_is_not_overwritten_either(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    yard = make_yard(shop, f"echo mine > {shop}/services/orders/new.txt")
    (shop / ".git/info/exclude").write_text("new.txt\n", encoding="utf-8")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    yard.grid.desks["a1"].write("services/orders/new.txt", "theirs\n")
    yard.grid.desks["a1"].git("add", "--force", "services/orders/new.txt")
    yard.grid.desks["a1"].commit("New")
    before = yard.main.oid("main")

    with pytest.raises(WouldLoseWork):
        yard.land("a1")

    assert yard.main.read("services/orders/new.txt") == "mine\n"
    assert yard.main.oid("main") == before


def test_git_itself_would_not_overwrite_an_ignored_file_if_nobody_had_looked(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agentgrid.integration.landing import landing

    work(yard, "a1", **{"services/orders/new.txt": "theirs\n"})
    yard.main.write("services/orders/new.txt", MINE)
    (yard.main.path / ".git/info/exclude").write_text("new.txt\n", encoding="utf-8")
    before = yard.main.oid("main")
    monkeypatch.setattr(landing, "require_ready", lambda _place, _writes: None)

    with pytest.raises(Refused, match="could not be moved"):
        yard.land("a1")

    assert (yard.main.read("services/orders/new.txt"), yard.main.oid("main")) == (MINE, before)


def test_a_dirty_worktree_with_the_base_is_refused_before_any_check_and_stays_as_it_is(yard: Yard) -> None:
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    yard.main.write("README.md", MINE)
    before = yard.main.oid("main")

    with pytest.raises(WouldLoseWork, match="uncommitted changes"):
        yard.land("a1")

    assert (yard.main.read("README.md"), yard.main.oid("main"), yard.seen) == (MINE, before, [])


def test_where_there_is_nothing_to_land_a_dirty_worktree_is_no_matter(yard: Yard) -> None:
    yard.main.write("README.md", MINE)

    report = yard.land("a1")

    assert [each.reason for each in report.untouched] == ["feat/a1/work__a1 has no commit of its own"]


def test_untracked_files_that_are_not_in_the_way_stay(yard: Yard) -> None:
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    yard.main.write("notes.txt", MINE)

    assert agents_of(yard.land("a1").landed) == ["a1"]

    assert yard.main.read("notes.txt") == MINE


def test_uncommitted_work_of_an_agent_does_not_land_and_is_told(yard: Yard) -> None:
    desk = yard.grid.desks["a1"]
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    desk.write(ORDERS, "ORDERS = [2]\n")
    desk.write("services/orders/notes.txt", MINE)
    status = desk.status()

    report = yard.land("a1")

    assert yard.main.read(ORDERS) == "ORDERS = [1]\n"
    assert (desk.status(), desk.read(ORDERS)) == (status, "ORDERS = [2]\n")
    assert "a1: 2 files that are not committed stay in its worktree" in report.warnings


def test_a_base_that_is_checked_out_nowhere_moves_alone(yard: Yard) -> None:
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    yard.main.git("switch", "--quiet", "--detach")

    report = yard.land("a1")

    assert yard.main.oid("main") == report.base_after
    assert yard.main.read(ORDERS) == "ORDERS = []\n"


def test_only_the_landing_moves_the_base_from_an_agents_worktree(yard: Yard) -> None:
    desk = yard.grid.desks["a1"]
    head = work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    yard.main.git("switch", "--quiet", "--detach")

    forged = attempt(desk, "update-ref", "refs/heads/main", head)
    report = yard.land("a1", where=desk)

    assert forged.code != 0
    assert "the base moves only when work lands" in forged.said
    assert agents_of(report.landed) == ["a1"]
    assert yard.main.oid("main") == report.base_after


def test_without_the_guard_the_forged_move_would_pass(yard: Yard) -> None:
    desk = yard.grid.desks["a1"]
    head = work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    yard.main.git("switch", "--quiet", "--detach")
    remove_guard(desk)

    assert attempt(desk, "update-ref", "refs/heads/main", head).code == 0


def test_a_base_that_is_checked_out_in_an_agents_worktree_moves_there(yard: Yard) -> None:
    yard.main.git("switch", "--quiet", "--detach")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    other = yard.grid.desks["a2"]
    other.git("switch", "--quiet", "main")

    report = yard.land("a1")

    assert (other.oid("main"), other.oid()) == (report.base_after, report.base_after)
    assert (other.read(ORDERS), other.status()) == ("ORDERS = [1]\n", "")


def test_an_agent_without_the_permission_lands_nothing(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop")
    profile = "config/agents/a2.yaml"
    yard.main.commit("No landing for a2", **{profile: yard.main.read(profile) + "permissions: {land: false}\n"})
    work(yard, "a2", **{BILLING: "INVOICES = [1]\n"})
    before = yard.main.oid("main")

    with pytest.raises(NotPermitted, match="a2 may not land"):
        yard.land("a2", where=yard.grid.desks["a2"])

    assert yard.main.oid("main") == before
    assert agents_of(yard.land("a2").landed) == ["a2"]


def test_an_agent_lands_nothing_in_anothers_name(yard: Yard) -> None:
    profile = "config/agents/a2.yaml"
    yard.main.commit("No landing for a2", **{profile: yard.main.read(profile) + "permissions: {land: false}\n"})
    work(yard, "a2", **{BILLING: "INVOICES = [1]\n"})

    with pytest.raises(NotPermitted, match="doesn't act as a1"):
        yard.land("a2", where=yard.grid.desks["a2"], acting="a1")


def test_what_is_committed_during_the_checks_is_told_not_to_have_landed(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", f"git -C {tmp_path}/wt-a1 commit -q --allow-empty -m Later")
    head = work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    report = yard.land("a1")

    assert report.landed[0].step.candidate.head == head
    assert any("has not landed; agentgrid land a1" in each for each in report.warnings)


def test_a_grid_that_lands_by_pull_requests_refuses_to_land_here(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", policy="land: {via: pr}\n")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    with pytest.raises(Refused, match="lands on the server"):
        yard.land("a1")


def test_a_push_lands_on_the_server_and_the_base_here_follows(yard: Yard, tmp_path: Path) -> None:
    server = yard.main.serve(tmp_path / "server.git")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    yard.main.commit("Mine", LICENSE="ours\n")

    report = yard.land("a1", push=True)

    assert server.oid("main") == report.base_after == yard.main.oid("main")
    assert "1 commit of main that origin/main didn't have went along" in report.warnings
    assert report.pushed_to == "origin/main"


def test_an_agent_that_may_land_pushes_the_base_too(yard: Yard, tmp_path: Path) -> None:
    server = yard.main.serve(tmp_path / "server.git")
    head = work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    forged = attempt(yard.grid.desks["a1"], "push", "origin", f"{head}:refs/heads/main")
    report = yard.land("a1", push=True, where=yard.grid.desks["a1"])

    assert forged.code != 0
    assert server.oid("main") == report.base_after


def test_what_a_teammate_pushed_is_taken_in_before_it_is_landed_on(yard: Yard, tmp_path: Path) -> None:
    server = yard.main.serve(tmp_path / "server.git")
    mate = server.clone(tmp_path / "mate")
    mate.commit("By a teammate", **{"README.md": "# ours\n"})
    mate.git("push", "--quiet")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    report = yard.land("a1")

    assert report.base_before == mate.oid()
    assert yard.main.read("README.md") == "# ours\n"
    assert yard.main.oid("main") == report.base_after


def test_a_remote_that_moves_during_the_checks_is_taken_in_and_the_train_is_checked_again(tmp_path: Path) -> None:
    moved, mate = tmp_path / "moved", tmp_path / "mate"
    push = f"test -e {moved} || {{ touch {moved}; cd {mate} && git commit -q --allow-empty -m Mate && git push -q; }}"
    yard = make_yard(tmp_path / "shop", push)
    server = yard.main.serve(tmp_path / "server.git")
    server.clone(mate)
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    report = yard.land("a1", push=True)

    [landed] = report.landed
    assert report.rebuilt == 1
    assert server.git("log", "-1", "--format=%s", f"{landed.step.commit}^1") == "Mate"
    assert yard.seen[-1] == (landed.step.tree, landed.step.commit)
    assert server.oid("main") == yard.main.oid("main") == landed.step.commit


def test_a_server_that_declines_leaves_the_base_here_where_it_was(yard: Yard, tmp_path: Path) -> None:
    server = yard.main.serve(tmp_path / "server.git")
    hook = server.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    before = yard.main.oid("main")

    with pytest.raises(OutsideError, match="not today"):
        yard.land("a1", push=True)

    assert (server.oid("main"), yard.main.oid("main"), yard.main.status()) == (before, before, "")
    assert not (yard.main.path / ".git/agentgrid/landing/move.json").exists()


def test_a_diverged_base_is_refused(yard: Yard, tmp_path: Path) -> None:
    server = yard.main.serve(tmp_path / "server.git")
    mate = server.clone(tmp_path / "mate")
    mate.commit("By a teammate", **{"README.md": "# ours\n"})
    mate.git("push", "--quiet")
    yard.main.commit("Here", LICENSE="ours\n")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    with pytest.raises(Refused, match="diverged"):
        yard.land("a1")


def test_a_bare_repository_lands_too(tmp_path: Path) -> None:
    from support.grids import GridSandbox, equip_grid

    yard = make_yard(tmp_path / "shop")
    bare = yard.main.clone(tmp_path / "bare" / "shop.git", "--bare")
    bare.git("remote", "remove", "origin")
    grid: GridSandbox = equip_grid(bare, "a1")
    there = Yard(grid, yard.record)
    work(there, "a1", **{ORDERS: "ORDERS = [1]\n"})

    report = there.land("a1")

    assert agents_of(report.landed) == ["a1"]
    assert bare.oid("main") == report.base_after


def test_the_hooks_that_the_repository_has_see_the_move(yard: Yard) -> None:
    hook = Sandbox(yard.main.path).path / ".git/hooks/post-merge"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho $1 > {yard.record.parent}/hook\n", encoding="utf-8")
    os.chmod(hook, 0o755)
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    yard.land("a1")

    assert (yard.record.parent / "hook").read_text(encoding="utf-8") == "0\n"
