"""Dated SQL files: `20261126101500_add_users.sql`, as dbmate, goose, sqlx and golang-migrate make them.

No clock is asked: what is new is dated one step after the newest file, so the same files always get the same names.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from agentgrid.errors import InputError
from agentgrid.integration.migrations.styles.chain import Chain, Incoming
from agentgrid.integration.migrations.styles.sql.numbered import NumberedSql

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FORMATS = {
    14: ("%Y%m%d%H%M%S", timedelta(seconds=1)),
    12: ("%Y%m%d%H%M", timedelta(minutes=1)),
    10: ("%Y%m%d%H", timedelta(hours=1)),
    8: ("%Y%m%d", timedelta(days=1)),
}
_FIRST_YEAR = 1970
_PROVISIONAL_YEAR = 9999


class StampedSql(NumberedSql):
    """The style `sql-timestamp`."""

    name = "sql-timestamp"
    width = 14

    def _digits(self, chain: Chain, incoming: Sequence[Incoming], lineage_path: str) -> Iterator[bytes]:
        newest = next((each.key for each in reversed(chain.entries)), None)
        for each in incoming:
            newest = _first_stamp(each.number) if newest is None or len(newest) < 8 else next_stamp(newest)
            if newest.startswith(str(_PROVISIONAL_YEAR)) and len(newest) == 14:
                raise InputError(f"{lineage_path}: the newest migration is dated to the end of time")
            yield newest.encode()


def next_stamp(stamp: str) -> str:
    """The next date of the same width: one second later, or whatever its last part is. What is no date (seconds or
    nanoseconds since 1970, or a version of Flyway's in parts) is counted up."""
    head, dot, last = stamp.rpartition(".")
    if dot:
        return f"{head}.{int(last) + 1}"
    wanted = _FORMATS.get(min(len(stamp), 14))
    if wanted is None:
        return str(int(stamp) + 1)
    pattern, step = wanted
    try:
        found = datetime.strptime(stamp[:14], pattern).replace(tzinfo=UTC)
    except ValueError:
        return _after_no_date(stamp, pattern)
    if found.year < _FIRST_YEAR:  # nanoseconds that look like a date of the Middle Ages
        return str(int(stamp) + 1)
    return (found + step).strftime(pattern) + stamp[14:]


def _after_no_date(stamp: str, pattern: str) -> str:
    """Seconds since 1970 count up; `20261399…` is followed by the first date of the next year."""
    year = int(stamp[:4])
    if len(stamp) in {8, 12, 14} and _FIRST_YEAR <= year < _PROVISIONAL_YEAR:
        return datetime(year + 1, 1, 1, tzinfo=UTC).strftime(pattern)
    return str(int(stamp) + 1)


def _first_stamp(number: int) -> str:
    return (_EPOCH + timedelta(seconds=number)).strftime(_FORMATS[14][0])
