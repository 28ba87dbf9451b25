"""Counted SQL files: `0007_add_users.sql`, Flyway's `V7__add_users.sql` with `U7__…`, pairs of `.up.sql`/`.down.sql`.

What is new is named as the lineage's newest file is. Of Flyway's versions in parts the first counts: V2 follows V1.2.
"""

from collections.abc import Iterator, Mapping, Sequence

from agentgrid.boundaries.migrations.names import MigrationName, parse_name, provisional_digits, slug_of
from agentgrid.errors import InputError
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.styles.chain import Chain, Incoming, Placed, Placement, Told
from agentgrid.integration.migrations.styles.placing import finish_placement, require_growing, split_directory
from agentgrid.integration.migrations.styles.sql.form import Form, form_of_carried, form_of_lineage
from agentgrid.integration.migrations.styles.sql.lineage import migration_name, read_lineage
from agentgrid.integration.migrations.styles.sql.sections import join_sections, read_sql, split_sections


class NumberedSql:
    """The style `sql`."""

    name = "sql"
    endings: tuple[bytes, ...] = (b".sql",)
    can_be_asked = True
    width = 4

    def is_migration(self, name: bytes) -> bool:
        return migration_name(name) is not None

    def read_chain(self, files: Mapping[bytes, bytes]) -> Chain:
        return read_lineage(files)

    def tell(self, name: bytes, content: bytes, lineage_path: str) -> Told:  # noqa: ARG002 - the style's shape
        text = read_sql(name, content)
        parts = parse_name(split_directory(name)[1])
        key = parts.key if parts else ""
        title = _title_of(name, parts)
        if parts is not None and parts.is_down:
            return Told(key, title=title, sql_down=text)
        sections = split_sections(text)
        if sections is None:
            return Told(key, title=title, sql_up=text)
        return Told(
            key, title=title, is_reversible=has_statements(sections.down), sql_up=sections.up, sql_down=sections.down
        )

    def provisional(
        self,
        name: bytes,
        content: bytes,
        counted: int,
        renamed: Mapping[str, str],  # noqa: ARG002 - the style's shape
        lineage_path: str = "",  # noqa: ARG002 - the style's shape
    ) -> tuple[bytes, bytes, str]:
        directory, own = split_directory(name)
        digits = provisional_digits(counted, self.name)
        parts = parse_name(own)
        loose = parts or MigrationName(b"", b"", b"_", *_loose_parts(own))
        parts = loose.with_digits(digits)
        return directory + parts.text(), content, parts.key

    def place(self, files: Mapping[bytes, bytes], incoming: Sequence[Incoming], lineage_path: str) -> Placement:
        given = {name: content for name, content in files.items() if not _is_provisional(name)}
        chain = read_lineage(given)
        write: dict[bytes, bytes] = {}
        placed: list[Placed] = []
        form = form_of_lineage(chain, given)
        for each, digits in zip(incoming, self._digits(chain, incoming, lineage_path), strict=True):
            form = form or form_of_carried(each.files, has_down=each.down is not None, width=self.width)
            slug = _slug(form, each)
            main = form.up_name(digits, slug)
            write |= _contents(form, each, main, form.down_name(digits, slug))
            placed.append(Placed(each.id, each.number, main, digits.decode()))
        carried = {name for each in incoming for name in each.files if self.is_migration(name)}
        return finish_placement(given, write, carried, placed)

    def _digits(self, chain: Chain, incoming: Sequence[Incoming], lineage_path: str) -> Iterator[bytes]:
        """The number in the name of each of `incoming`."""
        for entry in chain.entries:
            if entry.number is None:
                raise InputError(
                    f"{lineage_path}: {show_path(entry.files[0])} is dated, and the lineage's style is sql",
                    hint="accepted: `style: sql-timestamp`, or file names that count",
                )
        require_growing(max((each.number or 0 for each in chain.entries), default=None), incoming)
        return (str(each.number).encode() for each in incoming)


def has_statements(sql: str) -> bool:
    """Whether there is more in it than comments and white space."""
    return any(line.strip() and not line.lstrip().startswith("--") for line in sql.splitlines())


def _contents(form: Form, each: Incoming, up: bytes, down: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, content) of every file of one request."""
    if not each.files:
        yield from _asked(form, each, up, down)
        return
    ups = sorted(name for name in each.files if (parts := migration_name(name)) and not parts.is_down)
    downs = sorted(name for name in each.files if (parts := migration_name(name)) and parts.is_down)
    if len(ups) != 1 or len(downs) > 1:
        told = ", ".join(show_path(name) for name in sorted(each.files))
        raise InputError(f"{each.id} carries {told}", hint="accepted: one SQL file, or one and its way down")
    yield up, each.files[ups[0]]
    way_down = each.files[downs[0]] if downs else each.down
    if way_down is None:
        return
    if form.tool is not None:
        sections = split_sections(each.files[ups[0]].decode("utf-8", "replace"))
        if downs or sections is None or not has_statements(sections.down):
            raise InputError(
                f"{each.id} has its way down in another file, and the lineage keeps both ways in one",
                hint=f"write it into {show_path(ups[0])}, as the newest migration has it",
            )
        return
    yield down, way_down


def _asked(form: Form, each: Incoming, up: bytes, down: bytes) -> Iterator[tuple[bytes, bytes]]:
    if each.sql is None:
        raise InputError(f"{each.id} has neither a file nor SQL")
    sql = _ended(each.sql)
    if form.tool is None:
        yield up, sql
        if each.down is not None:
            yield down, _ended(each.down)
        return
    text = read_sql(up, sql)
    text_down = "" if each.down is None else read_sql(down, each.down)
    has_both = split_sections(text) is not None
    if has_both and text_down:
        raise InputError(f"{each.id} says its way down twice", hint="give it once: among the SQL, or by itself")
    yield up, sql if has_both else join_sections(form.tool, text, text_down).encode()


def _ended(sql: bytes) -> bytes:
    return sql if sql.endswith(b"\n") else sql + b"\n"


def _slug(form: Form, each: Incoming) -> bytes:
    for name in sorted(each.files):
        parts = migration_name(name)
        if parts is not None and not parts.is_down:
            return parts.slug
    return form.slug(slug_of(each.title))


def _is_provisional(name: bytes) -> bool:
    parts = parse_name(split_directory(name)[1])
    return parts is not None and parts.is_provisional


def _loose_parts(own: bytes) -> tuple[bytes, bytes]:
    """(slug, ending) of a name that has no number: `add_users.up.sql` → `add_users`, `up.sql`."""
    stem, _, ending = own.rpartition(b".")
    for way in (b"up", b"down"):
        if stem.endswith(b"." + way):
            return stem.removesuffix(b"." + way), way + b"." + ending
    return (stem, ending) if stem else (own, b"sql")


def _title_of(name: bytes, parts: MigrationName | None) -> str:
    slug = parts.slug if parts else _loose_parts(split_directory(name)[1])[0]
    return " ".join(slug.decode("utf-8", "replace").replace("_", " ").replace("-", " ").split())
