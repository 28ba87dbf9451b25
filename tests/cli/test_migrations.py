"""migration list, show, approve, reject, withdraw as they are typed, and what can-edit says of requests."""

import re

import pytest

from support.grids import SharedGrid
from support.program import agentgrid
from support.queues import AGE, DIRECTORY, USERS, QueueScene, share_queue_scene
from support.repositories import Sandbox

FIRST = f"{DIRECTORY}/900000001_add_users.sql"
FIELDS = [
    "id", "agent", "title", "status", "priority", "lineage", "objects", "number", "file", "branch", "original",
    "digest", "destructive", "reversible", "depends_on", "dependents", "collisions", "owner", "due", "due_at",
    "waiting", "submitted_at", "decided_at", "decided_by", "reason", "commit", "target",
]  # fmt: skip


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> SharedGrid:
    return share_queue_scene(tmp_path_factory.mktemp("grid"))


@pytest.fixture
def scene(kept: SharedGrid) -> QueueScene:
    """m1 by a2, waiting for approval."""
    made = QueueScene(kept.fresh())
    answer = made.run("a2", "submit", made.write("a2", "0007_add_users.sql"))
    assert answer.code == 0, answer.err
    return made


def test_the_list_shows_what_is_open(scene: QueueScene) -> None:
    scene.run("a1", "submit", scene.write("a1", "0001_age.sql", AGE))
    scene.run("a2", "submit", scene.write("a2", "0008_more.sql", "DROP TABLE old;\n"))
    scene.run("a1", "reject", "m3", "--reason", "no")

    said = scene.say("person", "list").out

    rows = [re.split(r" {2,}", line.strip()) for line in said.splitlines()]
    assert rows[0] == ["id", "status", "priority", "lineage", "agent", "title", "touches", "meets", "due"]
    assert rows[2][:6] == ["m1", "submitted", "normal", "main", "a2", "add users"]
    [second] = [row for row in rows if row[0] == "m2"]
    assert (second[:6], second[-1]) == (["m2", "approved", "normal", "main", "a1", "age"], "now")
    assert second[7].startswith("m1 of a2")
    assert said.endswith("1 more: agentgrid migration list --status all\n")


def test_an_empty_list_says_so(kept: SharedGrid) -> None:
    assert QueueScene(kept.fresh()).say("person", "list").out == "no open migration request\n"


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], ["m1", "m2"]), (["--status", "all"], ["m1", "m2", "m3"]), (["--status", "rejected"], ["m3"]),
        (["--agent", "a1"], ["m2"]), (["--lineage", "mart"], []),
        (["--status", "approved", "--lineage", "main"], ["m2"]),
    ],
)  # fmt: skip
def test_the_list_is_filtered(scene: QueueScene, options: list[str], ids: list[str]) -> None:
    scene.run("a1", "submit", scene.write("a1", "0001_age.sql", AGE))
    scene.run("a2", "submit", scene.write("a2", "0008_more.sql"))
    scene.run("a1", "reject", "m3", "--reason", "no")

    assert [each["id"] for each in scene.run("person", "list", *options).data] == ids


def test_json_has_every_field(scene: QueueScene) -> None:
    [told] = scene.run("person", "list").data
    shown = scene.run("person", "show", "m1").data

    assert list(told) == FIELDS
    assert (told["waiting"], told["due"], told["owner"]) == ("it isn't approved yet", False, "a1")
    assert shown == {**told, "content": USERS, "down": None}


def test_a_request_is_shown_whole(scene: QueueScene) -> None:
    shown = scene.say("a1", "show", "m1").out

    digest = scene.requests()["m1"].digest
    approve = f"agentgrid migration approve m1 --seen {digest[:12]}"
    branch = scene.desk("a2").git("branch", "--show-current")
    assert shown.splitlines()[0] == "m1 add users: submitted"
    assert f"carried by {branch}: {FIRST}, submitted as 0007_add_users.sql\n" in shown
    assert f"digest: {digest}\n\n{USERS}\na1 or a person decides: {approve}, or reject m1 --reason TEXT" in shown


def test_what_would_move_a_terminal_is_shown_by_its_number(scene: QueueScene) -> None:
    scene.desk("a2").write(FIRST, "SELECT '\x1b[2J';\n")
    scene.run("a2", "submit", FIRST)

    assert "SELECT '\\x1b[2J';" in scene.say("a1", "show", "m1").out


def test_the_owner_approves_what_was_looked_at_and_the_asker_is_told(scene: QueueScene) -> None:
    told = scene.run("a1", "approve", "m1", "--seen", scene.requests()["m1"].digest[:12]).data

    assert (told["status"], told["decided_by"], told["due"]) == ("approved", "a1", True)
    assert scene.notices("a2") == ["a1 has approved the migration m1 (add users): agentgrid migration show m1"]


def test_what_has_changed_since_is_not_approved(scene: QueueScene) -> None:
    seen = scene.requests()["m1"].digest
    scene.desk("a2").write(FIRST, AGE)
    scene.run("a2", "submit", FIRST)

    answer = scene.run("a1", "approve", "m1", "--seen", seen)

    assert (answer.code, scene.requests()["m1"].status) == (1, "submitted")


@pytest.mark.parametrize("verb", [("approve",), ("reject", "--reason", "no")])
def test_another_agent_decides_nothing(scene: QueueScene, verb: tuple[str, ...]) -> None:
    answer = scene.run("a2", *verb, "m1")

    assert (answer.code, answer.error["code"], scene.requests()["m1"].status) == (1, "not_permitted", "submitted")


