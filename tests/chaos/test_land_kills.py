"""`agentgrid land` killed at any step, git with it or not: the next command finishes or undoes, and nothing is lost."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support import land_killed
from support.landings import Yard, make_yard, work
from support.program import BIN, agentgrid, with_program

BULK = {f"services/orders/bulk/{number:03}.txt": f"{number}\n" * 40 for number in range(120)}
NOTES = "uncommitted, and nowhere else\n"
STEPS = [
    *((step, "before") for step in ("settle_move", "find_place", "open_workroom", "require_ready")),
    *((step, "before") for step in ("write_move", "make_move", "record_landed", "drop_move", "keep_report")),
    *((step, "after") for step in ("open_workroom", "drop_move", "keep_report")),
]


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    """a1 has a commit that writes many files, and uncommitted work; files that git doesn't have lie in both."""
    yard = make_yard(tmp_path / "shop")
    yard.main.commit("Bulk", **dict(list(BULK.items())[:60]))
    work(yard, "a1", **{path: text.upper() + "mine\n" for path, text in list(BULK.items())[60:]})
    for place in (yard.main, yard.grid.desks["a1"]):
        place.write("notes.txt", NOTES)
    return yard


def land_and_die(yard: Yard, step: str, moment: str, *arguments: str) -> None:
    done = subprocess.run([sys.executable, land_killed.__file__, step, moment, "a1", *arguments], cwd=yard.main.path,
                          stdin=subprocess.DEVNULL, capture_output=True, env=with_program(), check=False)  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def require_whole(yard: Yard, head: str) -> None:
    """After the next commands everything of a1 is in the base, once, and what was uncommitted is where it was."""
    status = agentgrid(yard.main, "status", "--json")
    assert status.code == 0, status.err
    assert yard.main.status() == "?? notes.txt"
    again = agentgrid(yard.main, "land", "a1", "--json")
    assert again.code in {0, 1}, again.err
    assert [each["reason"] for each in again.data["untouched"]] == ([] if again.data["landed"] else ["already landed"])
    assert yard.main.git("merge-base", "main", head) == head
    assert yard.main.status() == "?? notes.txt"
    assert yard.main.oid() == yard.main.oid("main")
    desk = yard.grid.desks["a1"]
    assert (desk.oid(), desk.status(), desk.read("notes.txt")) == (head, "?? notes.txt", NOTES)
    assert yard.main.read("notes.txt") == NOTES
    assert yard.main.git("worktree", "list").count("\n") == 2
    assert list((yard.main.path / ".git").glob("*.lock")) == []
    assert not (yard.main.path / ".git/agentgrid/landing/move.json").exists()
    events = agentgrid(yard.main, "log", "--json")
    assert [each["kind"] for each in json.loads(events.out)["data"]].count("land.landed") == 1


@pytest.mark.parametrize(("step", "moment"), STEPS)
def test_killed_at_any_step_the_next_command_finishes_or_undoes(yard: Yard, step: str, moment: str) -> None:
    head = yard.grid.desks["a1"].oid()

    land_and_die(yard, step, moment)

    require_whole(yard, head)


