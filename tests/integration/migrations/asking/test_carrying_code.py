"""Alembic revisions and Django migrations that a branch carries, as the real tools read them afterwards."""

import re
import sys
from pathlib import Path

import pytest

from support.grids import SharedGrid
from support.program import run
from support.queues import QueueScene, share_queue_scene

LINEAGES = """\
migrations:
  al: {path: alembic/versions, style: alembic, owner: a1, dialect: sqlite}
  dj: {path: shop/migrations, style: django, owner: a1, dialect: sqlite}
"""
REVISION = """\
\"\"\"{title}\"\"\"
import sqlalchemy as sa
from alembic import op

revision = "{id}"
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade():
    {up}


def downgrade():
    op.execute("SELECT 1")
"""
DJANGO = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [{dependencies}]
    operations = [{operations}]
"""
USER = 'migrations.CreateModel(name="User", fields=[("id", models.AutoField(primary_key=True))])'
AGE = 'migrations.AddField(model_name="user", name="age", field=models.IntegerField(null=True))'
SETTINGS = """\
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
USE_TZ = True
"""
ALEMBIC_INI = "[alembic]\nscript_location = alembic\npath_separator = os\n"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> SharedGrid:
    return share_queue_scene(tmp_path_factory.mktemp("grid"), LINEAGES)


@pytest.fixture
def scene(kept: SharedGrid) -> QueueScene:
    return QueueScene(kept.fresh())


def revise(scene: QueueScene, id_: str, follows: str | None, up: str) -> str:
    down = f'"{follows}"' if follows else "None"
    path = f"alembic/versions/{id_}_x.py"
    scene.desk("a2").write(path, REVISION.format(title=f"Revision {id_}", id=id_, down=down, up=up))
    return path


def migrate(scene: QueueScene, name: str, operations: str, *follows: str) -> str:
    path = f"shop/migrations/{name}.py"
    dependencies = ", ".join(f'("shop", "{each}")' for each in follows)
    scene.desk("a2").write(path, DJANGO.format(dependencies=dependencies, operations=operations))
    return path


def test_a_revision_keeps_its_id_and_alembic_has_one_head(scene: QueueScene) -> None:
    first = revise(scene, "aaaa1111bbbb", None, 'op.create_table("users", sa.Column("id", sa.Integer))')
    second = revise(scene, "cccc1111bbbb", "aaaa1111bbbb", 'op.execute("DELETE FROM users")')

    told = scene.run("a2", "submit", second, first).data

    assert [(each["id"], each["title"], each["depends_on"]) for each in told] == [
        ("m1", "Revision aaaa1111bbbb", []), ("m2", "Revision cccc1111bbbb", ["m1"])
    ]  # fmt: skip
    assert (told[0]["objects"], told[1]["destructive"]) == (
        ["users", "users.id"], ["deletes every row of users (line 12)"]
    )  # fmt: skip
    scene.desk("a2").write("alembic.ini", ALEMBIC_INI)
    scene.desk("a2").write("alembic/env.py", "")
    heads = run(scene.desk("a2"), sys.executable, "-m", "alembic", "heads")
    assert (heads.code, heads.out.strip()) == (0, "cccc1111bbbb (head)")


def test_a_revision_that_was_submitted_before_its_parent_depends_on_it_afterwards(scene: QueueScene) -> None:
    second = revise(scene, "cccc1111bbbb", "aaaa1111bbbb", "pass")
    first = revise(scene, "aaaa1111bbbb", None, "pass")

    scene.run("a2", "submit", second)
    scene.run("a2", "submit", first)

    assert scene.requests()["m1"].depends_on == ("m2",)


def test_so_does_one_of_another_branch_and_it_stays_approved(scene: QueueScene) -> None:
    scene.run("a2", "submit", revise(scene, "cccc1111bbbb", "aaaa1111bbbb", "pass"))
    scene.run("a1", "approve", "m1")
    path = revise(scene, "aaaa1111bbbb", None, "pass")
    text = scene.desk("a2").read(path)
    (scene.desk("a2").path / path).unlink()
    scene.desk("a1").write(path, text)

    told = scene.run("a1", "submit", path).data

    assert (told["id"], told["dependents"]) == ("m2", ["m1"])
    assert (scene.requests()["m1"].depends_on, scene.requests()["m1"].status) == (("m2",), "approved")


def test_django_migrations_are_called_by_their_provisional_names(scene: QueueScene) -> None:
    first, second = migrate(scene, "0001_initial", USER), migrate(scene, "0002_age", AGE, "0001_initial")
    scene.desk("a2").write("shop/migrations/max_migration.txt", "0002_age\n")

    told = scene.run("a2", "submit", first, second).data

    assert [each["file"] for each in told] == [
        "shop/migrations/900000001_initial.py", "shop/migrations/900000002_age.py"
    ]  # fmt: skip
    assert '("shop", "900000001_initial")' in scene.desk("a2").read("shop/migrations/900000002_age.py")
    assert scene.desk("a2").read("shop/migrations/max_migration.txt") == "900000002_age\n"


def test_django_runs_them_whichever_was_submitted_first(scene: QueueScene) -> None:
    desk = scene.desk("a2")
    for name in ("shop/__init__.py", "shop/migrations/__init__.py"):
        desk.write(name, "")
    desk.write("settings.py", SETTINGS)
    first, second = migrate(scene, "0001_initial", USER), migrate(scene, "0002_age", AGE, "0001_initial")

    assert scene.run("a2", "submit", second).code == 0
    told = scene.run("a2", "submit", first).data
    done = run(desk, sys.executable, "-m", "django", "migrate", "--settings", "settings", "--pythonpath", ".")

    assert (told["id"], scene.requests()["m1"].depends_on) == ("m2", ("m2",))
    assert done.code == 0, done.err
    assert re.findall(r"Applying shop\.(\w+)", done.out) == ["900000002_initial", "900000001_age"]


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("alembic/versions/x.py", "revision = (", "x.py:1: "),
        ("alembic/versions/x.py", "x = 1\n", "there is no `revision` in it"),
        ("shop/migrations/0001_x.py", "x = 1\n", "0001_x.py"),
        ("shop/migrations/__init__.py", "", "is no migration of the lineage dj (style django)"),
        ("alembic/versions/x.sql", "SELECT 1", "is no migration of the lineage al (style alembic)"),
    ],
)
def test_code_that_is_no_migration(scene: QueueScene, path: str, content: str, message: str) -> None:
    scene.desk("a2").write(path, content)
    before = scene.desk("a2").status()

    answer = scene.run("a2", "submit", path)

    assert (answer.code, scene.desk("a2").status(), scene.requests()) == (2, before, {})
    assert message in answer.error["message"]


def test_sql_in_code_that_cannot_be_read_is_told_with_its_line(scene: QueueScene) -> None:
    path = revise(scene, "aaaa1111bbbb", None, 'op.execute("DELET FROM users")')

    answer = scene.run("a2", "submit", path)

    assert answer.error["message"].startswith(f"the SQL in {path}:12:")
    assert "'DELET' begins no statement of sqlite" in answer.error["message"]


def test_a_file_that_was_deleted_meanwhile_is_no_obstacle_for_its_parent(scene: QueueScene) -> None:
    second = scene.run("a2", "submit", revise(scene, "cccc1111bbbb", "aaaa1111bbbb", "pass")).data
    Path(scene.desk("a2").path / second["file"]).unlink()

    assert scene.run("a2", "submit", revise(scene, "aaaa1111bbbb", None, "pass")).code == 0
