"""Submitting as agents and persons do it: what happens to the file, its index entry and the queue."""

import hashlib
import os
from pathlib import Path

import pytest

from agentgrid.errors import OutsideError, StoreBusy
from agentgrid.integration.migrations.asking import moving, submitting
from agentgrid.integration.migrations.asking.submission import Wishes
from support.grids import SharedGrid
from support.program import run
from support.queues import A2, AGE, DIRECTORY, USERS, QueueScene, share_queue_scene

FIRST, SECOND = f"{DIRECTORY}/900000001_add_users.sql", f"{DIRECTORY}/900000002_add_age.sql"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> SharedGrid:
    return share_queue_scene(tmp_path_factory.mktemp("grid"))


@pytest.fixture
def scene(kept: SharedGrid) -> QueueScene:
    return QueueScene(kept.fresh())


def test_an_untracked_file_gets_its_provisional_name_and_a_request(scene: QueueScene) -> None:
    path = scene.write("a2", "0007_add_users.sql")

    told = scene.run("a2", "submit", path).data

    assert (told["id"], told["agent"], told["status"], told["priority"]) == ("m1", "a2", "submitted", "normal")
    assert (told["lineage"], told["title"], told["objects"]) == (
        "main",
        "add users",
        ["users", "users.email", "users.id"],
    )
    assert (told["file"], told["number"], told["renamed"]) == (FIRST, None, [{"from": path, "to": FIRST}])
    assert told["digest"] == hashlib.sha256(USERS.encode()).hexdigest()
    assert scene.desk("a2").status() == f"?? {FIRST}"
    assert scene.desk("a2").read(FIRST) == USERS


def test_a_staged_file_is_staged_under_its_new_name(scene: QueueScene) -> None:
    path = scene.write("a2", "0007_add_users.sql")
    scene.desk("a2").git("add", path)

    scene.run("a2", "submit", path)

    assert scene.desk("a2").status() == f"A  {FIRST}"


def test_a_committed_file_is_renamed_in_the_index_and_what_is_not_staged_stays_so(scene: QueueScene) -> None:
    path = scene.write("a2", "0007_add_users.sql", "SELECT 1;\n")
    scene.desk("a2").commit("Carry it")
    scene.write("a2", "0007_add_users.sql", "SELECT 1;\nSELECT 2;\n")

    assert scene.run("a2", "submit", path).code == 0

    assert scene.desk("a2").status() == f"RM {path} -> {FIRST}"
    assert scene.desk("a2").git("show", f":{FIRST}") == "SELECT 1;"
    assert scene.requests()["m1"].content == b"SELECT 1;\nSELECT 2;\n"


@pytest.mark.parametrize(
    ("up", "down", "new_up", "new_down"),
    [
        ("0007_add.up.sql", "0007_add.down.sql", "900000001_add.up.sql", "900000001_add.down.sql"),
        ("0007_add.sql", "0007_add.down.sql", "900000001_add.sql", "900000001_add.down.sql"),
        ("V7__add.sql", "U7__add.sql", "V900000001__add.sql", "U900000001__add.sql"),
        ("add.up.sql", "add.down.sql", "900000001_add.up.sql", "900000001_add.down.sql"),
    ],
)
def test_its_partner_goes_along(scene: QueueScene, up: str, down: str, new_up: str, new_down: str) -> None:
    paths = [scene.write("a2", up), scene.write("a2", down, "DROP TABLE users;\n")]

    told = scene.run("a2", "submit", *paths).data

    assert (told["file"], told["reversible"]) == (f"{DIRECTORY}/{new_up}", True)
    assert sorted(os.listdir(scene.desk("a2").path / DIRECTORY)) == sorted([new_up, new_down])
    assert scene.requests()["m1"].down == b"DROP TABLE users;\n"


def test_several_files_follow_one_another_in_the_order_of_their_numbers(scene: QueueScene) -> None:
    paths = [scene.write("a2", "0010_add_age.sql", AGE), scene.write("a2", "0009_add_users.sql")]

    told = scene.run("a2", "submit", *paths).data

    assert [(each["id"], each["file"], each["depends_on"]) for each in told] == [
        ("m1", FIRST, []), ("m2", SECOND, ["m1"])
    ]  # fmt: skip


