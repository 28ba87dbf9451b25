"""Lineages as the compiled policy has them, and which files of their directories are migrations. Pure: by names alone.

What the tools themselves read is a migration: for Flyway and Alembic also what lies deeper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentgrid.boundaries.migrations.names import MigrationName, parse_name

NEWEST_FILE = b"max_migration.txt"
"""Beside Django's migrations, where linear-migrations is used: it names the last one."""


@dataclass(frozen=True, slots=True)
class LineagePlace:
    """`prefix`: what every path in its directory begins with (`db/migrations/`). `style`: as in agentgrid.yaml."""

    name: str
    prefix: bytes
    style: str

    def is_migration(self, path: bytes) -> bool:
        """Whether the file is a migration. SQL without a number is one too: it may not have got it yet."""
        name = path.removeprefix(self.prefix)
        folder, _, own = name.rpartition(b"/")
        if self.style == "django":
            return is_django_migration(name)
        if self.style == "alembic":
            return is_alembic_revision(name)
        if not own.lower().endswith(b".sql") or own.startswith((b"R__", b".")):
            return False  # Flyway runs its repeatable files again whenever they change
        return not folder or _is_flyways(parse_name(own))

    def is_newest_file(self, path: bytes) -> bool:
        """Whether the file goes along with each migration, to name the last one."""
        return self.style == "django" and path == self.prefix + NEWEST_FILE


def is_django_migration(name: bytes) -> bool:
    """Whether Django would load a file of that name (relative to the directory): a module of the package itself, no
    `_…` and no `~…`."""
    stem = name.removesuffix(b".py")
    return name.endswith(b".py") and b"/" not in name and b"." not in stem and stem[:1] not in {b"", b"_", b"~"}


def is_alembic_revision(name: bytes) -> bool:
    """Whether Alembic would read a file of that name. `env.py` may lie beside the directory of versions."""
    folder, _, own = name.rpartition(b"/")
    if b"__pycache__" in folder.split(b"/") or (not folder and own == b"env.py"):
        return False
    return own.endswith(b".py") and not own.startswith((b".#", b"__init__"))


def list_lineages(compiled: Mapping[str, Any]) -> list[LineagePlace]:
    """All that the policy names. `compiled`: the policy."""
    return [LineagePlace(name, prefix, style) for prefix, name, style in compiled["lineages"]]


def lineage_at(compiled: Mapping[str, Any], path: bytes) -> LineagePlace | None:
    """The lineage in whose directory the path lies, the innermost where one lies in another. `compiled`: the policy."""
    if not path.startswith(compiled["queued"]):
        return None
    around = [each for each in list_lineages(compiled) if path.startswith(each.prefix)]
    return max(around, key=lambda each: len(each.prefix), default=None)


def name_in(path: bytes) -> MigrationName | None:
    """The parts of a path's own name; None when it doesn't begin with a number."""
    return parse_name(path.rpartition(b"/")[2])


def are_partners(one: bytes, other: bytes) -> bool:
    """Whether two paths are the way there and the way back of one migration."""
    a, b = name_in(one), name_in(other)
    if a is None or b is None or one.rpartition(b"/")[0] != other.rpartition(b"/")[0]:
        return False
    return (a.digits, a.slug) == (b.digits, b.slug) and a.is_down != b.is_down


def _is_flyways(name: MigrationName | None) -> bool:
    return name is not None and name.prefix in {b"V", b"U"} and name.separator == b"__"
