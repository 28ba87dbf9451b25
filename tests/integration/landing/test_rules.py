"""What keeps a branch from landing, and what becomes of messages, trailers, authors and generated files."""

from pathlib import Path

import pytest

from agentgrid.grid import Grid
from support.grids import BILLING, ORDERS
from support.landings import Yard, agents_of, make_yard, work
from support.program import agentgrid

CACHE = "services/common/cache.py"
DERIVED = 'derived: {services/common/lock.txt: "cat services/*/dep > services/common/lock.txt"}\n'


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return make_yard(tmp_path / "shop")


def test_a_change_of_another_agents_file_is_ejected_at_the_verdict(yard: Yard) -> None:
    work(yard, "a1", **{BILLING: "INVOICES = ['stolen']\n"})
    work(yard, "a2", **{"services/billing/tax.py": "VAT = 0.1\n"})

    report = yard.land("a2", "a1")

    assert [(each.agent, each.stage) for each in report.ejected] == [("a1", "verdict")]
    assert BILLING in report.ejected[0].reason
    assert report.base_before[:10] in report.ejected[0].hint
    assert agents_of(report.landed) == ["a2"]


def test_a_conflict_within_the_train_is_ejected_and_names_the_pair(yard: Yard) -> None:
    work(yard, "a1", **{CACHE: "TTL_S = 1\n"})
    work(yard, "a2", **{CACHE: "TTL_S = 2\n"})

    report = yard.land("a1", "a2")

    assert agents_of(report.landed) == ["a1"]
    assert [(each.agent, each.stage, each.pair) for each in report.ejected] == [("a2", "fence", "a1")]
    assert "agentgrid sync a2" in report.ejected[0].hint


def test_a_conflict_with_the_base_is_ejected_at_the_merge(yard: Yard) -> None:
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    yard.main.commit("By hand", **{ORDERS: "ORDERS = [2]\n"})

    report = yard.land("a1")

    [ejected] = report.ejected
    assert (ejected.stage, ejected.paths, ejected.pair) == ("merge", (ORDERS.encode(),), None)


def test_what_is_not_approved_waits_for_it(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", policy="land: {approvals: 1}\n")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    [waiting] = yard.land("a1").ejected
    assert agentgrid(yard.main, "review", "approve", "a1").code == 0
    approved = yard.land("a1")

    assert (waiting.stage, "approval" in waiting.reason) == ("approval", True)
    assert agents_of(approved.landed) == ["a1"]


def test_a_commit_after_the_approval_has_to_be_approved_itself(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", policy="land: {approvals: 1}\n")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    assert agentgrid(yard.main, "review", "approve", "a1").code == 0
    work(yard, "a1", **{ORDERS: "ORDERS = [2]\n"})

    assert [each.stage for each in yard.land("a1").ejected] == ["approval"]


def test_two_migrations_with_one_number_do_not_land_both(tmp_path: Path) -> None:
    owned = {"a1": "/a/**", "a2": "/b/**"}
    policy = "migrations: {main: {path: db, style: sql}}\nunowned: allow\nrules: {migration.unqueued: warn}\n"
    yard = make_yard(tmp_path / "shop", owned=owned, policy=policy)
    work(yard, "a1", **{"db/0001_users.up.sql": "1\n", "db/0001_users.down.sql": "1\n"})
    work(yard, "a2", **{"db/0001_orders.sql": "2\n"})

    report = yard.land("a1", "a2")

    assert agents_of(report.landed) == ["a1"]
    assert [(each.agent, each.stage) for each in report.ejected] == [("a2", "migration")]


def test_a_branch_that_another_one_has_whole_lands_with_it(yard: Yard) -> None:
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    desk = yard.grid.desks["a2"]
    desk.git("-c", "core.hooksPath=/dev/null", "merge", "--quiet", "--no-edit", yard.grid.desks["a1"].oid())

    report = yard.land("a1", "a2")

    assert agents_of(report.landed) == ["a1"]
    assert [(each.agent, each.reason) for each in report.untouched] == [
        ("a2", "has nothing that those before it didn't bring")
    ]
    assert report.exit_code == 0


def test_a_branch_that_went_on_after_its_squash_landed_lands_its_new_work_alone(yard: Yard) -> None:
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    yard.land("a1", strategy="squash")
    work(yard, "a1", **{"services/orders/more.py": "MORE = 1\n"})

    report = yard.land("a1", strategy="rebase")

    assert agents_of(report.landed) == ["a1"]
    changed = yard.main.git("diff", "--name-only", report.base_before, "main")
    assert changed == "services/orders/more.py"
    assert yard.main.git("rev-list", "--count", f"{report.base_before}..main") == "1"


def test_all_land_in_the_proposed_order_and_named_ones_as_they_are_named(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2031-01-02T00:00:00Z")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2031-01-01T00:00:00Z")  # came first
    work(yard, "a2", **{BILLING: "INVOICES = [1]\n"})

    assert [step.candidate.agent for step in yard.plan("a1", "a2").steps] == ["a1", "a2"]
    assert [step.candidate.agent for step in yard.plan().steps] == ["a2", "a1"]
    assert agents_of(yard.land().landed) == ["a2", "a1"]


def test_a_merge_names_the_agent_in_a_trailer(yard: Yard) -> None:
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})

    yard.land("a1")

    assert yard.main.git("log", "-1", "--format=%(trailers:key=Agent,valueonly)", "main").strip() == "a1"


