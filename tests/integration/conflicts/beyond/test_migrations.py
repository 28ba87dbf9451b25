"""One migration number, or one place in the chain, that both sides take."""

import pytest

from agentgrid.boundaries.migrations.lineages import LineagePlace
from support.meetings import meetings, reasons

DB = LineagePlace("main", b"services/db/schema/", "sql")


def met(a: str, b: str) -> list[str]:
    return reasons({}, {a: "select 1;\n"}, {b: "select 2;\n"}, lineages=[DB])


@pytest.mark.parametrize(
    ("a", "b", "number"),
    [
        ("services/db/schema/0007_users.sql", "services/db/schema/0007_orders.sql", "7"),
        ("services/db/schema/V7__users.sql", "services/db/schema/V7__orders.sql", "7"),
        ("services/db/schema/V1.2__users.sql", "services/db/schema/V1_2__orders.sql", "1.2"),
        ("services/db/schema/7-users.sql", "services/db/schema/0007_orders.up.sql", "7"),
        ("app/migrations/0007_users.py", "app/migrations/0007_orders.py", "7"),
    ],
)
def test_one_number_for_two_migrations_meets(a: str, b: str, number: str) -> None:
    assert met(a, b) == [f"a1 and a2 both add migration {number}: {a} and {b}"]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("services/db/schema/0007_users.sql", "services/db/schema/0008_orders.sql"),
        ("services/db/schema/20261126101500_users.sql", "services/db/schema/20261126101500_orders.sql"),
        ("services/db/schema/20261126_users.sql", "services/db/schema/20261126_orders.sql"),
        ("docs/0007_users.sql", "docs/0007_orders.sql"),
        ("a/migrations/0007_users.py", "b/migrations/0007_orders.py"),
        ("services/db/schema/users.sql", "services/db/schema/orders.sql"),
        ("services/db/schema/0007_users.md", "services/db/schema/0007_orders.md"),
        ("services/db/schema/900000001_users.sql", "services/db/schema/900000002_users.sql"),
        ("services/db/schema/900000001_users.sql", "services/db/schema/0007_users.sql"),
    ],
)
def test_other_numbers_dates_and_other_places_do_not_meet(a: str, b: str) -> None:
    assert met(a, b) == []


def test_a_way_up_and_a_way_down_are_one_migration() -> None:
    side = {"db/migrations/1_a.up.sql": "up", "db/migrations/1_a.down.sql": "down"}
    assert reasons({}, side, dict(reversed(side.items()))) == []
    assert len(reasons({}, side, {"db/migrations/1_b.sql": "x"})) == 1


def test_one_that_was_there_already_is_not_added() -> None:
    base = {"db/migrations/0001_a.sql": "x", "db/migrations/0001_b.sql": "x"}
    assert reasons(base, {"db/migrations/0001_a.sql": "y"}, {"db/migrations/0001_b.sql": "y"}) == []


def revision(name: str, follows: str) -> str:
    return f'from alembic import op\nrevision = "{name}"\ndown_revision: str | None = {follows}\n'


def test_two_revisions_after_one_are_two_heads() -> None:
    a, b = {"alembic/versions/a.py": revision("aa", '"base"')}, {"alembic/versions/b.py": revision("bb", '"base"')}
    [meeting] = meetings({}, a, b)
    assert (meeting.kind, meeting.level) == ("migration-number", "overlap")
    assert meeting.reason == (
        "a1 and a2 both add a migration that follows base: alembic/versions/a.py and alembic/versions/b.py"
    )
    assert reasons({}, a, {"alembic/versions/b.py": revision("bb", '"aa"')}) == []
    assert reasons({}, a, {"other/versions/b.py": revision("bb", '"base"')}) == []
    assert reasons({}, a, {"alembic/versions/b.py": revision("bb", '("base", "x")')}) == []


def test_revisions_that_wait_in_the_queue_make_no_heads() -> None:
    a = {"alembic/versions/900000001_a.py": revision("aa", '"base"')}
    b = {"alembic/versions/900000002_b.py": revision("bb", '"base"')}
    assert reasons({}, a, b) == []
    assert (
        len(
            reasons(
                {},
                {"alembic/versions/a.py": revision("aa", '"base"')},
                {"alembic/versions/b.py": revision("bb", '"base"')},
            )
        )
        == 1
    )
