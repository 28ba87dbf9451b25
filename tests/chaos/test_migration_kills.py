"""`migration integrate` and `land` killed at any step: a number is used or it isn't, and no request is lost."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support import land_killed
from support.program import agentgrid, with_program
from support.queues import DIRECTORY, QueueScene, ask, carry, make_queue_scene, migrations_of

LINEAGE = f"migrations: {{main: {{path: {DIRECTORY}, style: sql, owner: a1}}}}\n"
LOG = "CREATE TABLE log (id INT);\n"
STEPS = [
    *((step, "before") for step in ("write_commit", "begin_run", "record_allowance", "make_move", "end_run")),
    *((step, "after") for step in ("write_commit", "make_move", "end_run")),
]


@pytest.fixture
def scene(tmp_path: Path) -> QueueScene:
    """a1, the owner, has work that isn't committed."""
    scene = make_queue_scene(tmp_path, LINEAGE)
    scene.desk("a1").write("notes.txt", "nowhere else\n")
    return scene


def die(scene: QueueScene, *arguments: str) -> None:
    done = subprocess.run([sys.executable, land_killed.__file__, *arguments], cwd=scene.main.path,
                          stdin=subprocess.DEVNULL, capture_output=True, env=with_program(), check=False)  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize(("step", "moment"), STEPS)
def test_an_integration_that_was_killed_stands_whole_or_not_at_all(scene: QueueScene, step: str, moment: str) -> None:
    ids = [ask(scene, "Add users"), ask(scene, "Add log", LOG)]
    before = scene.desk("a1").oid()

    die(scene, "integrate", step, moment, "main")
    told = agentgrid(scene.main, "status")

    assert told.code == 0, told.err
    stands = [scene.requests()[each] for each in ids]
    is_done = scene.desk("a1").oid() != before
    assert [(each.status, each.number) for each in stands] == (
        [("integrated", 1), ("integrated", 2)] if is_done else [("approved", None)] * 2
    )
    assert scene.desk("a1").status() == "?? notes.txt"
    scene.run("person", "integrate", "main")
    assert migrations_of(scene.desk("a1")) == ["0001_add_users.sql", "0002_add_log.sql"]
    assert [scene.requests()[each].number for each in ids] == [1, 2]
    assert scene.desk("a1").read("notes.txt") == "nowhere else\n"
    assert not (scene.main.path / ".git/agentgrid/migrations/integrating").exists()


@pytest.mark.parametrize(("step", "moment"), [("write_move", "before"), ("make_move", "before"), ("make_move", "after"),
                                              ("record_landed", "before"), ("drop_move", "before")])  # fmt: skip
def test_a_landing_that_was_killed_gives_each_number_once(scene: QueueScene, step: str, moment: str) -> None:
    (scene.desk("a1").path / "notes.txt").unlink()
    ids = [carry(scene, "a1", "0001_users.sql"), carry(scene, "a2", "0001_log.sql", LOG)]

    die(scene, step, moment, "a1")
    done = agentgrid(scene.main, "land", "a1", "a2")

    assert done.code == 0, done.out
    assert migrations_of(scene.main) == ["0001_users.sql", "0002_log.sql"]
    stands = [scene.requests()[each] for each in ids]
    assert [(each.status, each.number, each.target) for each in stands] == [
        ("integrated", 1, "main"), ("integrated", 2, "main"),
    ]  # fmt: skip