def test_a_squash_keeps_every_trailer_and_author(yard: Yard) -> None:
    desk = yard.grid.desks["a1"]
    desk.write(ORDERS, "ORDERS = [1]\n")
    desk.git("add", ".")
    plain = ("-c", "core.hooksPath=/dev/null")
    desk.git(
        *plain,
        "commit",
        "-qm",
        "Add one\n\nWhy so.\n\nSigned-off-by: Ann <ann@example.com>\nCo-authored-by: Bob <bob@example.com>",
    )
    desk.git(*plain, "commit", "-q", "--allow-empty", "--author", "Eve <eve@example.com>", "-m", "Add two\n\nRefs: 12")

    report = yard.land("a1", strategy="squash")

    said = yard.main.git("log", "-1", "--format=%B", "main")
    trailers = yard.main.git("log", "-1", "--format=%(trailers:only)", "main").strip().splitlines()
    assert said.startswith("Add one\n\n* Add one\n* Add two\n")
    assert {"Signed-off-by: Ann <ann@example.com>", "Co-authored-by: Bob <bob@example.com>", "Refs: 12", "Agent: a1",
            "Co-authored-by: Eve <eve@example.com>"} <= set(trailers)  # fmt: skip
    assert yard.main.git("rev-list", "--count", f"{report.base_before}..main") == "1"


def test_a_rebase_keeps_authors_dates_and_messages(yard: Yard) -> None:
    desk = yard.grid.desks["a1"]
    for number in (1, 2):
        desk.write(ORDERS, f"ORDERS = [{number}]\n")
        desk.git("add", ".")
        desk.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", f"Change {number}",
                 "--author", "Eve É <eve@example.com>", "--date", f"2020-01-0{number}T00:00:00+02:00")  # fmt: skip
    yard.main.commit("Meanwhile", **{"README.md": "# more\n"})

    report = yard.land("a1", strategy="rebase")

    shown = yard.main.git("log", "--format=%an|%ae|%aI|%s", f"{report.base_before}..main").splitlines()
    assert shown == [f"Eve É|eve@example.com|2020-01-0{number}T00:00:00+02:00|Change {number}" for number in (2, 1)]


def test_a_rebase_never_loses_what_only_a_merge_commit_has(yard: Yard) -> None:
    desk = yard.grid.desks["a1"]
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    yard.main.commit("Meanwhile", **{"README.md": "# more\n"})
    desk.git("-c", "core.hooksPath=/dev/null", "merge", "--quiet", "--no-commit", "--no-ff", "main")
    desk.commit("Merge, and more", **{"services/orders/evil.py": "only here\n"})

    report = yard.land("a1", strategy="rebase")

    assert [(each.stage, each.hint) for each in report.ejected] == [("merge", "agentgrid land a1 --strategy merge")]
    assert agents_of(yard.land("a1", strategy="merge").landed) == ["a1"]