def test_a_later_file_of_the_branch_follows_the_earlier_one(scene: QueueScene) -> None:
    scene.run("a2", "submit", scene.write("a2", "0007_add_users.sql"))

    assert scene.run("a2", "submit", scene.write("a2", "0008_add_age.sql", AGE)).data["depends_on"] == ["m1"]


def test_a_file_of_another_branch_does_not(scene: QueueScene) -> None:
    scene.run("a2", "submit", scene.write("a2", "0007_add_users.sql"))

    told = scene.run("a1", "submit", scene.write("a1", "0008_add_age.sql", AGE)).data

    assert (told["depends_on"], told["collisions"]) == ([], [{"id": "m1", "agent": "a2", "objects": ["users"]}])


def test_the_owners_own_request_is_approved_at_once(scene: QueueScene) -> None:
    told = scene.run("a1", "submit", scene.write("a1", "0007_add_users.sql")).data

    assert (told["status"], told["decided_by"], told["due"]) == ("approved", "a1", True)


def test_so_is_a_persons_on_a_branch_of_theirs(scene: QueueScene) -> None:
    scene.main.switch("mine")

    told = scene.run("person", "submit", scene.write("person", "0007_add_users.sql")).data

    assert (told["status"], told["branch"]) == ("approved", "mine")
    assert told["agent"] == told["decided_by"]
    assert told["agent"].startswith("@")


def test_the_owner_is_told_of_it_and_of_what_it_meets(scene: QueueScene) -> None:
    scene.run("a1", "submit", scene.write("a1", "0001_users.sql"))
    scene.run("a2", "submit", scene.write("a2", "0007_drop.sql", "DROP TABLE users;\n"))

    [told] = scene.notices("a1")

    assert told.startswith(
        "a2 asks for the migration m2 (drop) in main; it is destructive: drops the table users (line 1); "
        "it meets m1 of a1 (users): agentgrid migration show m2, then agentgrid migration approve m2 --seen "
    )


def test_the_submitter_is_told_what_it_meets_and_loses(scene: QueueScene) -> None:
    scene.run("a1", "submit", scene.write("a1", "0001_users.sql"))

    said = scene.say("a2", "submit", scene.write("a2", "0007_drop.sql", "DROP TABLE users;\n")).out

    assert "  warning: destructive: drops the table users (line 1)\n  warning: it meets m1 of a1 (users)\n" in said
    assert said.endswith("  waits for a1 or a person\n")


def test_a_dry_run_says_it_all_and_does_nothing(scene: QueueScene) -> None:
    path = scene.write("a2", "0007_add_users.sql")
    before = scene.desk("a2").status()

    told = scene.run("a2", "submit", path, "--dry-run").data

    assert (told["id"], told["file"], told["dry_run"]) == ("m1", FIRST, True)
    assert (scene.desk("a2").status(), scene.requests()) == (before, {})


def test_a_changed_provisional_file_updates_its_request_and_loses_its_approval(scene: QueueScene) -> None:
    scene.run("a2", "submit", scene.write("a2", "0007_add_users.sql"), "--priority", "high")
    scene.run("a1", "approve", "m1")
    scene.desk("a2").write(FIRST, AGE)

    told = scene.run("a2", "submit", FIRST).data

    assert (told["id"], told["status"], told["priority"], told["is_new"]) == ("m1", "submitted", "high", False)
    assert (scene.requests()["m1"].content, scene.desk("a2").status()) == (AGE.encode(), f"?? {FIRST}")


def test_an_unchanged_one_keeps_it(scene: QueueScene) -> None:
    scene.run("a2", "submit", scene.write("a2", "0007_add_users.sql"))
    scene.run("a1", "approve", "m1")

    told = scene.run("a2", "submit", FIRST).data
    again = scene.run("a2", "submit", FIRST, "--title", "Users").data

    assert (told["status"], told["changed"]) == ("approved", False)
    assert (again["status"], again["title"], again["changed"]) == ("approved", "Users", True)


