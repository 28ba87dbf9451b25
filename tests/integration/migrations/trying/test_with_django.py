"""Django lineages tried with the real Django, on SQLite and PostgreSQL."""

from pathlib import Path

import pytest

from agentgrid.errors import MigrationFails, OutsideError
from support.postgres import PASSWORD, TestServer
from support.trials import Lines

PLACE = "services/shop/orders/migrations"
ORDERS = 'migrations.CreateModel("Order", fields=[("id", models.BigAutoField(primary_key=True))])'
NAME = 'migrations.AddField("order", "name", models.CharField(max_length=20, default="x"))'
FIRST = '("orders", "0001_initial")'
SETTINGS = """\
import os
SECRET_KEY = os.environ.get("SHOP_KEY", "x")
INSTALLED_APPS = ["orders.apps.Orders", "stock"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/nowhere/at/all.db"}}
DATABASE_ROUTERS = ["shop.no_such_router.Router"]
"""
MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'


def migration(dependencies: str, *operations: str) -> str:
    told = "".join(f"        {each},\n" for each in operations)
    return (
        "from django.conf import settings\nfrom django.db import migrations, models\n\n\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = [{dependencies}]\n    operations = [\n{told}    ]\n"
    )


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """A lineage with one migration, of a project without settings."""
    found = Lines(tmp_path / "tree", style="django", path=PLACE)
    found.write(**{"__init__.py": "", "0001_initial.py": migration("", ORDERS)})
    return found


@pytest.fixture
def project(lines: Lines) -> Lines:
    """The same in a project: a manage.py, settings, and an app whose label is not its directory's."""
    top = "services/shop"
    lines.write_file(f"{top}/manage.py", MANAGE)
    lines.write_file(f"{top}/shop/settings.py", SETTINGS)
    config = 'from django.apps import AppConfig\nclass Orders(AppConfig):\n    name, label = "orders", "sales"\n'
    lines.write_file(f"{top}/orders/apps.py", config)
    lines.write_file(f"{top}/orders/__init__.py", "")
    lines.write_file(f"{top}/stock/__init__.py", "")
    lines.write_file(f"{top}/stock/migrations/__init__.py", "")
    item = 'migrations.CreateModel("Item", fields=[("id", models.AutoField(primary_key=True))])'
    lines.write_file(f"{top}/stock/migrations/0001_initial.py", migration("", item))
    return lines


def add(lines: Lines, *operations: str, after: str = FIRST) -> Lines:
    """A second migration after the first."""
    return lines.write(**{"0002_more.py": migration(after, *operations)})


def refusal(lines: Lines, *, back: bool = False, server: TestServer | None = None) -> MigrationFails:
    with pytest.raises(MigrationFails) as raised:
        lines.attempt(["0001_initial"], ["0002_more"], back=["0002_more"] if back else [],
                      database=server.url if server else None)  # fmt: skip
    return raised.value


def test_a_sound_migration_passes_on_both_engines_and_is_taken_back(lines: Lines, postgres: TestServer) -> None:
    add(lines, NAME).settings["dialect"] = "postgres"

    sqlite, server = lines.attempt(["0001_initial"], ["0002_more"], back=["0002_more"], database=postgres.url).tried

    assert (sqlite.engine, sqlite.applied, sqlite.taken_back, sqlite.notes) == ("sqlite", 2, ("0002_more",), ())
    assert (
        sqlite.schema
        == """\
orders_order
  column id integer not null key 1
  column name varchar(20) not null
  table autoincrement
"""
    )
    assert (server.engine, server.taken_back, server.notes) == ("postgresql", ("0002_more",), ())
    assert (
        server.schema
        == """\
public
  schema
public.orders_order
  column id bigint not null identity by default
  column name character varying(20) not null
  constraint orders_order_pkey PRIMARY KEY (id)
  table
public.orders_order_id_seq
  counts bigint from 1 by 1 in 1..9223372036854775807
  sequence
"""
    )
    assert postgres.databases() == []


def test_the_first_migration_of_an_app_is_taken_back_to_nothing(lines: Lines) -> None:
    assert lines.attempt([], ["0001_initial"], back=["0001_initial"]).tried[0].taken_back == ("0001_initial",)


def test_a_mistake_is_refused_with_the_line_of_its_operation(lines: Lines) -> None:
    add(lines, NAME, 'migrations.RunSQL("INSERT INTO orders_order (name) VALUES (NULL)", "")')

    error = refusal(lines)

    assert str(error) == (
        f"{PLACE}/0002_more.py:9: SQLite says: NOT NULL constraint failed: orders_order.name"
        " (INSERT INTO orders_order (name) VALUES (NULL))"
    )


def test_postgresql_says_what_only_it_knows(lines: Lines, postgres: TestServer) -> None:
    add(lines, 'migrations.RunSQL("ALTER TABLE orders_order ALTER COLUMN nix TYPE text", "")')
    lines.settings["dialect"] = "postgres"

    error = refusal(lines, server=postgres)

    assert f'{PLACE}/0002_more.py:8: PostgreSQL says: column "nix" of relation "orders_order" does not exist' in str(
        error
    )
    assert PASSWORD not in repr(error) + repr(error.details)
    assert postgres.databases() == []
    [note] = lines.attempt(["0001_initial"], ["0002_more"]).notes  # without the server nobody knows
    assert note == f'{PLACE}/0002_more.py:8: not tried on SQLite: near "ALTER": syntax error'


