"""The style `django`: an app's migrations get the next numbers, and follow one another."""

from collections.abc import Mapping, Sequence

from agentgrid.boundaries.migrations.lineages import is_django_migration
from agentgrid.boundaries.migrations.names import MigrationName, parse_name, provisional_digits
from agentgrid.errors import InputError
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.styles.chain import Chain, Incoming, Placement, Told
from agentgrid.integration.migrations.styles.django.lineage import (
    DJANGOS_OWN,
    chain_of,
    find_label,
    read_migrations,
)
from agentgrid.integration.migrations.styles.django.migration import (
    Migration,
    class_attribute,
    label_of_path,
    require_migration,
)
from agentgrid.integration.migrations.styles.django.placement import Placing
from agentgrid.integration.migrations.styles.django.rewriting import rename_references
from agentgrid.integration.migrations.styles.django.telling import Operations
from agentgrid.integration.migrations.styles.python_source import lay_out, parse_source


class DjangoMigrations:
    """The style `django`."""

    name = "django"
    endings: tuple[bytes, ...] = (b".py",)
    can_be_asked = False

    def is_migration(self, name: bytes) -> bool:
        return is_django_migration(name)

    def read_chain(self, files: Mapping[bytes, bytes]) -> Chain:
        migrations = read_migrations(files)
        return chain_of(migrations, find_label(migrations, None))

    def tell(self, name: bytes, content: bytes, lineage_path: str) -> Told:
        migration = require_migration(name, content)
        label = _label_of_one(migration, label_of_path(lineage_path))
        operations = Operations(label)
        operations.read(class_attribute(parse_source(name, content), "operations"))
        parts = migration.parts
        slug = parts.slug.decode("utf-8", "replace") if parts and parts.slug else migration.name
        return Told(
            migration.name, migration.own(migration.dependencies, label), slug.replace("_", " ").strip(),
            operations.is_reversible, lay_out(operations.up), lay_out(operations.down),
            tuple(sorted(operations.objects)), tuple(operations.destructive),
        )  # fmt: skip

    def provisional(
        self, name: bytes, content: bytes, counted: int, renamed: Mapping[str, str], lineage_path: str = ""
    ) -> tuple[bytes, bytes, str]:
        migration = require_migration(name, content)
        parts = parse_name(name)
        if parts is None or parts.prefix:
            parts = MigrationName(b"", b"", b"_", name.removesuffix(b".py"), b"py")
        new_name = parts.with_digits(provisional_digits(counted, self.name)).text()
        label = _renaming_label(migration, renamed, label_of_path(lineage_path))
        changed = rename_references(name, content, label, renamed) if label else content
        return new_name, changed, new_name.removesuffix(b".py").decode("utf-8", "surrogateescape")

    def place(self, files: Mapping[bytes, bytes], incoming: Sequence[Incoming], lineage_path: str) -> Placement:
        return Placing(files, incoming, lineage_path).place()


def _label_of_one(migration: Migration, preferred: str) -> str:
    """The label that one file is under: another than the directory's if it depends on that one's migration just before
    it, and on nothing of the directory's."""
    labels = {label for label, _ in (*migration.dependencies, *migration.replaces)}
    if preferred in labels or migration.leading is None:
        return preferred
    before = {
        label
        for label, name in migration.dependencies
        if (parts := parse_name(f"{name}.py".encode("utf-8", "replace"))) and parts.number + 1 == migration.leading
    }
    return before.pop() if len(before) == 1 and migration.leading > 1 else preferred


def _renaming_label(migration: Migration, renamed: Mapping[str, str], preferred: str) -> str | None:
    """The label under which the file names what was renamed: the directory's if it names anything under it; None when
    it names nothing of it."""
    every = (*migration.dependencies, *migration.replaces, *migration.run_before)
    if preferred in {label for label, _ in every}:
        return preferred
    labels = sorted({label for label, name in every if name in renamed} - DJANGOS_OWN)
    if len(labels) > 1:
        raise InputError(
            f"{show_path(migration.file)} names one migration under {' and '.join(labels)}",
            hint=f"an app's label is taken from its directory, which is {preferred or 'not known'} here",
        )
    return labels[0] if labels else None