@pytest.mark.parametrize("step", ["push_commit", "make_move", "record_landed"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_a_push_server_and_base_agree_in_the_end(
    yard: Yard, tmp_path: Path, step: str, moment: str
) -> None:
    server = yard.main.serve(tmp_path / "server.git")
    head = yard.grid.desks["a1"].oid()

    land_and_die(yard, step, moment, "--push")

    was_pushed = head in server.git("rev-list", "main").split()
    status = agentgrid(yard.main, "status", "--json")
    assert (yard.main.oid("main") == server.oid("main"), was_pushed) == (
        True,
        (step, moment) != ("push_commit", "before"),
    )
    assert ("landed" in status.err) is True
    require_whole(yard, head)


def arm(yard: Yard, victim: str, deed: str) -> None:
    """A filter on one file, in the main worktree alone: in the private one the same commit is checked out first."""
    (yard.main.path / ".git/info/attributes").write_text(f"/{victim} filter=deadly\n", encoding="utf-8")
    yard.main.git("config", "filter.deadly.smudge", f'case "$PWD" in {yard.main.path}*) {deed};; esac; cat')


def disarm(yard: Yard) -> None:
    (yard.main.path / ".git/info/attributes").unlink()
    yard.main.git("config", "--remove-section", "filter.deadly")


def start(yard: Yard) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([BIN / "agentgrid", "land", "a1"], cwd=yard.main.path, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=with_program(),
                            start_new_session=True)  # fmt: skip


@pytest.mark.parametrize("victim", [60, 90, 119])
def test_a_git_killed_while_it_writes_the_bases_files_is_taken_back(yard: Yard, victim: int) -> None:
    head = yard.grid.desks["a1"].oid()
    arm(yard, list(BULK)[victim], "kill -9 0")
    process = start(yard)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    disarm(yard)

    require_whole(yard, head)
    assert yard.main.git("for-each-ref", "refs/agentgrid/rescue") == ""


def test_without_the_note_what_git_had_written_would_stay(yard: Yard) -> None:
    arm(yard, list(BULK)[90], "kill -9 0")
    start(yard).communicate()
    disarm(yard)
    (yard.main.path / ".git/agentgrid/landing/move.json").unlink()

    agentgrid(yard.main, "status")

    assert yard.main.git("status", "--porcelain", "--", "services") != ""


def test_an_interrupt_while_git_writes_the_bases_files_takes_them_back(yard: Yard, tmp_path: Path) -> None:
    before = yard.main.oid()
    arm(yard, list(BULK)[90], f"touch {tmp_path}/writing; sleep 20")
    process = start(yard)
    _wait_for(tmp_path / "writing")

    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=20)
    disarm(yard)

    assert process.returncode == 130
    assert (yard.main.oid("main"), yard.main.status()) == (before, "?? notes.txt")


@pytest.mark.parametrize("moment", range(4))
def test_killed_at_any_moment_nothing_is_lost(yard: Yard, moment: int) -> None:
    """Every other time git lives on, and ends what it had begun while the next command starts."""
    head = yard.grid.desks["a1"].oid()
    process = start(yard)
    time.sleep(0.3 + 0.3 * moment + random.Random(moment).uniform(0, 0.2))
    (os.kill if moment % 2 else os.killpg)(process.pid, signal.SIGKILL)
    process.communicate()

    require_whole(yard, head)


def test_an_interrupt_ends_the_checks_and_leaves_everything_as_it_was(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", f"touch {tmp_path}/begun; sleep 60")
    work(yard, "a1", **{"services/orders/main.py": "ORDERS = [1]\n"})
    before = yard.main.git("for-each-ref"), yard.main.git("worktree", "list")
    process = subprocess.Popen([BIN / "agentgrid", "land", "a1"], cwd=yard.main.path, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=with_program())  # fmt: skip
    _wait_for(tmp_path / "begun")

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    assert process.returncode == 130
    assert (yard.main.git("for-each-ref"), yard.main.git("worktree", "list")) == before
    assert not list((yard.main.path / ".git/agentgrid/landing/workrooms").glob("*"))


def test_a_second_landing_is_told_who_is_at_it(tmp_path: Path) -> None:
    yard = make_yard(tmp_path / "shop", f"touch {tmp_path}/begun; while ! test -e {tmp_path}/go; do sleep 0.1; done")
    work(yard, "a1", **{"services/orders/main.py": "ORDERS = [1]\n"})
    first = subprocess.Popen([BIN / "agentgrid", "land", "a1"], cwd=yard.main.path, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=with_program())  # fmt: skip
    _wait_for(tmp_path / "begun")

    refused = agentgrid(yard.main, "land", "a1", "--wait", "1s")
    (tmp_path / "go").touch()
    first.communicate(timeout=30)

    assert refused.code == 1
    assert f"process {first.pid}" in refused.err
    assert first.returncode == 0


def _wait_for(file: Path) -> None:
    end = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