def test_a_rejected_one_that_is_changed_waits_again(scene: QueueScene) -> None:
    scene.run("a2", "submit", scene.write("a2", "0007_add_users.sql"))
    scene.run("a1", "reject", "m1", "--reason", "no primary key")
    scene.desk("a2").write(FIRST, AGE)

    told = scene.run("a2", "submit", FIRST).data

    assert (told["status"], told["reason"]) == ("submitted", None)


def test_the_owner_may_change_an_agents_request_and_it_stays_the_agents(scene: QueueScene) -> None:
    scene.run("a2", "submit", scene.write("a2", "0007_add_users.sql"))
    scene.desk("a1").write(FIRST, AGE)

    told = scene.run("a1", "submit", FIRST).data

    assert (told["agent"], told["status"], told["decided_by"]) == ("a2", "approved", "a1")


def test_another_agent_may_not(scene: QueueScene) -> None:
    scene.run("a1", "submit", scene.write("a1", "0007_add_users.sql"))
    scene.desk("a2").write(FIRST, AGE)

    answer = scene.run("a2", "submit", FIRST)

    assert (answer.code, answer.error["message"]) == (1, "m1 is a request of a1: a2 doesn't change it")


def test_a_provisional_file_that_nobody_knows_is_submitted_as_any_other(scene: QueueScene) -> None:
    """What is left when the submitter is killed after the file was renamed."""
    told = scene.run("a2", "submit", scene.write("a2", "900000044_add_users.sql")).data

    assert (told["id"], told["file"], told["title"]) == ("m1", FIRST, "add users")


def test_sql_alone_is_asked_for_from_anywhere(scene: QueueScene, tmp_path: Path) -> None:
    (tmp_path / "add_index.sql").write_text("CREATE INDEX ix ON users (email);\n")
    (tmp_path / "back.sql").write_text("DROP INDEX ix;\n")

    told = scene.run("a2", "submit", tmp_path / "add_index.sql", "--ask", "--lineage", "main", "--down",
                     tmp_path / "back.sql", "--priority", "urgent", "--title", "An index").data  # fmt: skip

    assert (told["file"], told["branch"], told["original"]) == (None, None, "add_index.sql")
    assert (told["title"], told["priority"], told["reversible"]) == ("An index", "urgent", True)
    assert (tmp_path / "add_index.sql").exists()


def test_sql_comes_from_stdin(scene: QueueScene) -> None:
    done = run(scene.desk("a2"), "sh", "-c",
               "echo 'DROP TABLE old' | agentgrid migration submit - --lineage mart --title Old --json")  # fmt: skip

    assert (done.data["title"], done.data["objects"], done.data["file"]) == ("Old", ["old"], None)


def test_a_file_in_a_lineages_directory_is_of_that_lineage(scene: QueueScene) -> None:
    scene.desk("a2").write("mart/sql/20260101000000_add.sql", USERS)

    told = scene.run("a2", "submit", "mart/sql/20260101000000_add.sql").data

    assert (told["lineage"], told["file"]) == ("mart", "mart/sql/99990000000001_add.sql")


def test_an_explicit_dependency_comes_before_those_that_follow_by_themselves(scene: QueueScene) -> None:
    scene.run("a1", "submit", scene.write("a1", "0001_users.sql"))
    paths = [scene.write("a2", "0002_b.sql", AGE), scene.write("a2", "0003_c.sql", "SELECT 1;\n")]

    told = scene.run("a2", "submit", *paths, "--depends-on", "m1").data

    assert [each["depends_on"] for each in told] == [["m1"], ["m1", "m2"]]
    assert told[0]["collisions"] == []


def test_names_of_any_bytes_are_carried(scene: QueueScene) -> None:
    name = os.fsdecode(b"0007_caf\xe9 $(x).sql")
    told = scene.run("a2", "submit", scene.write("a2", name))

    assert told.code == 0, told.err
    assert scene.requests()["m1"].file == f"{DIRECTORY}/900000001_".encode() + b"caf\xe9 $(x).sql"


