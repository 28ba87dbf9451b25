"""The style of a lineage, by the name that the configuration has for it."""

from collections.abc import Mapping

from agentgrid.errors import InputError
from agentgrid.integration.migrations.styles.chain import Style

STYLES = ("sql", "sql-timestamp", "alembic", "django")


def style_for(name: str) -> Style:
    """The style called `name` (one of STYLES). Raises InputError for any other name."""
    if name == "sql":
        from agentgrid.integration.migrations.styles.sql.numbered import NumberedSql

        return NumberedSql()
    if name == "sql-timestamp":
        from agentgrid.integration.migrations.styles.sql.stamped import StampedSql

        return StampedSql()
    if name == "alembic":
        from agentgrid.integration.migrations.styles.alembic.revisions import AlembicRevisions

        return AlembicRevisions()
    if name == "django":
        from agentgrid.integration.migrations.styles.django.migrations import DjangoMigrations

        return DjangoMigrations()
    raise InputError(f"{name} is no style of migrations", hint=f"accepted: {', '.join(STYLES)}")


def support_while_waiting(name: str, files: Mapping[bytes, bytes], lineage_path: str) -> dict[bytes, bytes]:
    """Support files (`max_migration.txt`) as they have to be in a branch whose lineage has `files`, waiting ones among
    them; those alone that there are. Once migrations are placed, `Placement.write` has them."""
    if name != "django":
        return {}
    from agentgrid.integration.migrations.styles.django.support import support_while_waiting as django_support

    return django_support(files, lineage_path)
