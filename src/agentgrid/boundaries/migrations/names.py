"""Names of migration files: the number that a name begins with, and the provisional numbers of requests. Pure.

A request that an agent carries in its branch has a number of its own, far above those that are given: tools run it
today, after all that there is, and nobody takes it for a number of the lineage. On the slow path alone.
"""

import re
from dataclasses import dataclass

PROVISIONAL_FROM = 900_000_000
_PROVISIONAL_STAMPS = "9999"  # the year of provisional timestamps: 9999 and a counter of ten digits
_ENDING = rb"\.(?P<ending>(?:(?:up|down)\.)?[A-Za-z][A-Za-z0-9]*)"
_SLUG = rb"(?P<slug>(?:(?<!\.)|(?!(?:up|down)\.[^.]+\Z)).+?)"  # `0007.up.sql` has none
_FORMS = (
    # Flyway's versions have parts: `V1.2__add`, `V1_2__add`, and `U…` takes back. Source: Flyway, "Migrations", naming.
    rb"(?P<prefix>[VU])(?P<digits>\d{1,20}(?:[._]\d{1,20})*)(?P<separator>__)" + _SLUG + _ENDING,
    rb"(?P<prefix>[Vv]?)(?P<digits>\d{1,20})(?:(?P<separator>__|[_.-])" + _SLUG + rb")?" + _ENDING,
    # dbmate and goose ask for no separator; in Python files such a beginning is a hash (`1975ea83b712_add.py`).
    rb"(?P<prefix>)(?P<digits>\d{1,20})(?P<separator>)(?P<slug>[^\d_.-].*?)\.(?P<ending>(?:(?:up|down)\.)?[sS][qQ][lL])",
)
_NAMES = tuple(re.compile(form, re.DOTALL) for form in _FORMS)
_PARTS = re.compile(rb"[._]")
_STAMP_DIGITS = 8  # from here on a number is a date, which nobody counts up


@dataclass(frozen=True, slots=True)
class MigrationName:
    """`0007_add_users.up.sql` in its parts: `prefix` (Flyway's V or U, else empty), `digits` (Flyway's may have parts:
    `1.2`), `separator` and `slug` (may be empty), `ending` (`up.sql`)."""

    prefix: bytes
    digits: bytes
    separator: bytes
    slug: bytes
    ending: bytes

    @property
    def number(self) -> int:
        """The number; of a version in parts the first, so that the next whole number comes after it."""
        return self.version[0]

    @property
    def version(self) -> tuple[int, ...]:
        """Every part of the number; what tools sort by. Flyway takes 1.0 for 1 (its MigrationVersion)."""
        parts = [int(part) for part in _PARTS.split(self.digits)]
        while len(parts) > 1 and parts[-1] == 0:
            parts.pop()
        return tuple(parts)

    @property
    def key(self) -> str:
        """The number as it is told apart, without leading zeros: `7`, `1.2`."""
        return ".".join(map(str, self.version))

    @property
    def is_stamp(self) -> bool:
        """Whether the number is a date."""
        return max(map(len, _PARTS.split(self.digits))) >= _STAMP_DIGITS and not self.is_provisional

    @property
    def is_down(self) -> bool:
        """Whether the file takes back what its partner does: `.down.sql`, Flyway's U."""
        return self.prefix == b"U" or self.ending.startswith(b"down.")

    @property
    def is_provisional(self) -> bool:
        return request_number(self.digits) is not None

    @property
    def request_id(self) -> str | None:
        """Of the request whose provisional file this is (`m12`)."""
        counted = request_number(self.digits)
        return None if counted is None else f"m{counted}"

    def with_digits(self, digits: bytes) -> "MigrationName":
        """The same name with another number, which is parted from the slug."""
        separator = self.separator or (b"_" if self.slug else b"")
        return MigrationName(self.prefix, digits, separator, self.slug, self.ending)

    def text(self) -> bytes:
        return self.prefix + self.digits + self.separator + self.slug + b"." + self.ending


def parse_name(name: bytes) -> MigrationName | None:
    """The parts of a file's name (no directory); None when it doesn't begin with a number, as Flyway's repeatable
    `R__views.sql`."""
    found = next((match for form in _NAMES if (match := form.fullmatch(name))), None)
    if found is None:
        return None
    return MigrationName(
        found["prefix"], found["digits"], found["separator"] or b"", found["slug"] or b"", found["ending"]
    )


def provisional_digits(counted: int, style: str) -> bytes:
    """The number that the file of request `m<counted>` has while it waits."""
    if style == "sql-timestamp":
        return f"{_PROVISIONAL_STAMPS}{counted:010d}".encode()
    return str(PROVISIONAL_FROM + counted).encode()


def request_number(digits: bytes) -> int | None:
    """The number of the request that a provisional number belongs to; None for any other number."""
    if not digits.isdigit():
        return None
    if len(digits) == 14 and digits.startswith(_PROVISIONAL_STAMPS.encode()):
        return int(digits[4:])
    counted = int(digits) - PROVISIONAL_FROM
    return counted if len(digits) == 9 and 0 < counted < 100_000_000 else None


def slug_of(title: str) -> str:
    """A title as a part of a file's name: `Add users, again` → `add_users_again`."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:60].strip("_") or "migration"
