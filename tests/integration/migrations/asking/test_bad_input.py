"""What can't be submitted: a clear error that says what is accepted, and nothing has changed, bit for bit."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from support.grids import SharedGrid
from support.program import Answer, run, snapshot
from support.queues import DIRECTORY, LINEAGES, USERS, QueueScene, share_queue_scene

AUTO = "  auto: {path: alembic/versions, style: alembic, owner: a1}\n"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> SharedGrid:
    return share_queue_scene(tmp_path_factory.mktemp("grid"), LINEAGES + AUTO)


@pytest.fixture
def scene(kept: SharedGrid) -> QueueScene:
    """m1 is open, m2 withdrawn, m3 rejected; a2's worktree has a staged file beside."""
    made = QueueScene(kept.fresh())
    for name in ("0001_one.sql", "0002_two.sql", "0003_three.sql"):
        made.run("a1", "submit", made.write("a1", name, f"CREATE TABLE {name[5:-4]} (id INT);\n"))
    assert made.run("a1", "withdraw", "m2", "--force").code == 0
    assert made.run("a1", "reject", "m3", "--reason", "no").code == 0
    made.desk("a2").write("services/billing/staged.py", "X = 1\n")
    made.desk("a2").git("add", "--all")
    return made


def everything(scene: QueueScene) -> list[object]:
    """The state, a2's whole work tree, and its index, byte for byte."""
    state = snapshot(scene.main.path / ".git/agentgrid/state")
    admin = Path(scene.desk("a2").git("rev-parse", "--absolute-git-dir"))
    rows = [repr(each) for each in scene.queue().list_all()]
    databases = {name: found for name, found in state.items() if not name.endswith(("-shm", "-wal"))}
    return [rows, sorted(databases), snapshot(scene.desk("a2").path), (admin / "index").read_bytes()]


def refuse(scene: QueueScene, *arguments: str | Path, code: int = 2) -> Answer:
    """Submits as a2 what can't be; the answer, once nothing has changed."""
    before = everything(scene)
    answer = scene.run("a2", "submit", *arguments)
    assert (answer.code, everything(scene) == before) == (code, True), answer.err
    return answer


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("SELECT 1;\nCREATE TABLE users (id INT", ":2:24: this is no postgres SQL: expecting ) at 'INT'"),
        ("SELEC * FROM x", ":1:1: 'SELEC' begins no statement of postgres"),
        ("", " is empty"),
        ("-- nothing\n", " has no statement, only comments"),
        ("x" * (5 << 20), " is larger than 1 MiB: that is no migration"),
        ("SELECT 1;\nSELECT 'é';\n".encode("latin-1"), ":2: the byte 0xe9 is not UTF-8"),
        ("SELECT 1;\n".encode("utf-16"), ":1: the file is UTF-16"),
        (b"SELECT 1;\0\n", ":1: there is a NUL byte"),
        (b"\xef\xbb\xbfSELECT 1;\n", ":1: the file begins with a byte order mark"),
    ],
    ids=["unclosed", "no-sql", "empty", "comments", "5-MB", "latin-1", "utf-16", "nul", "bom"],
)
def test_a_file_that_cannot_be_read(scene: QueueScene, content: str | bytes, message: str) -> None:
    path = f"{DIRECTORY}/0009_bad.sql"
    scene.desk("a2").write(path, content)

    assert refuse(scene, path).error["message"] == path + message
    if "byte" not in message:
        assert refuse(scene, path, "--ask").error["message"] == path + message


def test_a_way_back_that_cannot_be_read(scene: QueueScene) -> None:
    path = scene.write("a2", "0009_bad.up.sql")
    down = scene.write("a2", "0009_bad.down.sql", "DROP TABEL users;\n")

    assert refuse(scene, path).error["message"].startswith(f"{down}:1:6: DROP is not followed by")


def test_one_bad_file_among_good_ones_stops_them_all(scene: QueueScene) -> None:
    paths = [scene.write("a2", "0008_good.sql"), scene.write("a2", "0009_bad.sql", "oops")]

    assert refuse(scene, *paths).error["message"] == f"{paths[1]}:1:1: 'oops' begins no statement of postgres"


def test_five_megabytes_on_stdin(scene: QueueScene) -> None:
    before = everything(scene)
    command = "yes 'SELECT 1;' | head -c 5000000 | agentgrid migration submit - --lineage main --title x --json"
    answer = run(scene.desk("a2"), "sh", "-c", command)

    assert (answer.code, everything(scene) == before) == (2, True)
    assert answer.error["message"] == "stdin is larger than 1 MiB: that is no migration"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lineage", "nope"], "there is no lineage 'nope' (lineages: main, mart, auto)"),
        (["--depends-on", "m9"], "--depends-on m9: there is no such request (open: m1)"),
        (["--depends-on", "m2"], "--depends-on m2: it was withdrawn, so this one would wait for ever"),
        (["--depends-on", "m3"], "--depends-on m3: it was rejected, so this one would wait for ever"),
        (["--title", "two\nlines"], "'two\\nlines' can't be a title"),
        (["--title", " "], "' ' can't be a title"),
        (["--priority", "huge"], "'huge' is not one of 'urgent', 'high', 'normal', 'low'."),
        (["--down", "x.sql"], "--down goes with --ask: of a file that a branch carries, the partner"),
        (["--lineage", "mart"], "0009_good.sql is not in mart/sql/, the directory of mart, but in that of main"),
    ],
)  # fmt: skip
def test_options_that_cannot_be(scene: QueueScene, options: Sequence[str], message: str) -> None:
    path = scene.write("a2", "0009_good.sql")

    answer = refuse(scene, path, *options)

    assert message in answer.error["message"]


