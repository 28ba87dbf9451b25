"""Dated SQL files: what is new is dated after all that there is, without a clock."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from agentgrid.errors import InputError
from agentgrid.integration.migrations.styles.chain import Incoming
from agentgrid.integration.migrations.styles.registry import style_for
from support.lineages import Files, place_all, require_whole

STAMPED = style_for("sql-timestamp")


def files_of(*names: str, content: bytes = b"SELECT 1;\n") -> Files:
    return {name.encode(): content for name in names}


def added(before: Files, *incoming: Incoming) -> list[str]:
    return sorted(name.decode() for name in place_all(STAMPED, before, incoming, "db").keys() - before.keys())


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        ("20261126101500_x.sql", "20261126101501_add.sql"),
        ("20261231235959_x.sql", "20270101000000_add.sql"),
        ("20240228235959_x.sql", "20240229000000_add.sql"),
        ("202611261015_x.sql", "202611261016_add.sql"),
        ("2026112623_x.sql", "2026112700_add.sql"),
        ("20261231_x.sql", "20270101_add.sql"),
        ("20261126101500123_x.sql", "20261126101501123_add.sql"),
        ("1764152100_x.sql", "1764152101_add.sql"),
        ("1551151778747000000_x.sql", "1551151778747000001_add.sql"),
        ("1512010101010000000_x.sql", "1512010101010000001_add.sql"),
        ("20261399000000_x.sql", "20270101000000_add.sql"),
        ("V20261126101500__x.sql", "V20261126101501__add.sql"),
        ("V2026.11.26__x.sql", "V2026.11.27__add.sql"),
        ("20261126101500_x.up.sql", "20261126101501_add.up.sql"),
        ("0007_x.sql", "20000101000002_add.sql"),
    ],
)
def test_the_next_one_is_dated_one_step_later(newest: str, expected: str) -> None:
    number = STAMPED.read_chain(files_of(newest)).next_number
    asked = Incoming("m12", "add", 2 if newest.startswith("0007") else number, sql=b"x;")
    assert added(files_of(newest), asked) == [expected]


def test_the_first_one_is_dated_by_its_number() -> None:
    assert added({}, Incoming("m1", "add", 61, sql=b"x;")) == ["20000101000101_add.sql"]


def test_dates_are_counted_by_how_many_there_are() -> None:
    chain = STAMPED.read_chain(files_of("20261126101500_x.sql", "20261126101600_y.sql", "99990000000012_mine.sql"))
    assert (chain.next_number, chain.gaps, chain.heads) == (3, (), ("20261126101600",))
    assert [each.is_provisional for each in chain.entries] == [False, False, True]


def test_a_waiting_file_is_dated_after_everything() -> None:
    made = STAMPED.provisional(b"20261126101500_add.up.sql", b"x;", 12, {})
    assert made == (b"99990000000012_add.up.sql", b"x;", "99990000000012")


def test_both_ways_stand_in_one_file_as_dbmate_has_them() -> None:
    before = files_of("20261126101500_x.sql", content=b"-- migrate:up\nx;\n\n-- migrate:down\ny;\n")
    placed = place_all(STAMPED, before, [Incoming("m1", "Add", 2, sql=b"a;\n", down=b"b;\n")], "db")
    assert placed[b"20261126101501_add.sql"] == b"-- migrate:up\na;\n\n-- migrate:down\nb;\n"


def test_the_end_of_time_is_refused() -> None:
    with pytest.raises(InputError, match="end of time"):
        STAMPED.place(files_of("99981231235959_x.sql"), [Incoming("m1", "a", 2, sql=b"x;")], "db")


STAMPS = some.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1))


@settings(deadline=None)
@given(base=some.lists(STAMPS, max_size=8, unique_by=lambda at: at.replace(microsecond=0)), new=some.integers(0, 6))
def test_dates_grow_and_are_dates(base: list[datetime], new: int) -> None:
    before = files_of(*(f"{at:%Y%m%d%H%M%S}_x.sql" for at in base))
    incoming = [
        Incoming(f"m{each}", "a", len(base) + each, files_of(f"9999{each:010d}_mine.sql")) for each in range(1, new + 1)
    ]
    chain = require_whole(STAMPED.read_chain(place_all(STAMPED, before, incoming, "db")))
    keys = [each.key for each in chain.entries]
    assert len(keys) == len(base) + new
    assert keys == sorted(set(keys))
    assert [f"{datetime.strptime(key, '%Y%m%d%H%M%S'):%Y%m%d%H%M%S}" for key in keys] == keys
    assert all(entry.files[0].endswith(b"_mine.sql") for entry in chain.entries[len(base) :])
