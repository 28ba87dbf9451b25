"""Django lineages tried with the real Django."""

from pathlib import Path

import pytest

from support.postgres import TestServer
from support.trials import Lines

PLACE = "services/shop/orders/migrations"


def migration(dependencies: str, operations: str) -> str:
    return (
        "from django.conf import settings\nfrom django.db import migrations, models\n\n\n"
        f"class Migration(migrations.Migration):\n    dependencies = [{dependencies}]\n    operations = [\n"
        f"        {operations},\n    ]\n"
    )


ORDERS = 'migrations.CreateModel("Order", fields=[("id", models.BigAutoField(primary_key=True))])'


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    found = Lines(tmp_path / "tree", style="django", path=PLACE)
    found.write(**{"__init__.py": "", "0001_initial.py": migration("", ORDERS)})
    return found


def test_a_sound_migration_passes_and_is_taken_back(lines: Lines, postgres: TestServer) -> None:
    add = 'migrations.AddField("order", "name", models.CharField(max_length=20, default="x"))'
    lines.write(**{"0002_name.py": migration('("orders", "0001_initial")', add)})
    lines.settings["dialect"] = "postgres"

    report = lines.attempt(["0001_initial"], ["0002_name"], back=["0002_name"], database=postgres.url)

    assert report == ""
