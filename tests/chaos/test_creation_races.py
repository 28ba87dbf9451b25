"""Many processes make worktrees at once; some are killed; the next call always completes."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentgrid.workspace.desks import find_desks
from support.desks import open_repository
from support.repositories import Sandbox

SCRIPT = Path(__file__).resolve().parents[1] / "support" / "make_desks.py"
AGENTS = ("a1", "a2", "a3", "a4")


def start(repo: Sandbox, *agents: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, SCRIPT, repo.path, *agents], start_new_session=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def require_whole(repo: Sandbox) -> None:
    """Exactly four complete desks: no other branch, directory, registration, journal or leftover."""
    desks = find_desks(open_repository(repo))
    assert sorted(desks) == list(AGENTS)
    for agent, desk in desks.items():
        worktree = Sandbox(desk.worktree.path)
        assert not desk.is_pending
        assert desk.branch == f"feat/{agent}/work__{agent}"
        assert worktree.status() == ""
        assert sorted(worktree.files()) == sorted(repo.files("main"))
    branches = repo.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    assert branches == [*(f"feat/{agent}/work__{agent}" for agent in AGENTS), "main"]
    assert sorted(os.listdir(repo.path.parent)) == ["shop", *(f"shop-{agent}" for agent in AGENTS)]
    assert len(os.listdir(repo.path / ".git" / "worktrees")) == len(AGENTS)
    assert os.listdir(repo.path / ".git" / "agentgrid" / "pending") == []
    assert repo.git("for-each-ref", "refs/agentgrid") == ""


def test_eight_processes_that_make_the_same_desks_at_once_all_succeed(repo: Sandbox) -> None:
    wanted = [AGENTS, AGENTS[:2], AGENTS[2:], AGENTS[::-1], AGENTS[1:3], AGENTS[:1], AGENTS[3:], AGENTS]
    running = [start(repo, *agents) for agents in wanted]
    answers = [(process.communicate()[1].decode(), process.returncode) for process in running]
    assert answers == [("", 0)] * len(wanted)
    require_whole(repo)


@pytest.mark.parametrize("seed", range(8))
def test_a_process_killed_at_any_moment_leaves_nothing_that_the_next_call_cannot_complete(
    repo: Sandbox, seed: int
) -> None:
    repo.commit("More files", **{f"services/bulk/{number}.txt": f"{number}\n" * 50 for number in range(400)})
    process = start(repo, *AGENTS)
    _wait_for_activity(repo)
    time.sleep(random.Random(seed).uniform(0, 0.35))
    if seed % 2:
        os.killpg(process.pid, signal.SIGKILL)  # git dies as well, wherever it was
    else:
        process.kill()  # git goes on by itself
    process.communicate()
    again = start(repo, *AGENTS)
    assert (again.communicate()[1].decode(), again.returncode) == ("", 0)
    require_whole(repo)


def _wait_for_activity(repo: Sandbox) -> None:
    """Kills before the first journal would all fall into the interpreter's start."""
    deadline = time.monotonic() + 20
    while not (repo.path / ".git" / "agentgrid" / "pending").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
