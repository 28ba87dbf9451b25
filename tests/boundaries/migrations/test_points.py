"""One verdict on migrations at every point of a grid, with real git: edit, commit, ref update, push, check."""

import json
from pathlib import Path

import pytest

from agentgrid.grid import Grid
from support.edits import SLOW, ask_fast, ask_hook, write_call
from support.grids import Attempt, SharedGrid, attempt, remove_guard, was_fast
from support.program import agentgrid
from support.queues import DIRECTORY, USERS, QueueScene, share_queue_scene

NEW = f"{DIRECTORY}/0001_users.sql"
WAITING = f"{DIRECTORY}/900000001_users.sql"


@pytest.fixture(scope="module")
def shared(hermetic_session: None, tmp_path_factory: pytest.TempPathFactory) -> SharedGrid:
    return share_queue_scene(tmp_path_factory.mktemp("queue"))


@pytest.fixture
def scene(shared: SharedGrid) -> QueueScene:
    return QueueScene(shared.fresh())


def commit(scene: QueueScene, *options: str, who: str = "a2") -> Attempt:
    scene.desk(who).git("add", "--all")
    return attempt(scene.desk(who), "commit", "-qm", "Work", *options)


def submit(scene: QueueScene, who: str = "a2") -> None:
    scene.write(who, "users.sql")
    assert scene.run(who, "submit", f"{DIRECTORY}/users.sql").code == 0


@pytest.mark.parametrize("who", ["a1", "a2"])
def test_a_commit_of_a_migration_that_nobody_submitted_is_refused(scene: QueueScene, who: str) -> None:
    scene.write(who, "0001_users.sql")
    done = commit(scene, who=who)
    assert (done.code, "[migration.unqueued]" in done.verdict) == (1, True), done
    assert "ownership.foreign" not in done.said
    assert f"agentgrid migration submit {NEW}" in done.said


def test_without_the_commit_hooks_the_ref_update_refuses_it(scene: QueueScene) -> None:
    scene.write("a2", "0001_users.sql")
    done = commit(scene, "--no-verify")
    assert (done.code != 0, "[migration.unqueued]" in done.verdict) == (True, True), done


def test_without_any_guard_it_is_committed_and_stopped_at_the_push_and_in_ci(scene: QueueScene, tmp_path: Path) -> None:
    """The twin: what refused it were the points."""
    server = scene.main.clone(tmp_path / "server.git", "--bare")
    desk = scene.desk("a2")
    remove_guard(desk, "pre-commit", "prepare-commit-msg", "commit-msg", "reference-transaction")
    scene.write("a2", "0001_users.sql")
    assert commit(scene).code == 0
    pushed = attempt(desk, "push", server.path, "HEAD")
    assert (pushed.code, "[migration.unqueued]" in pushed.verdict) == (1, True), pushed
    assert attempt(desk, "push", "--no-verify", server.path, "HEAD").code == 0
    clone = server.clone(tmp_path / "clone")
    branch = desk.git("branch", "--show-current")
    found = agentgrid(clone, "check", "--base", "origin/main", "--head", f"origin/{branch}", "--json")
    assert [each["rule"] for each in found.data["findings"]] == ["migration.unqueued"]


def test_what_was_submitted_is_committed_and_pushed_by_who_carries_it(scene: QueueScene, tmp_path: Path) -> None:
    server = scene.main.clone(tmp_path / "server.git", "--bare")
    submit(scene)
    assert commit(scene) == attempt(scene.desk("a2"), "status", "--short")
    assert scene.desk("a2").git("ls-files", DIRECTORY) == WAITING
    assert attempt(scene.desk("a2"), "push", "-q", server.path, "HEAD").code == 0
    assert agentgrid(scene.desk("a2"), "check").code == 0


def test_another_content_than_was_submitted_is_refused_until_it_is_submitted_again(scene: QueueScene) -> None:
    submit(scene)
    scene.write("a2", "900000001_users.sql", USERS + "-- more\n")
    done = commit(scene)
    assert "was changed since m1 was submitted" in done.said
    assert scene.run("a2", "submit", WAITING).code == 0
    assert commit(scene).code == 0


def test_a_sibling_s_branch_with_its_migration_is_landed_first(scene: QueueScene) -> None:
    submit(scene, "a1")
    assert commit(scene, who="a1").code == 0
    other = scene.desk("a1").git("branch", "--show-current")
    done = attempt(scene.desk("a2"), "merge", "-q", "--no-edit", other)
    assert done.code != 0
    assert "is the migration m1 of a1, which hasn't landed" in done.said


def test_what_was_numbered_on_the_branch_passes_everywhere(scene: QueueScene, tmp_path: Path) -> None:
    submit(scene)
    assert commit(scene).code == 0
    assert scene.run("person", "approve", "m1").code == 0
    branch = scene.desk("a2").git("branch", "--show-current")
    done = scene.run("person", "integrate", "--on", branch)
    assert done.code == 0, done
    server = scene.main.clone(tmp_path / "server.git", "--bare")
    pushed = attempt(scene.desk("a2"), "push", "-q", server.path, "HEAD")
    assert pushed.code == 0, pushed
    clone = server.clone(tmp_path / "clone")
    found = agentgrid(clone, "check", "--base", "origin/main", "--head", f"origin/{branch}")
    assert found.code == 0, found
    scene.write("a2", "0001_users.sql", "-- other\n")
    assert "was changed after the queue had integrated it" in commit(scene).said