def test_several_are_decided_together_or_not_at_all(scene: QueueScene) -> None:
    scene.run("a2", "submit", scene.write("a2", "0008_more.sql", AGE))

    assert scene.run("a1", "approve", "m1", "m9").code == 2
    assert {each.status for each in scene.requests().values()} == {"submitted"}
    assert [each["id"] for each in scene.run("a1", "approve", "m1", "m2").data] == ["m1", "m2"]


def test_a_rejection_is_told_to_the_asker_and_to_those_that_wait(scene: QueueScene) -> None:
    scene.run("a1", "submit", scene.write("a1", "0001_age.sql", AGE), "--depends-on", "m1")
    scene.run("person", "reject", "m1", "--reason", "no primary key")

    [asker], [waiting] = scene.notices("a2"), scene.notices("a1")[-1:]
    assert re.fullmatch(
        r"@\S+ has rejected the migration m1 \(add users\): no primary key: agentgrid migration show m1", asker
    )
    assert waiting == "m1, which your migration m2 depends on, was rejected: agentgrid migration show m2"
    assert scene.run("a1", "show", "m2").data["waiting"] == "it depends on m1, which was rejected"


def test_a_withdrawn_file_stays_and_the_way_out_is_told(scene: QueueScene) -> None:
    said = scene.say("a2", "withdraw", "m1").out

    branch = scene.desk("a2").git("branch", "--show-current")
    assert said == (f"m1 (add users) is withdrawn\n  its file stays on {branch}; take it out there: git rm {FIRST}\n")
    assert scene.desk("a2").read(FIRST) == USERS


def test_a_chain_is_withdrawn_at_once(scene: QueueScene) -> None:
    scene.run("a2", "submit", scene.write("a2", "0008_more.sql", AGE))

    assert scene.run("a2", "withdraw", "m1").error["message"] == "m2 of a2 would wait for m1 for ever"
    assert scene.run("a2", "withdraw", "m1", "m2").code == 0


def test_a_window_says_when_it_is_due(scene: QueueScene) -> None:
    sql = scene.write("a2", "0009_x.sql", "CREATE TABLE x (id INT)")
    scene.run("person", "submit", scene.desk("a2").path / sql, "--ask", "--lineage", "mart")

    told = scene.run("person", "show", "m2").data

    assert (told["status"], told["due"]) == ("approved", False)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT09:00:00Z", told["due_at"])
    assert told["waiting"].startswith("the window opens ")
    assert re.search(r"due: Monday \d{4}-\d\d-\d\d 09:00", scene.say("person", "show", "m2").out)


def test_every_step_is_in_the_log(scene: QueueScene) -> None:
    scene.run("a1", "approve", "m1")
    scene.run("a1", "reject", "m1", "--reason", "no")
    scene.desk("a2").write(FIRST, AGE)
    scene.run("a2", "submit", FIRST)
    scene.run("a2", "withdraw", "m1")

    events = agentgrid(scene.main, "log", "--kind", "migration", "--json").data

    assert [(each["kind"], each["actor"], each["subject"]) for each in events] == [
        ("migration.submitted", "a2", "m1"), ("migration.approved", "a1", "m1"), ("migration.rejected", "a1", "m1"),
        ("migration.resubmitted", "a2", "m1"), ("migration.withdrawn", "a2", "m1"),
    ]  # fmt: skip


def test_ids_are_completed(scene: QueueScene) -> None:
    completion = {
        "_AGENTGRID_COMPLETE": "complete_bash",
        "COMP_WORDS": "agentgrid migration approve m",
        "COMP_CWORD": "3",
    }

    assert agentgrid(scene.desk("a1"), env=completion).out.split() == ["m1"]


@pytest.mark.parametrize(
    ("path", "told"),
    [(f"{DIRECTORY}/0009_new.sql", ["m1", "m2"]), (DIRECTORY, ["m1", "m2"]), (FIRST, ["m1"]), ("services/billing", [])],
)
def test_can_edit_tells_of_open_requests_there(scene: QueueScene, path: str, told: list[str]) -> None:
    scene.run("a1", "submit", scene.write("a1", "0001_age.sql", AGE))

    [verdict] = agentgrid(scene.desk("a1"), "can-edit", path, "--json").data
    said = agentgrid(scene.desk("a1"), "can-edit", path).out

    assert [each["id"] for each in verdict["migrations"]] == told
    assert ("    note: migration m1 of a2 is submitted in main: add users\n" in said) is bool(told)
    if told:
        assert verdict["migrations"][0] == {
            "id": "m1", "title": "add users", "agent": "a2", "status": "submitted", "lineage": "main"
        }  # fmt: skip


def test_can_edit_tells_nothing_of_what_is_done_with(scene: QueueScene) -> None:
    scene.run("a2", "withdraw", "m1")

    assert agentgrid(scene.desk("a1"), "can-edit", DIRECTORY, "--json").data[0]["migrations"] == []


def test_a_person_outside_any_grid_completes_nothing(repo: Sandbox) -> None:
    completion = {"_AGENTGRID_COMPLETE": "complete_bash", "COMP_WORDS": "agentgrid migration show m", "COMP_CWORD": "3"}

    assert agentgrid(repo, env=completion).out.split() == []


def test_status_tells_of_open_requests_and_says_nothing_where_there_are_none(scene: QueueScene) -> None:
    agents = {each["id"]: each for each in agentgrid(scene.main, "status", "--json").data["agents"]}
    said = agentgrid(scene.main, "status").out

    assert (agents["a2"]["migrations"], "migrations" in agents["a1"]) == (["m1"], False)
    assert "migrations" in said
    scene.run("a2", "withdraw", "m1")
    assert "migrations" not in agentgrid(scene.main, "status").out
