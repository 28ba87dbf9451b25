"""`migration integrate`: numbers on a branch in one commit and one transaction, or nothing at all."""

import pytest

from agentgrid.boundaries.migrations.evidence import digest_of, read_evidence
from support.grids import SharedGrid
from support.queues import (
    AGE,
    DIRECTORY,
    LINEAGES,
    USERS,
    QueueScene,
    ask,
    carry,
    make_queue_scene,
    migrations_of,
    share_queue_scene,
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> SharedGrid:
    return share_queue_scene(tmp_path_factory.mktemp("grid"))


@pytest.fixture
def scene(kept: SharedGrid) -> QueueScene:
    return QueueScene(kept.fresh())


def test_asked_requests_get_files_on_the_owners_branch_in_their_order(scene: QueueScene) -> None:
    ask(scene, "Add age", AGE, "person", "--depends-on", ask(scene, "Add users"))
    ask(scene, "Add log", "CREATE TABLE log (id INT);\n", "person", "--priority", "urgent")

    done = scene.run("person", "integrate", "main")

    assert done.code == 0, done.err
    names = ["0001_add_log.sql", "0002_add_users.sql", "0003_add_age.sql"]
    assert migrations_of(scene.desk("a1")) == names
    [answer] = done.data
    assert [(each["id"], each["number"]) for each in answer["integrated"]] == [("m3", 1), ("m1", 2), ("m2", 3)]
    assert (scene.desk("a1").path / DIRECTORY / names[1]).read_text() == USERS
    assert scene.desk("a1").git("status", "--porcelain") == ""
    stands = scene.requests()
    assert [(stands[each].status, stands[each].number) for each in ("m1", "m2", "m3")] == [
        ("integrated", 2), ("integrated", 3), ("integrated", 1),
    ]  # fmt: skip


def test_the_commit_proves_each_file_to_who_has_no_state(scene: QueueScene) -> None:
    ask(scene, "Add users")

    scene.run("person", "integrate", "main")

    message = scene.desk("a1").git("log", "-1", "--format=%B").encode()
    [said] = read_evidence(message)
    assert (said.id, said.number, said.path) == ("m1", 1, f"{DIRECTORY}/0001_add_users.sql".encode())
    assert said.digest == digest_of(USERS.encode())


def test_a_plan_shows_the_numbers_and_gives_none(scene: QueueScene) -> None:
    ask(scene, "Add users")
    before = scene.desk("a1").oid()

    planned = scene.run("person", "integrate", "main", "--dry-run")

    assert [each["number"] for each in planned.data[0]["integrated"]] == [1]
    assert (scene.desk("a1").oid(), scene.requests()["m1"].status) == (before, "approved")


def test_what_a_branch_carries_is_numbered_on_it(scene: QueueScene) -> None:
    id_ = carry(scene, "a2", "0007_users.sql")
    branch = scene.desk("a2").git("branch", "--show-current")

    done = scene.run("a2", "integrate", "--on", branch)

    assert done.code == 0, done.err
    assert migrations_of(scene.desk("a2")) == ["0001_users.sql"]
    assert (scene.requests()[id_].target, scene.requests()[id_].number) == (branch, 1)
    again = scene.run("a2", "integrate", "--on", branch)
    assert (again.code, migrations_of(scene.desk("a2"))) == (1, ["0001_users.sql"])


def test_two_branches_never_get_one_number(scene: QueueScene) -> None:
    first, second = carry(scene, "a1", "users.sql"), carry(scene, "a2", "log.sql", "CREATE TABLE log (id INT);\n")

    for who in ("a1", "a2"):
        branch = scene.desk(who).git("branch", "--show-current")
        assert scene.run("person", "integrate", "main", "--on", branch).code == 0

    assert [scene.requests()[each].number for each in (first, second)] == [1, 2]


@pytest.mark.parametrize(
    ("sql", "options", "words"),
    [
        ("DROP TABLE old;\n", [], "destroys"),
        ("ALTER TABLE nowhere ADD COLUMN a INT;\n", [], "no such table: nowhere"),
    ],
)
def test_a_refusal_changes_nothing(scene: QueueScene, sql: str, options: list[str], words: str) -> None:
    branch = scene.desk("a2").git("branch", "--show-current")
    id_ = carry(scene, "a2", "0001_x.sql", sql)
    before = scene.desk("a2").oid()

    refused = scene.run("person", "integrate", "main", "--on", branch, *options)

    assert (refused.code, words in refused.err) == (1, True), refused.err
    assert (scene.desk("a2").oid(), scene.requests()[id_].status) == (before, "approved")
    assert scene.desk("a2").git("status", "--porcelain") == ""


def test_destruction_that_is_allowed_is_integrated_and_logged(scene: QueueScene) -> None:
    carry(scene, "a2", "0001_x.sql", "CREATE TABLE old (id INT);\n")
    carry(scene, "a2", "0002_x.sql", "DROP TABLE old;\n")
    branch = scene.desk("a2").git("branch", "--show-current")

    done = scene.run("person", "integrate", "main", "--on", branch, "--allow-destructive")

    assert done.code == 0, done.err
    assert len(migrations_of(scene.desk("a2"))) == 2


def test_only_the_owner_and_people_integrate_what_was_asked_for(scene: QueueScene) -> None:
    ask(scene, "Add users")

    refused = scene.run("a2", "integrate", "main")

    assert refused.code == 1
    assert "only a1 (its owner) or a person integrates migrations of main" in refused.err
    assert scene.run("a1", "integrate", "main").code == 0


def test_a_branch_that_lacks_migrations_of_the_base_is_told_to_bring_them_in(scene: QueueScene) -> None:
    scene.main.commit("Somebody's", **{f"{DIRECTORY}/0001_start.sql": USERS})
    ask(scene, "Add age", AGE)

    refused = scene.run("person", "integrate", "main")

    assert refused.code == 1
    assert "doesn't have all migrations of the base yet" in refused.err


def test_work_in_the_owners_worktree_is_never_overwritten(scene: QueueScene) -> None:
    ask(scene, "Add users")
    scene.desk("a1").write(f"{DIRECTORY}/0001_add_users.sql", "mine\n")

    refused = scene.run("person", "integrate", "main")

    assert refused.code == 1
    assert (scene.desk("a1").path / DIRECTORY / "0001_add_users.sql").read_text() == "mine\n"
    assert (scene.requests()["m1"].status, scene.requests()["m1"].number) == ("approved", None)


def test_a_window_is_waited_for_unless_somebody_says_why_not(tmp_path_factory: pytest.TempPathFactory) -> None:
    scene = make_queue_scene(
        tmp_path_factory.mktemp("grid"), LINEAGES.replace("owner: a1}", "owner: a1, window: weekly monday 09:00}")
    )
    ask(scene, "Add users")

    waits = scene.run("person", "integrate", "main")
    told = scene.run("person", "integrate", "main", "--now")
    done = scene.run("person", "integrate", "main", "--now", "--reason", "release tonight")

    assert (waits.code, "waits for its window" in waits.data[0]["waiting"][0]["reason"]) == (1, True)
    assert (told.code, done.code) == (2, 0)
    assert "release tonight" in scene.desk("a1").git("log", "-1", "--format=%B")
    from support.program import agentgrid

    [event] = [each for each in agentgrid(scene.main, "log", "--json").data if each["kind"] == "migration.allowed"]
    assert event["after"]["reason"] == "release tonight"


def test_requests_go_straight_into_the_train_where_the_lineage_says_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    scene = make_queue_scene(
        tmp_path_factory.mktemp("grid"), LINEAGES.replace("owner: a1}", "owner: a1, integrate: train}")
    )
    ask(scene, "Add users")
    before = scene.desk("a1").oid()

    done = scene.run("person", "integrate", "main")

    assert done.code == 0, done.err
    assert migrations_of(scene.main) == ["0001_add_users.sql"]
    assert (scene.requests()["m1"].target, scene.desk("a1").oid()) == ("main", before)
