"""`migration.duplicate`: what a branch would break in a lineage, read by the real styles."""

from pathlib import Path

import pytest

from agentgrid.boundaries.migrations.lineages import LineagePlace
from agentgrid.grid import Grid
from agentgrid.integration.migrations import guarding
from agentgrid.integration.migrations.guarding import LineageChange, find_faults
from agentgrid.integration.migrations.styles.registry import style_for
from support.grids import GRID, GridSandbox, make_grid
from support.queues import LINEAGES

BASE = {b"0001_a.sql": b"SELECT 1;\n", b"0002_b.sql": b"SELECT 1;\n"}


def faults(before: dict[bytes, bytes], added: dict[bytes, bytes], style: str = "sql") -> list[tuple[bytes, str]]:
    change = LineageChange(LineagePlace("main", b"db/", style), before, {**before, **added})
    return [(name, words.message) for name, words in find_faults(change, style_for(style))]


def revision(name: str, follows: str | None) -> bytes:
    return f"revision = {name!r}\ndown_revision = {follows!r}\n\n\ndef upgrade():\n    pass\n".encode()


def django(*follows: str) -> bytes:
    told = ", ".join(f"('app', {each!r})" for each in follows)
    return (f"from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
            f"    dependencies = [{told}]\n    operations = []\n").encode()  # fmt: skip


@pytest.mark.parametrize(
    ("added", "found"),
    [
        ({b"0003_c.sql": b"x"}, []),
        ({b"0003_c.up.sql": b"x", b"0003_c.down.sql": b"x"}, []),
        ({b"0002_c.sql": b"x"}, [(b"0002_c.sql", "has the number of 0002_b.sql")]),
        ({b"0005_c.sql": b"x"}, [(b"0005_c.sql", "leaves a gap: there is no migration 3, 4")]),
        ({b"900000003_c.sql": b"x", b"900000004_d.sql": b"x"}, []),
    ],
)
def test_numbers_of_sql_files(added: dict[bytes, bytes], found: list[tuple[bytes, str]]) -> None:
    assert faults(BASE, added) == found


def test_what_the_base_has_already_is_no_fault_of_the_branch() -> None:
    broken = {**BASE, b"0002_c.sql": b"x", b"0009_d.sql": b"x"}
    assert faults(broken, {b"0010_e.sql": b"x"}) == []


def test_two_alembic_heads() -> None:
    base = {b"aa_a.py": revision("aa", None), b"bb_b.py": revision("bb", "aa")}
    assert faults(base, {b"cc_c.py": revision("cc", "bb")}, "alembic") == []
    ((name, message),) = faults(base, {b"cc_c.py": revision("cc", "aa")}, "alembic")
    assert (name, message.startswith("makes several heads: ")) == (b"cc_c.py", True)


def test_two_django_leaves() -> None:
    base = {b"0001_a.py": django(), b"0002_b.py": django("0001_a")}
    assert faults(base, {b"0003_c.py": django("0002_b")}, "django") == []
    found = faults(base, {b"0002_c.py": django("0001_a")}, "django")
    assert any("several heads" in message for _, message in found), found


def test_a_file_that_cannot_be_read_is_a_fault_and_no_crash() -> None:
    ((name, message),) = faults({b"aa_a.py": revision("aa", None)}, {b"cc_c.py": b"revision = (\n"}, "alembic")
    assert (name, "can't be read" in message) == (b"cc_c.py", True)


@pytest.fixture
def grid(tmp_path: Path) -> GridSandbox:
    """Two branches have taken one number past the queue, where that is only a warning; one has landed."""
    made = make_grid(tmp_path / "shop", grid=f"{GRID}{LINEAGES}rules: {{migration.unqueued: warn}}\n")
    made.main.commit("Landed", **{"services/orders/migrations/0001_a.sql": "SELECT 1;\n"})
    return made


def duplicates(grid: GridSandbox) -> list[str]:
    report = Grid.open(grid.desks["a1"].path).check()
    return [each.message for each in report.findings if each.rule == "migration.duplicate"]


def test_a_check_of_the_branch_tells_it_and_a_commit_does_not(grid: GridSandbox) -> None:
    desk = grid.desks["a1"]
    desk.commit("By hand", **{"services/orders/migrations/0001_b.sql": "SELECT 2;\n"})
    assert duplicates(grid) == ["has the number of 0001_a.sql"]


def test_without_the_rule_nothing_is_found(grid: GridSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    grid.desks["a1"].commit("By hand", **{"services/orders/migrations/0001_b.sql": "SELECT 2;\n"})
    monkeypatch.setattr(guarding, "find_faults", lambda *_: [])
    assert duplicates(grid) == []


def test_its_severity_is_the_policy_s(grid: GridSandbox) -> None:
    grid.main.write(
        "agentgrid.yaml", grid.main.read("agentgrid.yaml").replace("warn}", "warn, migration.duplicate: off}")
    )
    grid.main.commit("Settings")
    grid.desks["a1"].commit("By hand", **{"services/orders/migrations/0001_b.sql": "SELECT 2;\n"})
    assert duplicates(grid) == []