def test_a_cycle_is_named(scene: QueueScene) -> None:
    first = scene.run("a2", "submit", scene.write("a2", "0008_a.sql")).data
    scene.run("a2", "submit", scene.write("a2", "0009_b.sql"))

    answer = refuse(scene, first["file"], "--depends-on", "m5")

    assert answer.error["message"] == "these requests would depend on one another: m4 → m5 → m4"


def test_a_request_that_depends_on_itself(scene: QueueScene) -> None:
    told = scene.run("a2", "submit", scene.write("a2", "0008_a.sql")).data

    assert "m4 → m4" in refuse(scene, told["file"], "--depends-on", "m4").error["message"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("services/billing/main.py", f"services/billing/main.py is not in {DIRECTORY}, the directory of main"),
        (f"{DIRECTORY}/none.sql", f"there is no file {DIRECTORY}/none.sql"),
        (f"{DIRECTORY}/notes.txt", f"{DIRECTORY}/notes.txt is no migration of the lineage main (style sql)"),
        (f"{DIRECTORY}/folder.sql", f"{DIRECTORY}/folder.sql is no file"),
        (f"{DIRECTORY}/link.sql", f"{DIRECTORY}/link.sql leads elsewhere through a link"),
        (f"{DIRECTORY}/0005_x.down.sql", f"{DIRECTORY}/0005_x.down.sql is the way back of another migration"),
        ("../outside.sql", "is outside the work tree"),
    ],
)  # fmt: skip
def test_paths_that_are_no_migrations(scene: QueueScene, path: str, message: str) -> None:
    for name in ("notes.txt", "0004_real.sql", "0005_x.down.sql"):
        scene.write("a2", name)
    (scene.desk("a2").path / DIRECTORY / "folder.sql").mkdir()
    (scene.desk("a2").path / DIRECTORY / "link.sql").symlink_to("0004_real.sql")

    assert message in refuse(scene, path, "--lineage", "main").error["message"]


def test_files_of_two_lineages(scene: QueueScene) -> None:
    scene.desk("a2").write("mart/sql/20260101000000_add.sql", USERS)
    path = scene.write("a2", "0009_good.sql")

    message = refuse(scene, path, "mart/sql/20260101000000_add.sql").error["message"]

    assert message == "these files are of several lineages: main, mart"


def test_a_file_of_no_lineage_where_there_are_several(scene: QueueScene) -> None:
    scene.desk("a2").write("elsewhere.sql", USERS)

    assert refuse(scene, "elsewhere.sql", "--ask").error["message"] == "which lineage? There are main, mart, auto"


def test_code_cannot_be_asked_for(scene: QueueScene) -> None:
    scene.desk("a2").write("elsewhere.sql", USERS)

    answer = refuse(scene, "elsewhere.sql", "--ask", "--lineage", "auto")

    assert answer.error["message"].startswith("a migration of the lineage auto (style alembic) can't be made from SQL")


def test_stdin_needs_a_title(scene: QueueScene) -> None:
    before = everything(scene)
    answer = run(scene.desk("a2"), "sh", "-c", "echo 'SELECT 1' | agentgrid migration submit - --lineage main --json")

    assert (answer.code, answer.error["message"]) == (2, "SQL from stdin has no name")
    assert everything(scene) == before


def test_a_mistake_makes_no_state_where_there_is_none(kept: SharedGrid) -> None:
    scene = QueueScene(kept.fresh())
    shutil.rmtree(scene.main.path / ".git/agentgrid/state", ignore_errors=True)

    assert scene.run("a2", "submit", scene.write("a2", "0009_bad.sql", "oops")).code == 2
    assert scene.run("a2", "approve", "m1").code == 2
    assert scene.run("a2", "withdraw", "m1").error["message"] == "there is no migration request 'm1' (open: none)"
    assert not list((scene.main.path / ".git/agentgrid/state").glob("*"))


def test_a_repository_without_lineages_says_how_to_have_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    scene = QueueScene(share_queue_scene(tmp_path_factory.mktemp("bare"), "").grid)

    answer = scene.run("a2", "submit", scene.write("a2", "0001_x.sql"))

    assert (answer.code, answer.error["message"]) == (2, "agentgrid.yaml has no lineage of migrations")