def test_files_keep_their_mode(scene: QueueScene) -> None:
    path = scene.write("a2", "0007_add_users.sql")
    (scene.desk("a2").path / path).chmod(0o755)

    scene.run("a2", "submit", path)

    assert (scene.desk("a2").path / FIRST).stat().st_mode & 0o777 == 0o755


def test_nothing_is_overwritten(scene: QueueScene) -> None:
    path = scene.write("a2", "0007_add_users.sql")
    scene.write("a2", "900000001_add_users.sql", "SELECT 'mine';\n")

    answer = scene.run("a2", "submit", path)

    assert (answer.code, answer.error["message"]) == (1, f"there is a file {FIRST} already")
    assert (scene.desk("a2").read(path), scene.desk("a2").read(FIRST)) == (USERS, "SELECT 'mine';\n")
    assert scene.requests() == {}


def test_when_recording_fails_the_files_are_what_they_were(scene: QueueScene, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scene.write("a2", "0007_add_users.sql")
    other = scene.write("a2", "0008_add_age.sql", AGE)
    scene.desk("a2").git("add", path)
    before = scene.desk("a2").status(), scene.desk("a2").git("ls-files", "--stage")

    def fail(*_: object) -> None:
        assert scene.desk("a2").status() != before[0]
        raise StoreBusy("somebody else has it")

    monkeypatch.setattr(submitting, "_record", fail)
    monkeypatch.chdir(scene.desk("a2").path)
    with pytest.raises(StoreBusy):
        scene.queue("a2").submit([path, other], A2, wishes=Wishes())

    assert (scene.desk("a2").status(), scene.desk("a2").git("ls-files", "--stage")) == before
    assert scene.desk("a2").read(path) == USERS


def test_when_the_index_is_locked_nothing_moves(scene: QueueScene) -> None:
    path = scene.write("a2", "0007_add_users.sql")
    scene.desk("a2").git("add", path)
    lock = Path(scene.desk("a2").git("rev-parse", "--absolute-git-dir")) / "index.lock"
    lock.touch()

    answer = scene.run("a2", "submit", path)
    lock.unlink()

    assert (answer.code, answer.error["code"]) == (3, "git")
    assert (scene.desk("a2").status(), scene.requests()) == (f"A  {path}", {})


def test_a_file_in_the_middle_of_a_merge_is_left_alone(scene: QueueScene) -> None:
    path = scene.write("a2", "0007_add_users.sql")
    oid = scene.desk("a2").git("hash-object", "-w", path)
    scene.desk("a2").git("update-index", "--index-info", stdin=f"100644 {oid} 2\t{path}\n")

    answer = scene.run("a2", "submit", path)

    assert (answer.code, answer.error["message"]) == (1, f"{path} is in the middle of a merge")


def test_what_the_base_has_is_never_changed(scene: QueueScene) -> None:
    path = scene.write("person", "0001_start.sql")
    scene.main.commit("Start the lineage")
    scene.desk("a2").git("merge", "--quiet", "main")

    answer = scene.run("a2", "submit", path)

    assert (answer.code, answer.error["message"]) == (
        1, f"{path} is in the base already: what has landed is never changed"
    )  # fmt: skip
    assert scene.desk("a2").status() == ""


def test_a_detached_head_carries_nothing(scene: QueueScene) -> None:
    path = scene.write("person", "0007_add_users.sql")
    scene.main.git("checkout", "--quiet", "--detach")

    answer = scene.run("person", "submit", path)

    assert (answer.code, answer.error["message"]) == (1, "no branch is checked out here that could carry it")


def test_a_name_that_is_taken_meanwhile_is_not_overwritten_either(
    scene: QueueScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the look before: a link is taken, which fails where there is something."""
    path = scene.write("a2", "0007_add_users.sql")
    scene.write("a2", "900000001_add_users.sql", "SELECT 'mine';\n")
    monkeypatch.setattr(moving, "_require_free", lambda *_: None)
    monkeypatch.chdir(scene.desk("a2").path)

    with pytest.raises(OutsideError, match="File exists"):
        scene.queue("a2").submit([path], A2)

    assert (scene.desk("a2").read(path), scene.desk("a2").read(FIRST)) == (USERS, "SELECT 'mine';\n")
