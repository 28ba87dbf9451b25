"""`agentgrid sync` killed at any moment, git with it: nothing is lost, and the next sync completes or says how."""

import os
import random
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support.grids import ORDERS, admin_dir_of, make_grid
from support.program import BIN, Answer, agentgrid, with_program
from support.repositories import Sandbox
from support.syncs import commit

BULK = {f"bulk/{kind}/{number:03}.txt": f"{kind} {number}\n" * 40 for kind in "xy" for number in range(150)}
NOTES = "uncommitted, and nowhere else\n"


@pytest.fixture
def desk(tmp_path: Path) -> Sandbox:
    """a1's worktree with a commit and uncommitted work; the base has changed and added many files since."""
    grid = make_grid(tmp_path / "shop")
    grid.main.commit("Bulk", **dict(list(BULK.items())[:200]))
    assert agentgrid(grid.main, "sync", "--no-fetch").code == 0
    commit(grid.desks["a1"], ORDERS, "ORDERS = [1]\n")
    grid.main.commit("Base goes on", **{path: text.upper() for path, text in BULK.items()})
    prepare_uncommitted(grid.desks["a1"])
    return grid.desks["a1"]


def prepare_uncommitted(desk: Sandbox) -> None:
    desk.write("notes.txt", NOTES)
    desk.write("services/orders/tests/test_orders.py", NOTES)


def arm(desk: Sandbox, victim: str) -> None:
    """A filter on one file kills git, and the sync that runs it, when it comes to that file."""
    attributes_of(desk).write_text(f"/{victim} filter=deadly\n", encoding="utf-8")
    desk.git("config", "filter.deadly.smudge", "kill -9 0")


def disarm(desk: Sandbox) -> None:
    attributes_of(desk).unlink()
    desk.git("config", "--remove-section", "filter.deadly")


def attributes_of(desk: Sandbox) -> Path:
    return Path(desk.git("rev-parse", "--path-format=absolute", "--git-common-dir")) / "info/attributes"


def start(desk: Sandbox, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([BIN / "agentgrid", "sync", "--no-fetch", *arguments], cwd=desk.path,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=with_program(), start_new_session=True)  # fmt: skip


def sync_again(desk: Sandbox) -> Answer:
    """The next sync; where git says that a merge is in progress, first the way back that it tells."""
    answer = agentgrid(desk, "sync", "--no-fetch", "--json")
    told = answer.data["agents"][0]
    if told["state"] == "refused" and told["message"] in {"a merge is in progress", "a rebase is in progress"}:
        subprocess.run(shlex.split(told["hint"].partition("go back: ")[2]), check=True, cwd=desk.path)
        answer = agentgrid(desk, "sync", "--no-fetch", "--json")
    return answer


def require_whole(desk: Sandbox, mine: str, orders: str = "ORDERS = [1]\n") -> None:
    """Everything came in, and what was here is here."""
    assert desk.git("merge-base", "main", "HEAD") == desk.oid("main")
    assert desk.read(ORDERS) == orders
    assert mine in desk.git("reflog", "--format=%H").split()
    assert (desk.read("notes.txt"), desk.read("services/orders/tests/test_orders.py")) == (NOTES, NOTES)
    changed = desk.git("status", "--porcelain", "--", "bulk", "services/orders/main.py", "README.md")
    assert changed == ""
    assert list(admin_dir_of(desk).glob("*.lock")) == []


@pytest.mark.parametrize("moment", range(6))
def test_a_sync_killed_at_any_moment_loses_nothing_and_the_next_one_completes(desk: Sandbox, moment: int) -> None:
    """Every other time git lives on, and ends what it had begun while the next sync starts."""
    mine = desk.oid()
    process = start(desk)
    time.sleep(0.3 + 0.25 * moment + random.Random(moment).uniform(0, 0.25))
    (os.kill if moment % 2 else os.killpg)(process.pid, signal.SIGKILL)
    process.communicate()

    answer = sync_again(desk)

    assert answer.code == 0, answer.out
    require_whole(desk, mine)


@pytest.mark.parametrize("victim", ["bulk/x/004.txt", "bulk/y/140.txt"])
@pytest.mark.parametrize("way", ["merge", "fast-forward", "rebase"])
def test_a_git_killed_in_the_middle_of_writing_files_is_taken_back(desk: Sandbox, victim: str, way: str) -> None:
    arm(desk, victim)
    if way == "rebase":
        desk.git("checkout", "--quiet", "services/orders/tests/test_orders.py")
    if way == "fast-forward":
        ahead = desk.git("commit-tree", "main^{tree}", "-p", "HEAD", "-m", "Landed, and on")
        desk.git("-c", f"core.hooksPath={os.devnull}", "update-ref", "refs/heads/main", ahead)
    mine, process = desk.oid(), start(desk, *(["--rebase"] if way == "rebase" else []))
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert desk.oid() == mine or way == "rebase"
    disarm(desk)

    answer = sync_again(desk)

    assert answer.code == 0, answer.out
    assert desk.git("for-each-ref", "refs/agentgrid/rescue") == ""
    if way == "rebase":
        prepare_uncommitted(desk)
    require_whole(desk, mine, "ORDERS = []\n" if way == "fast-forward" else "ORDERS = [1]\n")


def test_what_somebody_wrote_over_a_half_written_file_is_kept(desk: Sandbox) -> None:
    arm(desk, "bulk/y/140.txt")
    start(desk).communicate()
    disarm(desk)
    desk.write("bulk/x/003.txt", "written after the kill\n")

    answer = sync_again(desk)

    assert answer.code == 0, answer.out
    [warning] = answer.data["agents"][0]["warnings"]
    kept = warning.rpartition(" ")[2]
    assert desk.git("show", f"{kept}:bulk/x/003.txt") == "written after the kill"
