"""Windows: when they open, and that what was approved before an opening stays due."""

from datetime import UTC, datetime, timedelta

import pytest

from agentgrid.config.window import parse_window

MONDAY_NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("text", ["", "weekly", "weekly someday 09:00", "daily 24:00", "daily 9:00", "monday 09:00"])
def test_what_is_no_window_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(ValueError, match=r"always, `daily 09:00` or `weekly monday 09:00`"):
        parse_window(text)


def test_a_weekly_window_opens_on_its_day_and_not_a_minute_before() -> None:
    window = parse_window("weekly monday 09:00")

    assert window.last_opening(MONDAY_NINE) == MONDAY_NINE
    assert window.last_opening(MONDAY_NINE - MINUTE) == MONDAY_NINE - timedelta(days=7)
    assert window.next_opening(MONDAY_NINE) == MONDAY_NINE + timedelta(days=7)
    assert window.next_opening(MONDAY_NINE - MINUTE) == MONDAY_NINE


def test_a_daily_window_opens_every_day() -> None:
    window = parse_window("Daily 09:00")

    assert window.last_opening(MONDAY_NINE - MINUTE) == MONDAY_NINE - timedelta(days=1)
    assert window.next_opening(MONDAY_NINE) == MONDAY_NINE + timedelta(days=1)


def test_what_was_approved_before_it_opened_is_due_from_then_on() -> None:
    window = parse_window("weekly monday 09:00")
    late = MONDAY_NINE + timedelta(days=3)

    assert window.is_due(MONDAY_NINE - MINUTE, late)
    assert not window.is_due(MONDAY_NINE + MINUTE, late)
    assert not window.is_due(MONDAY_NINE - MINUTE, MONDAY_NINE - MINUTE)
    assert parse_window("always").is_due(late, late)
