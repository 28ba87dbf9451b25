"""The order of requests, and which of them are due."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.boundaries.migrations.request import PRIORITIES, MigrationRequest, Status
from agentgrid.config.window import parse_window
from agentgrid.errors import InputError
from agentgrid.integration.migrations.order import due_requests, find_cycle, order_requests, why_waiting

FRIDAY = datetime.fromisoformat("2026-03-06T12:00:00+01:00")
MONDAY = datetime.fromisoformat("2026-03-09T09:00:00+01:00")
WEEKLY = {"main": parse_window("weekly monday 09:00")}


def request(
    id_: str,
    *depends_on: str,
    priority: str = "normal",
    status: Status = "approved",
    decided_at: str | None = "2026-03-01T00:00:00Z",
) -> MigrationRequest:
    return MigrationRequest(
        id_, "main", "a1", id_, status, PRIORITIES.index(priority), b"", "", "2026-03-01T00:00:00Z",
        depends_on=depends_on, decided_at=decided_at,
    )  # fmt: skip


def ids(requests: list[MigrationRequest]) -> list[str]:
    return [each.id for each in requests]


def test_what_is_as_urgent_as_the_rest_comes_by_age() -> None:
    assert ids(order_requests([request("m10"), request("m9"), request("m2")])) == ["m2", "m9", "m10"]


def test_the_more_urgent_comes_first() -> None:
    asked = [request("m1", priority="low"), request("m2"), request("m3", priority="urgent")]

    assert ids(order_requests(asked)) == ["m3", "m2", "m1"]


def test_what_is_depended_on_comes_before_what_depends_on_it_however_urgent() -> None:
    asked = [request("m1", "m2", priority="urgent"), request("m2", priority="low"), request("m3")]

    assert ids(order_requests(asked)) == ["m2", "m1", "m3"]


def test_what_is_already_integrated_holds_nothing_up() -> None:
    assert ids(order_requests([request("m4", "m1", "m1")])) == ["m4"]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ([request("m1", "m3"), request("m2", "m1"), request("m3", "m2")], "m1 → m3 → m2 → m1"),
        ([request("m1", "m1")], "m1 → m1"),
        ([request("m1", "m2"), request("m2", "m3"), request("m3", "m2")], "m2 → m3 → m2"),
    ],
)
def test_a_cycle_is_named(asked: list[MigrationRequest], shown: str) -> None:
    with pytest.raises(InputError, match=shown):
        order_requests(asked)


@given(st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(0, 30))), max_size=30))
def test_every_order_is_whole_and_puts_dependencies_first(drawn: list[tuple[int, set[int]]]) -> None:
    asked = [
        request(f"m{at + 1}", *(f"m{other + 1}" for other in others if other < at), priority=PRIORITIES[priority])
        for at, (priority, others) in enumerate(drawn)
    ]

    order = ids(order_requests(asked))

    assert sorted(order) == sorted(each.id for each in asked)
    assert all(order.index(other) < order.index(each.id) for each in asked for other in each.depends_on)


def test_a_graph_without_a_cycle_has_none_also_where_ways_meet_again() -> None:
    assert find_cycle({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}) == []


def test_a_long_chain_is_no_problem() -> None:
    asked = [request("m1"), *(request(f"m{at}", f"m{at - 1}") for at in range(2, 3000))]

    assert ids(order_requests(asked[::-1])) == ids(asked)


def test_an_approved_request_is_due_where_no_window_says_otherwise() -> None:
    assert ids(due_requests([request("m1"), request("m2", status="submitted")], {}, FRIDAY)) == ["m1"]


def test_it_waits_until_a_window_opens_after_its_approval() -> None:
    asked = [request("m1", decided_at="2026-03-06T10:00:00Z")]

    assert due_requests(asked, WEEKLY, FRIDAY) == []
    assert why_waiting(asked, WEEKLY, FRIDAY) == {"m1": "the window opens 2026-03-09 09:00+01:00"}
    assert ids(due_requests(asked, WEEKLY, MONDAY)) == ["m1"]


def test_without_windows_it_is_due_now() -> None:
    asked = [request("m1", decided_at="2026-03-06T10:00:00Z")]

    assert ids(due_requests(asked, WEEKLY, FRIDAY, ignore_windows=True)) == ["m1"]


def test_it_waits_for_what_it_depends_on() -> None:
    asked = [request("m1", status="submitted"), request("m2", "m1"), request("m3", "m2")]

    assert due_requests(asked, {}, FRIDAY) == []
    assert why_waiting(asked, {}, FRIDAY)["m3"] == "it depends on m2: it depends on m1: it isn't approved yet"


@pytest.mark.parametrize("status", ["rejected", "withdrawn"])
def test_it_waits_for_ever_for_what_does_not_come(status: Status) -> None:
    asked = [request("m1", status=status), request("m2", "m1")]

    assert why_waiting(asked, {}, FRIDAY) == {"m2": f"it depends on m1, which was {status}"}


def test_it_does_not_wait_for_what_is_integrated() -> None:
    assert ids(due_requests([request("m1", status="integrated"), request("m2", "m1")], {}, FRIDAY)) == ["m2"]
