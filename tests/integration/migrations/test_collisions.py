"""Where open requests meet."""

import pytest

from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.integration.migrations.collisions import find_collisions
from support.queues import make_request


def met(request: MigrationRequest, *others: MigrationRequest) -> list[str]:
    return [each.words for each in find_collisions(request, [request, *others])]


@pytest.mark.parametrize(
    ("mine", "theirs", "told"),
    [
        (("users", "users.email"), ("users", "users.email"), "users.email"),
        (("users", "users.email"), ("users", "users.age"), "users"),
        (("users",), ("Users", "Users.AGE"), "users"),
        (("a", "users", "users.x", "users.y"), ("users", "users.x", "users.y"), "users.x, users.y"),
        (("users.a",), ("users",), "users"),
    ],
)
def test_two_that_touch_one_column_or_else_one_table_meet(
    mine: tuple[str, ...], theirs: tuple[str, ...], told: str
) -> None:
    assert met(make_request(objects=mine), make_request("m2", agent="a3", objects=theirs)) == [f"m2 of a3 ({told})"]


def test_other_tables_other_lineages_and_what_is_done_with_do_not() -> None:
    mine = make_request(objects=("users",))

    assert met(
        mine,
        make_request("m2", objects=("orders",)),
        make_request("m3", objects=("users",), lineage="mart"),
        make_request("m4", objects=("users",), status="integrated"),
        make_request("m5", objects=("users",), status="withdrawn"),
    ) == []  # fmt: skip
    assert met(make_request(objects=("users",), status="integrated"), make_request("m2", objects=("users",))) == []


def test_where_one_depends_on_the_other_however_far_the_order_is_clear() -> None:
    first, second = make_request(objects=("users",)), make_request("m2", objects=("x",), depends_on=("m1",))
    third = make_request("m3", objects=("users",), depends_on=("m2",))

    assert (met(first, second, third), met(third, first, second)) == ([], [])