@pytest.mark.parametrize("strategy", ["merge", "squash", "rebase"])
def test_generated_files_are_made_anew_and_that_is_what_is_checked(tmp_path: Path, strategy: str) -> None:
    yard = make_yard(tmp_path / "shop", policy=DERIVED)
    work(yard, "a1", **{"services/orders/dep": "o1\n", "services/common/lock.txt": "o1\n"})
    work(yard, "a2", **{"services/billing/dep": "b1\n", "services/common/lock.txt": "b1\n"})

    report = yard.land("a1", "a2", strategy=strategy)  # type: ignore[arg-type]

    assert report.ejected == ()
    assert yard.main.read("services/common/lock.txt") == "b1\no1\n"
    assert yard.seen[-1] == (report.landed[-1].step.tree, report.landed[-1].step.commit)
    assert report.landed[-1].step.regenerated == (b"services/common/lock.txt",)


def test_a_command_that_generates_nothing_good_ejects(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", policy='derived: {services/common/lock.txt: "exit 4"}\n')
    work(yard, "a1", **{"services/common/lock.txt": "o1\n"})
    work(yard, "a2", **{"services/common/lock.txt": "b1\n"})

    report = yard.land("a1", "a2")

    assert [(each.agent, each.stage) for each in report.ejected] == [("a2", "derived")]


def test_set_up_commands_that_a_person_approved_run_before_the_checks_and_others_are_told(tmp_path: Path) -> None:
    from agentgrid.workspace.setup.approval import approve
    from agentgrid.workspace.setup.commands import list_policy_commands

    policy = 'setup: {copy: [.env.local], run: ["mkdir .venv"]}\n'
    yard = make_yard(tmp_path / "shop", "test -d .venv && test -e .env.local", policy=policy)
    yard.main.commit("Ignore", **{".gitignore": ".venv/\n.env.local\n"})
    yard.grid.desks["a1"].git("merge", "--quiet", "main")
    yard.main.write(".env.local", "LOCAL=1\n")
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    grid = Grid.open(yard.main.path)

    before = yard.land("a1")
    approve(grid.repository, grid.store, list_policy_commands(grid.in_force.policy, "run"), person="@me")
    after = yard.land("a1")

    assert any("not approved on this machine" in each for each in before.warnings)
    assert before.waiting == ("a1",)
    assert agents_of(after.landed) == ["a1"]


def test_a_plan_shows_everything_and_moves_nothing(yard: Yard) -> None:
    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    work(yard, "a2", **{ORDERS: "ORDERS = [2]\n"})
    yard.main.write("README.md", "dirty\n")
    before = yard.main.git("for-each-ref")

    plan = yard.plan()

    assert [step.candidate.agent for step in plan.steps] == ["a1"]
    assert [(each.agent, each.stage) for each in plan.ejected] == [("a2", "verdict")]
    assert len(plan.checks) == 1
    assert "fast-forwarded in" in plan.destination[0]
    assert "uncommitted changes" in plan.blocked[0]
    assert (yard.main.git("for-each-ref"), yard.seen) == (before, [])


def test_the_log_tells_who_landed_and_who_was_ejected(yard: Yard) -> None:
    from agentgrid.store.events import read_events

    work(yard, "a1", **{ORDERS: "ORDERS = [1]\n"})
    work(yard, "a2", **{ORDERS: "ORDERS = [2]\n"})

    report = yard.land("a1", "a2")

    with Grid.open(yard.main.path).store.read() as session:
        events = [(each.kind, each.subject) for each in read_events(session) if each.kind.startswith("land.")]
    assert events == [("land.landed", "a1"), ("land.ejected", "a2")]
    assert report.exit_code == 1


def test_status_shows_what_has_landed(yard: Yard) -> None:
    desk = yard.grid.desks["a1"]
    desk.write(ORDERS, "ORDERS = [1]\n")
    desk.git("commit", "-qam", "Work")

    yard.land("a1", strategy="squash")

    states = {each.id: each.state for each in Grid.open(yard.main.path).status().agents}
    assert states == {"a1": "landed", "a2": "ready"}
