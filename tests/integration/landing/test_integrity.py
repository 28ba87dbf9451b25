"""What lands is what was checked, byte for byte; who spoils the train is taken out and named."""

from pathlib import Path

import pytest

from agentgrid.integration.landing.model import LandReport, Strategy
from support.grids import BILLING, ORDERS
from support.landings import Yard, agents_of, make_yard, work

NEVER_TOGETHER = "! { test -e services/orders/a && test -e services/billing/b; }"


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return make_yard(tmp_path / "shop")


def test_each_landed_commit_is_the_merge_of_its_parents_that_the_checks_ran_on(yard: Yard) -> None:
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    work(yard, "a2", **{BILLING: "INVOICES = [1]\n"})

    report = yard.land("a1", "a2")

    assert agents_of(report.landed) == ["a1", "a2"]
    assert yard.seen == [(each.step.tree, each.step.commit) for each in report.landed]
    for each in report.landed:
        first, second = yard.main.git("rev-parse", f"{each.step.commit}^1", f"{each.step.commit}^2").split()
        assert yard.main.git("merge-tree", "--write-tree", first, second) == each.step.tree
        assert yard.main.oid(f"{each.step.commit}^{{tree}}") == each.step.tree
    assert yard.main.oid("main") == report.base_after == report.landed[-1].step.commit
    assert yard.main.status() == ""
    assert yard.main.read(ORDERS) == "ORDERS = [1]\n"


@pytest.mark.parametrize("strategy", ["squash", "rebase"])
def test_the_tree_that_the_checks_saw_lands_with_every_strategy(yard: Yard, strategy: Strategy) -> None:
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    work(yard, "a2", **{BILLING: "INVOICES = [1]\n"})

    report = yard.land("a1", "a2", strategy=strategy)

    assert yard.seen == [(each.step.tree, each.step.commit) for each in report.landed]
    assert yard.main.git("rev-list", "--merges", "main") == ""
    assert yard.main.oid("main") == report.base_after


