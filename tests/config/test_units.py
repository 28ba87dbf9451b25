"""Sizes, times and CPU."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.config.units import (
    CPU_ACCEPTED,
    DURATION_ACCEPTED,
    SIZE_ACCEPTED,
    format_size,
    parse_cpu,
    parse_duration,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [("0B", 0), ("4GB", 4 * 10**9), ("512MiB", 512 * 2**20), ("1.5KB", 1500), ("2 TiB", 2 * 2**40)],
)
def test_sizes(text: str, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize(
    ("text", "expected"),
    [("45s", 45), ("30m", 1800), ("2h", 7200), ("14d", 14 * 86400), ("99999999d", 99999999 * 86400)],
)
def test_durations(text: str, expected: int) -> None:
    assert parse_duration(text) == timedelta(seconds=expected)


def test_cpu_is_counted_in_cores() -> None:
    assert [parse_cpu(text) for text in ("50%", "200%", "12.5%")] == [0.5, 2.0, 0.125]


@pytest.mark.parametrize(
    ("parse", "accepted", "mistakes"),
    [
        (parse_size, SIZE_ACCEPTED, ["4 gigs", "4", "4gb", "GB", "-1GB", "4GB ", "1e3MB", 4, True, None, ["4GB"]]),
        (parse_duration, DURATION_ACCEPTED, ["30", "30 m", "1.5h", "2hours", "-1s", "1h30m", 30, None]),
        (parse_cpu, CPU_ACCEPTED, ["2", "200", "%", "-5%", "200 %", 200, 0.5]),
    ],
)
def test_a_unit_mistake_says_what_is_accepted(
    parse: Callable[[object], object], accepted: str, mistakes: list[object]
) -> None:
    for mistake in mistakes:
        with pytest.raises(ValueError, match=r"is not an? (size|time|amount)") as raised:
            parse(mistake)
        assert str(raised.value).partition("|")[2] == accepted
        assert repr(mistake) in str(raised.value)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_size, "9" * 400 + "TB"),
        (parse_size, "9300000000000000000B"),
        (parse_duration, "9" * 20 + "d"),
        (parse_duration, "9" * 5000 + "s"),
        (parse_cpu, "9" * 400 + "%"),
    ],
)
def test_an_amount_beyond_all_machines_is_a_mistake_too(parse: Callable[[object], object], text: str) -> None:
    with pytest.raises(ValueError, match="than any"):
        parse(text)


@given(st.text("0123456789.%KMGTiBsmhd ", max_size=12))
def test_any_text_is_an_amount_or_a_value_error(text: str) -> None:
    for parse in (parse_size, parse_duration, parse_cpu):
        try:
            parse(text)
        except ValueError as error:
            assert "|" in str(error)  # noqa: PT017 - it may also be fine


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (120_000, "120 kB"), (4 * 10**9, "4.0 GB"), (10**13, "10 TB")],
)
def test_sizes_for_people(size_bytes: int, shown: str) -> None:
    assert format_size(size_bytes) == shown
