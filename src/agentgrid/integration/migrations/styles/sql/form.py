"""How a lineage of SQL files names its files, and whether one file holds both ways: as its newest one does. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agentgrid.boundaries.migrations.names import MigrationName
from agentgrid.integration.migrations.styles.chain import Chain
from agentgrid.integration.migrations.styles.placing import split_directory
from agentgrid.integration.migrations.styles.sql.lineage import migration_name
from agentgrid.integration.migrations.styles.sql.sections import split_sections


@dataclass(frozen=True)
class Form:
    """`directory`: where new files go, with its slash. `is_paired`: the way up is called `.up.sql`. `tool`: whose marks
    part one file into both ways, None when there are none."""

    directory: bytes = b""
    prefix: bytes = b""
    width: int = 4
    separator: bytes = b"_"
    ending: bytes = b"sql"
    is_paired: bool = False
    tool: str | None = None

    @property
    def is_flyway(self) -> bool:
        return self.prefix == b"V" and self.separator == b"__"

    def up_name(self, digits: bytes, slug: bytes) -> bytes:
        """`0007_add_users.sql`, `0007_add_users.up.sql`, `V7__add_users.sql`."""
        return self._name(self.prefix, digits, slug, b"up." if self.is_paired else b"")

    def down_name(self, digits: bytes, slug: bytes) -> bytes:
        """Its partner: `U7__…` for Flyway, else `.down.sql`, which golang-migrate and sqlx read, also beside a plain
        `0007_add_users.sql`."""
        if self.is_flyway:
            return self._name(b"U", digits, slug, b"")
        return self._name(self.prefix, digits, slug, b"down.")

    def slug(self, title: str) -> bytes:
        """A title's slug, its words parted as the number is parted from it."""
        return title.replace("_", "-").encode() if self.separator == b"-" else title.encode()

    def _name(self, prefix: bytes, digits: bytes, slug: bytes, way: bytes) -> bytes:
        named = self.separator + slug if slug else b""
        return self.directory + prefix + digits.rjust(self.width, b"0") + named + b"." + way + self.ending


def form_of_lineage(chain: Chain, files: Mapping[bytes, bytes]) -> Form | None:
    """The form of the newest migration that has its place; None when there is none."""
    given = [each for each in chain.entries if not each.is_provisional]
    if not given:
        return None
    main = given[-1].files[0]
    name = migration_name(main)
    assert name is not None
    sections = split_sections(files[main].decode("utf-8", "replace"))
    return _form(split_directory(main)[0], name, len(name.digits), sections.tool if sections else None)


def form_of_carried(names: Iterable[bytes], *, has_down: bool, width: int) -> Form:
    """The form of a lineage's first file: as the file that is brought has it; else a pair when there is a way down.
    `width`: digits of its number; Flyway's aren't filled up."""
    for name in sorted(names):
        parts = migration_name(name)
        if parts is not None and not parts.is_down:
            is_flyway = parts.prefix == b"V" and parts.separator == b"__"
            return _form(split_directory(name)[0], parts, 1 if is_flyway else width, None)
    return Form(width=width, is_paired=has_down)


def _form(directory: bytes, name: MigrationName, width: int, tool: str | None) -> Form:
    is_paired = name.ending.startswith(b"up.")
    has_parts = not name.digits.isdigit()
    return Form(
        directory, name.prefix, 1 if has_parts else width, name.separator if name.slug else b"_",
        name.ending.removeprefix(b"up."), is_paired, tool,
    )  # fmt: skip
