"""Many processes that submit and decide at once: no id twice, nothing lost."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.program import BIN, with_program
from support.queues import AGE, DIRECTORY, QueueScene, make_queue_scene

ROUNDS = 5


@pytest.fixture
def scene(tmp_path: Path) -> QueueScene:
    return make_queue_scene(tmp_path)


def start(place: Path, *arguments: str) -> int:
    command = [str(BIN / "agentgrid"), "migration", *arguments]
    return subprocess.run(command, cwd=place, env=with_program(), capture_output=True, check=False).returncode


def test_requests_from_several_worktrees_at_once_are_all_there_each_with_its_id(scene: QueueScene) -> None:
    jobs = []
    for who in ("a1", "a2", "person"):
        if who == "person":
            scene.main.switch("mine")
        for number in range(ROUNDS):
            path = scene.write(who, f"{number:04d}_{who}_{number}.sql", f"CREATE TABLE {who}_{number} (id INT);\n")
            jobs.append((scene.desk(who).path, path))

    with ThreadPoolExecutor(max_workers=6) as pool:
        codes = list(pool.map(lambda job: start(job[0], "submit", job[1]), jobs))

    requests = scene.requests()
    assert codes == [0] * len(jobs)
    assert sorted(requests) == sorted(f"m{number}" for number in range(1, len(jobs) + 1))
    for who in ("a1", "a2", "person"):
        branch = scene.desk(who).git("branch", "--show-current")
        mine = [each for each in requests.values() if each.branch == branch]
        on_disk = {f"{DIRECTORY}/{name.name}" for name in (scene.desk(who).path / DIRECTORY).iterdir()}
        assert {each.file.decode() for each in mine if each.file} == on_disk
        assert len({each.depends_on for each in mine}) == ROUNDS  # one chain, whoever came first


def test_one_of_two_decisions_counts(scene: QueueScene) -> None:
    scene.run("a2", "submit", scene.write("a2", "0001_x.sql", AGE))
    gate = threading.Barrier(2)

    def decide(arguments: tuple[str, ...]) -> int:
        gate.wait()
        return start(scene.desk("a1").path, *arguments)

    with ThreadPoolExecutor(max_workers=2) as pool:
        codes = list(pool.map(decide, [("reject", "m1", "--reason", "no"), ("withdraw", "m1")]))

    assert sorted(codes) == [0, 1]
    assert scene.requests()["m1"].status == ("rejected" if codes[0] == 0 else "withdrawn")


def test_one_that_is_killed_after_the_renaming_is_submitted_again_and_nothing_is_lost(scene: QueueScene) -> None:
    path = scene.write("a2", "0001_x.sql", AGE)
    program = (
        "import os, sys; from agentgrid.cli.app import run;"
        "from agentgrid.integration.migrations.asking import submitting; submitting._record = lambda *_: os._exit(9);"
        "sys.argv = ['agentgrid', 'migration', 'submit', sys.argv[1]]; run()"
    )
    killed = subprocess.run([sys.executable, "-c", program, path], cwd=scene.desk("a2").path, check=False)
    [left] = (scene.desk("a2").path / DIRECTORY).iterdir()

    told = scene.run("a2", "submit", f"{DIRECTORY}/{left.name}").data

    assert (killed.returncode, left.name, list(scene.requests())) == (9, "900000001_x.sql", ["m2"])
    assert (told["id"], told["file"]) == ("m2", f"{DIRECTORY}/900000002_x.sql")
    assert scene.desk("a2").read(told["file"]) == AGE
