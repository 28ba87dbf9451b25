"""Names of migration files: the number that a name begins with, and the provisional numbers of requests. Pure.

A request that an agent carries in its branch has a number of its own, far above those that are given: tools run it
today, after all that there is, and nobody takes it for a number of the lineage. On the slow path alone.
"""

import re
from dataclasses import dataclass

PROVISIONAL_FROM = 900_000_000
_PROVISIONAL_STAMPS = "9999"  # the year of provisional timestamps: 9999 and a counter of ten digits
_NAME = re.compile(
    rb"(?P<prefix>[VvUu]?)(?P<digits>\d+)(?P<separator>__|[_.-])(?P<slug>.+?)\.(?P<ending>(?:(?:up|down)\.)?[a-z]+)"
)
_STAMP_DIGITS = 8  # from here on a number is a date, which nobody counts up


@dataclass(frozen=True, slots=True)
class MigrationName:
    """`0007_add_users.up.sql` in its parts: `prefix` (Flyway's V or U, else empty), `digits`, `separator`, `slug`,
    `ending` (`up.sql`)."""

    prefix: bytes
    digits: bytes
    separator: bytes
    slug: bytes
    ending: bytes

    @property
    def number(self) -> int:
        return int(self.digits)

    @property
    def is_stamp(self) -> bool:
        """Whether the number is a date."""
        return len(self.digits) >= _STAMP_DIGITS and not self.is_provisional

    @property
    def is_provisional(self) -> bool:
        return request_number(self.digits) is not None

    @property
    def request_id(self) -> str | None:
        """Of the request whose provisional file this is (`m12`)."""
        counted = request_number(self.digits)
        return None if counted is None else f"m{counted}"

    def text(self) -> bytes:
        return self.prefix + self.digits + self.separator + self.slug + b"." + self.ending


def parse_name(name: bytes) -> MigrationName | None:
    """The parts of a file's name (no directory); None when it doesn't begin with a number."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    return MigrationName(found["prefix"], found["digits"], found["separator"], found["slug"], found["ending"])


def provisional_digits(counted: int, style: str) -> bytes:
    """The number that the file of request `m<counted>` has while it waits."""
    if style == "sql-timestamp":
        return f"{_PROVISIONAL_STAMPS}{counted:010d}".encode()
    return str(PROVISIONAL_FROM + counted).encode()


def request_number(digits: bytes) -> int | None:
    """The number of the request that a provisional number belongs to; None for any other number."""
    if len(digits) == 14 and digits.startswith(_PROVISIONAL_STAMPS.encode()):
        return int(digits[4:])
    counted = int(digits) - PROVISIONAL_FROM
    return counted if len(digits) == 9 and 0 < counted < 100_000_000 else None


def slug_of(title: str) -> str:
    """A title as a part of a file's name: `Add users, again` → `add_users_again`."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:60].strip("_") or "migration"