def test_of_two_that_are_good_alone_and_fail_together_the_later_is_ejected_and_the_pair_named(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", NEVER_TOGETHER)
    work(yard, "a1", **{"services/orders/a": "\n"})
    head = work(yard, "a2", **{"services/billing/b": "\n"})

    report = yard.land("a1", "a2")

    assert agents_of(report.landed) == ["a1"]
    [ejected] = report.ejected
    assert (ejected.agent, ejected.stage, ejected.pair) == ("a2", "checks", "a1")
    assert "a1 and a2 pass alone" in ejected.reason
    assert yard.grid.desks["a2"].oid() == head
    assert report.exit_code == 1


def test_the_pair_is_found_in_a_longer_train(tmp_path: Path) -> None:
    owned = {"a1": "services/orders/**", "a2": "services/billing/**", "a3": "web/**", "a4": "docs/**"}
    yard = make_yard(tmp_path / "shop", "! { test -e services/billing/b && test -e docs/d; }", owned=owned)
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    work(yard, "a2", **{"services/billing/b": "\n"})
    work(yard, "a3", **{"web/w": "\n"})
    work(yard, "a4", **{"docs/d": "\n"})

    report = yard.land("a1", "a2", "a3", "a4")

    assert agents_of(report.landed) == ["a1", "a2", "a3"]
    assert [(each.agent, each.pair) for each in report.ejected] == [("a4", "a2")]


def test_a_branch_that_is_bad_by_itself_is_ejected_without_a_pair_and_the_rest_lands(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", "! test -e services/orders/a")
    work(yard, "a1", **{"services/orders/a": "\n"})
    work(yard, "a2", **{"services/billing/b": "\n"})

    report = yard.land("a1", "a2")

    assert agents_of(report.landed) == ["a2"]
    assert [(each.agent, each.stage, each.pair) for each in report.ejected] == [("a1", "checks", None)]
    assert "services/orders/a" not in yard.main.files("main")


def test_a_check_that_fails_once_on_the_same_commit_is_flaky_and_the_work_lands(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", f"test -e {tmp_path}/once || {{ touch {tmp_path}/once; false; }}")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    report = yard.land("a1")

    assert agents_of(report.landed) == ["a1"]
    assert len(report.landed[0].tested.flaky) == 1
    assert report.exit_code == 0


@pytest.mark.parametrize(
    "check",
    ["no-such-program-anywhere", "kill -9 $$", "sleep 30", "echo 'No space left on device' >&2; exit 1"],
)
def test_a_failure_of_the_machine_blames_nobody(tmp_path: Path, check: str) -> None:
    yard = make_yard(tmp_path / "shop", check, timeout="1s")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    before = yard.main.oid("main")

    report = yard.land("a1")

    assert (report.landed, report.ejected, report.exit_code) == ((), (), 3)
    assert "nobody is blamed" in report.trouble
    assert yard.main.oid("main") == before


def test_where_the_base_itself_fails_nobody_is_blamed_and_who_mends_it_lands(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", "grep -q '\\[1\\]' services/billing/main.py")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    alone = yard.land("a1")
    work(yard, "a2", **{BILLING: "INVOICES = [1]\n"})
    both = yard.land("a1", "a2")

    assert (alone.landed, alone.ejected, alone.waiting, alone.exit_code) == ((), (), ("a1",), 1)
    assert "the base itself fails" in alone.untouched[0].reason
    assert agents_of(both.landed) == ["a2", "a1"]
    assert both.exit_code == 0


def test_the_checks_of_one_commit_see_what_those_before_them_left_and_nothing_of_another_commit(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", "test ! -e built && touch built", "test -e built && ! test -e services/bad")
    yard.main.commit("Bad", **{"services/bad": "\n"})
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    waits = yard.land("a1")
    yard.main.commit("Good", **{"services/bad": None})
    report = yard.land("a1")

    assert waits.waiting == ("a1",)
    assert "! test -e services/bad" in waits.untouched[0].reason
    assert agents_of(report.landed) == ["a1"]


def test_a_check_that_changes_tracked_files_changes_nothing_of_what_lands(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", "echo spoilt >> services/orders/main.py; git commit -qam spoilt")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    report = yard.land("a1")

    assert yard.main.git("show", f"main:{ORDERS}") == "ORDERS = [1]"
    assert any(f"changed tracked files ({ORDERS})" in each for each in report.warnings)


def test_when_the_base_moves_during_the_checks_nothing_stale_lands(tmp_path: Path) -> None:
    shop, moved = tmp_path / "shop", tmp_path / "moved"
    move = f"test -e {moved} || {{ touch {moved}; git -C {shop} commit -q --allow-empty -m Meanwhile; }}"
    yard = make_yard(shop, move)
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    report = yard.land("a1")

    [landed] = report.landed
    assert report.rebuilt == 1
    assert yard.main.git("log", "-1", "--format=%s", f"{landed.step.commit}^1") == "Meanwhile"
    assert yard.seen[-1] == (landed.step.tree, landed.step.commit)
    assert yard.main.oid("main") == landed.step.commit


def test_nothing_of_the_private_worktree_is_left(yard: Yard) -> None:
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    report = yard.land("a1")

    assert yard.main.git("worktree", "list").count("\n") == 2
    assert (report.directory / "report.json").exists()


def test_what_is_in_the_base_already_is_left_alone(yard: Yard) -> None:
    for strategy in ("squash", "rebase", "merge"):
        work(yard, "a1", **{ORDERS: f"ORDERS = ['{strategy}']\n", "services/orders/more.py": f"{strategy}\n"})
        assert _landed(yard.land("a1", strategy=strategy)) == ["a1"]

        again = yard.land("a1")

        assert (again.landed, again.ejected) == ((), ())
        assert [each.reason for each in again.untouched] == ["already landed"]
        assert again.exit_code == 1
        yard.grid.desks["a1"].git("merge", "--quiet", "--no-edit", "main")


def _landed(report: LandReport) -> list[str]:
    return agents_of(report.landed)
