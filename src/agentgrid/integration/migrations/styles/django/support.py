"""Files beside an app's migrations that have to say the same: `max_migration.txt`. Pure.

Source: django-linear-migrations, `check_max_migration_files`: the file names the last migration, alone on its line.
"""

from collections.abc import Iterable, Mapping

from agentgrid.boundaries.migrations.lineages import NEWEST_FILE
from agentgrid.integration.migrations.styles.django.lineage import find_label, leaves_of, read_migrations
from agentgrid.integration.migrations.styles.django.migration import Migration, label_of_path


def name_last(migrations: Iterable[Migration], label: str | None) -> bytes:
    """What `max_migration.txt` says of an app that has these migrations."""
    leaves = leaves_of(migrations, label)
    return b"".join(each.encode("utf-8", "surrogateescape") + b"\n" for each in leaves[-1:])


def support_while_waiting(files: Mapping[bytes, bytes], lineage_path: str) -> dict[bytes, bytes]:
    """The file as it has to be in a branch where migrations wait: Django runs them there, as the last ones. Empty when
    the app has no such file."""
    if NEWEST_FILE not in files:
        return {}
    found = read_migrations(files)
    label = find_label(found, label_of_path(lineage_path))
    return {NEWEST_FILE: name_last(found, label)}
