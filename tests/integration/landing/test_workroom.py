"""The private worktree: one commit after the other, nothing left in between, nothing left at the end."""

import subprocess
from pathlib import Path

from agentgrid.git.repository import Repository
from agentgrid.integration.landing.workroom import clear_left_workrooms, open_workroom
from support.repositories import Sandbox
from support.running import is_alive, until


def test_nothing_of_one_commits_checks_is_there_for_the_next(repo: Sandbox) -> None:
    first = repo.oid()
    second = repo.commit("Second", **{".gitignore": "*.log\n"})
    with open_workroom(Repository.discover(repo.path), first) as room:
        room.show(second)
        (room.path / "made.log").write_text("by a check\n", encoding="utf-8")
        (room.path / "README.md").write_text("spoilt\n", encoding="utf-8")
        (room.path / "new" / "below").mkdir(parents=True)

        assert room.changed(second) == (b"README.md",)
        room.show(first)

        assert Sandbox(room.path).git("status", "--porcelain", "--ignored") == ""
        assert Sandbox(room.path).oid() == first


def test_what_set_up_made_stays_for_every_commit(repo: Sandbox) -> None:
    commit = repo.commit("Ignore", **{".gitignore": ".venv/\n*.log\n"})
    with open_workroom(Repository.discover(repo.path), commit) as room:
        room.show(commit)
        (room.path / ".venv").mkdir()
        (room.path / ".venv/bin").write_text("made by set-up\n", encoding="utf-8")
        room.keep_ignored()
        (room.path / "check.log").write_text("made by a check\n", encoding="utf-8")

        room.show(commit)

        assert sorted(path.name for path in room.path.iterdir() if path.name in {".venv", "check.log"}) == [".venv"]


def test_what_a_killed_landing_left_is_cleared_away_with_what_runs_there(repo: Sandbox) -> None:
    repository = Repository.discover(repo.path)
    room = open_workroom(repository, repo.oid())
    place = room.__enter__().path  # as if its process had been killed
    left = subprocess.Popen(["sleep", "60"], cwd=place)

    clear_left_workrooms(repository)

    until(lambda: left.poll() is not None or not is_alive(left.pid))
    left.wait()
    assert not Path(place).parent.exists()
    assert repo.git("worktree", "list").count("\n") == 0
