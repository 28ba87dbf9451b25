"""Migrations that a branch carries get their numbers when it lands: behind those of the tip, whoever is first."""

import pytest

from support.grids import SharedGrid
from support.program import Answer, agentgrid
from support.queues import AGE, DIRECTORY, QueueScene, carry, migrations_of, share_queue_scene

LOG = "CREATE TABLE log (id INT);\n"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> SharedGrid:
    lineage = f"migrations: {{main: {{path: {DIRECTORY}, style: sql, owner: a1}}}}\n"
    return share_queue_scene(tmp_path_factory.mktemp("grid"), lineage)


@pytest.fixture
def scene(kept: SharedGrid) -> QueueScene:
    return QueueScene(kept.fresh())


def land(scene: QueueScene, *arguments: str) -> Answer:
    return agentgrid(scene.main, "land", *arguments, "--json")


@pytest.mark.parametrize("strategy", ["merge", "squash", "rebase"])
def test_numbers_follow_the_order_of_landing(scene: QueueScene, strategy: str) -> None:
    first, second = carry(scene, "a1", "0001_users.sql"), carry(scene, "a2", "0001_log.sql", LOG)

    done = land(scene, "a2", "a1", "--strategy", strategy)

    assert done.code == 0, done.out + done.err
    assert migrations_of(scene.main) == ["0001_log.sql", "0002_users.sql"]
    stands = scene.requests()
    assert [(stands[each].status, stands[each].number, stands[each].target) for each in (second, first)] == [
        ("integrated", 1, "main"), ("integrated", 2, "main"),
    ]  # fmt: skip
    assert stands[first].commit == done.data["landed"][1]["commit"]


def test_a_chain_keeps_its_order(scene: QueueScene) -> None:
    carry(scene, "a2", "0001_users.sql")
    carry(scene, "a2", "0002_age.sql", AGE)

    assert land(scene, "a2").code == 0
    assert migrations_of(scene.main) == ["0001_users.sql", "0002_age.sql"]


def test_a_plan_tries_nothing_and_gives_no_number(scene: QueueScene) -> None:
    id_ = carry(scene, "a2", "0001_users.sql")

    planned = agentgrid(scene.main, "land", "a2", "--dry-run", "--json")

    assert (planned.code, scene.requests()[id_].number) == (0, None)
    [step] = planned.data["steps"]
    assert step["migrations"] == [{"id": id_, "lineage": "main", "number": 1, "file": f"{DIRECTORY}/0001_users.sql"}]
    assert f"{id_} becomes main 1" in agentgrid(scene.main, "land", "a2", "--dry-run").out


def test_what_nobody_approved_is_ejected_and_keeps_its_work(scene: QueueScene) -> None:
    carry(scene, "a2", "0001_users.sql", approve=False)
    before = scene.main.oid("main")

    done = land(scene, "a2")

    [ejected] = done.data["ejected"]
    assert (done.code, ejected["stage"], ejected["hint"]) == (1, "migration", "agentgrid migration approve m1")
    assert scene.main.oid("main") == before


def test_what_was_changed_after_it_was_approved_is_ejected(scene: QueueScene) -> None:
    carry(scene, "a2", "0001_users.sql")
    scene.desk("a2").commit("More", **{f"{DIRECTORY}/900000001_users.sql": LOG})

    [ejected] = land(scene, "a2").data["ejected"]

    assert "changed since m1 was submitted" in ejected["reason"]


def test_what_fails_on_a_scratch_database_is_ejected_and_the_rest_lands(scene: QueueScene) -> None:
    carry(scene, "a1", "0001_age.sql", AGE)
    carry(scene, "a2", "0001_log.sql", LOG)

    done = land(scene, "a1", "a2")

    assert [(each["agent"], each["stage"]) for each in done.data["ejected"]] == [("a1", "migration")]
    assert migrations_of(scene.main) == ["0001_log.sql"]


def test_a_number_given_before_follows_the_tip_when_another_lands_first(scene: QueueScene) -> None:
    """a1 was numbered for a pull request, and a2 landed first."""
    first = carry(scene, "a1", "0001_users.sql")
    branch = scene.desk("a1").git("branch", "--show-current")
    assert scene.run("person", "integrate", "main", "--on", branch).code == 0
    second = carry(scene, "a2", "0001_log.sql", LOG)

    assert land(scene, "a2").code == 0
    assert [scene.requests()[each].number for each in (first, second)] == [None, 1]
    assert land(scene, "a1").code == 0

    assert migrations_of(scene.main) == ["0001_log.sql", "0002_users.sql"]
    assert [scene.requests()[each].number for each in (first, second)] == [2, 1]


def test_a_branch_whose_request_landed_by_another_way_brings_it_no_second_time(scene: QueueScene) -> None:
    carry(scene, "a2", "0001_users.sql")
    assert land(scene, "a2", "--strategy", "squash").code == 0
    scene.desk("a2").commit("More", **{"services/billing/more.py": "MORE = 1\n"})

    done = land(scene, "a2", "--strategy", "squash")

    assert done.code == 0, done.out
    assert migrations_of(scene.main) == ["0001_users.sql"]
    assert scene.main.git("show", "main:services/billing/more.py") == "MORE = 1"


def test_the_proposed_order_follows_what_migrations_depend_on(scene: QueueScene) -> None:
    """a1's is older, and depends on a2's."""
    desk = scene.desk("a1")
    older = carry(scene, "a1", "0001_age.sql", AGE)
    users = carry(scene, "a2", "0001_users.sql")
    again = scene.run("a1", "submit", f"{DIRECTORY}/900000001_age.sql", "--depends-on", users)
    assert (again.code, desk.status()) == (0, ""), again.err

    planned = agentgrid(scene.main, "land", "--all", "--dry-run", "--json").data

    assert planned["order"] == ["a2", "a1"]
    assert land(scene, "--all").code == 0
    assert [scene.requests()[each].number for each in (users, older)] == [1, 2]