def test_a_way_back_that_leads_elsewhere_is_refused_and_a_right_one_passes(lines: Lines) -> None:
    table, gone = "CREATE TABLE extra (id integer)", "DROP TABLE extra"

    error = refusal(add(lines, f'migrations.RunSQL("{table}", "SELECT 1")'), back=True)
    add(lines, f'migrations.RunSQL("{table}", "{gone}")')

    assert "0002_more: on SQLite taking it back doesn't bring back the schema that was there before" in str(error)
    assert lines.attempt(["0001_initial"], ["0002_more"], back=["0002_more"]).tried[0].taken_back == ("0002_more",)


def test_a_migration_that_cannot_be_taken_back_although_it_says_so_is_refused(lines: Lines) -> None:
    error = refusal(add(lines, 'migrations.RunSQL("SELECT 1")'), back=True)

    assert "0002_more.py" in str(error)
    assert "IrreversibleError" in str(error)


def test_a_lineage_without_anything_new_is_tried_too(lines: Lines) -> None:
    assert "orders_order" in lines.attempt(["0001_initial"], []).tried[0].schema


def test_apps_that_it_depends_on_are_found_in_the_tree_and_in_django(lines: Lines) -> None:
    other = "services/stock/items/migrations"
    item = 'migrations.CreateModel("Item", fields=[("id", models.AutoField(primary_key=True))])'
    lines.write_file(f"{other}/__init__.py", "")
    lines.write_file(f"{other}/0001_initial.py", migration("", item))
    lines.write_file("services/broken/things/migrations/0001_initial.py", "import no_such_module\n")
    fields = (
        'migrations.AddField("order", "item", models.ForeignKey("items.Item", models.CASCADE, null=True))',
        'migrations.AddField("order", "user", models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True))',
    )
    after = f'{FIRST}, ("items", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)'
    add(lines, *fields, after=after)

    [tried] = lines.attempt(["0001_initial"], ["0002_more"], back=["0002_more"]).tried

    assert tried.taken_back == ("0002_more",)
    assert "foreign key (item_id) to items_item (id)" in tried.schema
    assert "foreign key (user_id) to auth_user (id)" in tried.schema


def test_an_app_that_is_nowhere_is_told(lines: Lines) -> None:
    add(lines, NAME, after=f'{FIRST}, ("elsewhere", "0001_initial")')

    with pytest.raises(OutsideError, match="depends on the app 'elsewhere', which is not in the tree") as raised:
        lines.attempt(["0001_initial"], ["0002_more"])
    assert "`settings`" in str(raised.value.hint)


def test_the_settings_that_a_manage_py_names_are_used_and_their_databases_are_not(project: Lines) -> None:
    item = 'migrations.AddField("order", "item", models.ForeignKey("stock.Item", models.CASCADE, null=True))'
    add(project, NAME, item,
        after='("sales", "0001_initial"), ("stock", "0001_initial")')  # fmt: skip

    [tried] = project.attempt(["0001_initial"], ["0002_more"], back=["0002_more"]).tried

    assert "sales_order\n" in tried.schema
    assert "foreign key (item_id) to stock_item (id)" in tried.schema


def test_settings_that_the_grid_names_come_first(project: Lines) -> None:
    project.write_file("services/shop/shop/other.py", SETTINGS)
    project.write_file("services/shop/shop/settings.py", "import no_such_module\n")
    project.settings["settings"] = "shop.other"

    assert "sales_order\n" in project.attempt([], ["0001_initial"]).tried[0].schema


def test_settings_that_cannot_be_loaded_are_no_fault_of_the_migration(project: Lines) -> None:
    project.write_file("services/shop/shop/settings.py", "import no_such_module\n")

    with pytest.raises(OutsideError, match="can't be set up: ModuleNotFoundError: No module named 'no_such_module'"):
        project.attempt([], ["0001_initial"])


def test_the_environment_that_is_given_reaches_the_settings(project: Lines) -> None:
    project.write_file("services/shop/shop/settings.py", SETTINGS.replace('.get("SHOP_KEY", "x")', '["SHOP_KEY"]'))

    assert project.attempt([], ["0001_initial"], environment={"SHOP_KEY": "given"}).tried
    with pytest.raises(OutsideError, match="SHOP_KEY"):
        project.attempt([], ["0001_initial"])


def test_a_directory_that_django_takes_for_no_package_is_told(lines: Lines) -> None:
    (lines.tree / PLACE / "__init__.py").unlink()

    with pytest.raises(MigrationFails, match=r"orders has no migration 0001_initial \(no __init__.py\)"):
        lines.attempt([], ["0001_initial"])


def test_nothing_is_left_beside_the_projects_files(lines: Lines) -> None:
    before = sorted(lines.tree.rglob("*"))

    lines.attempt([], ["0001_initial"])

    assert sorted(lines.tree.rglob("*")) == before