def test_a_new_migration_may_be_written_first_with_a_hint_to_submit_it(scene: QueueScene) -> None:
    (verdict,) = Grid.open(scene.desk("a2").path).can_edit([NEW])
    assert (verdict.is_allowed, [(each.rule, each.severity) for each in verdict.reasons]) == (
        True, [("migration.unqueued", "warn")],
    )  # fmt: skip
    assert verdict.reasons[0].hint == f"agentgrid migration submit {NEW}"


def test_other_new_files_there_are_still_the_owner_s(scene: QueueScene) -> None:
    verdicts = Grid.open(scene.desk("a2").path).can_edit([f"{DIRECTORY}/README.md", "services/orders/x.py"])
    assert [each.is_allowed for each in verdicts] == [False, False]


def test_an_edit_of_a_waiting_file_is_told_to_submit_it_again(scene: QueueScene) -> None:
    submit(scene)
    (verdict,) = Grid.open(scene.desk("a2").path).can_edit([WAITING])
    assert (verdict.is_allowed, verdict.reasons[0].hint) == (True, f"agentgrid migration submit {WAITING}")
    assert "m1" in verdict.reasons[0].message


@pytest.mark.parametrize("who", ["a1", "a2"])
def test_an_edit_of_a_migration_that_the_base_has_is_refused(scene: QueueScene, who: str) -> None:
    scene.main.commit("Landed", **{NEW: USERS})
    (verdict,) = Grid.open(scene.desk(who).path).can_edit([NEW])
    assert (verdict.is_allowed, [each.rule for each in verdict.reasons]) == (False, ["migration.unqueued"])


def test_the_edit_hook_says_yes_and_how_the_queue_gets_it(scene: QueueScene) -> None:
    done = ask_hook(scene.desk("a2"), write_call(scene.desk("a2"), NEW))
    told = json.loads(done.out)["hookSpecificOutput"]
    assert (done.code, told.get("permissionDecision")) == (0, None), done
    assert f"{NEW} can be committed once" in told["additionalContext"]
    assert f"agentgrid migration submit {NEW}" in told["additionalContext"]


def test_the_fast_edit_hook_leaves_lineages_to_the_whole_program(scene: QueueScene) -> None:
    desk = scene.desk("a1")
    assert ask_fast(desk, write_call(desk, "services/orders/main.py")).code == 0
    assert ask_fast(desk, write_call(desk, NEW)).code == SLOW


def test_the_fast_guard_leaves_lineages_to_the_whole_program(scene: QueueScene, tmp_path: Path) -> None:
    scene.desk("a1").write("services/orders/main.py", "A = 1\n")
    trace = tmp_path / "trace"
    scene.desk("a1").git("add", "--all")
    assert was_fast(scene.desk("a1"), trace)
    submit(scene, "a1")
    scene.desk("a1").git("add", "--all")
    assert not was_fast(scene.desk("a1"), tmp_path / "other")


def test_status_counts_no_finding_for_what_waits_in_the_queue(scene: QueueScene) -> None:
    submit(scene)
    assert commit(scene).code == 0
    status = agentgrid(scene.main, "status", "--json")
    assert [each["findings"] for each in status.data["agents"] if each["id"] == "a2"] == [0]
    assert scene.run("person", "reject", "m1", "--reason", "no").code == 0
    status = agentgrid(scene.main, "status", "--json")
    assert [each["findings"] for each in status.data["agents"] if each["id"] == "a2"] == [1]


def conflict_kinds(scene: QueueScene) -> list[str]:
    pairs = Grid.open(scene.main.path).integration.pairs()
    return [each.kind for pair in pairs if (pair.a, pair.b) == ("a1", "a2") for each in pair.files]


def test_two_files_that_wait_do_not_conflict_and_two_of_one_number_do(scene: QueueScene) -> None:
    for who in ("a1", "a2"):
        submit(scene, who)
    assert conflict_kinds(scene) == []
    scene.write("a1", "0007_a.sql")
    scene.write("a2", "0007_b.sql")
    assert conflict_kinds(scene) == ["migration-number"]


def test_a_file_numbered_by_hand_is_ejected_from_landing(scene: QueueScene) -> None:
    desk = scene.desk("a2")
    remove_guard(desk, "pre-commit", "prepare-commit-msg", "commit-msg", "reference-transaction")
    scene.write("a2", "0001_users.sql")
    assert commit(scene).code == 0
    landed = agentgrid(scene.main, "land", "a2", "--json")
    (ejected,) = landed.data["ejected"]
    assert (landed.code, ejected["stage"]) == (1, "migration")
    assert "the queue of the lineage main doesn't know" in ejected["reason"]
