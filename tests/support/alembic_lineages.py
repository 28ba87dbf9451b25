"""Lineages of Alembic revisions, in memory and with the real tool on SQLite."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import alembic as found

from support.lineages import Files

TEMPLATE = '''"""{title}

Revision ID: {id}
Revises: {told}
Create Date: 2026-11-26 10:15:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = {id!r}
down_revision: Union[str, Sequence[str], None] = {follows!r}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = {depends!r}


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table("{table}", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_table("{table}")
'''


def revision(
    id_: str,
    follows: str | tuple[str, ...] | None,
    *,
    table: str | None = None,
    depends: str | tuple[str, ...] | None = None,
) -> bytes:
    """A file as `alembic revision` writes it, which makes a table."""
    told = follows if isinstance(follows, str) else ", ".join(follows or ())
    name = table or f"t_{id_}"
    return TEMPLATE.format(
        title=f"Add {name}", id=id_, told=told, follows=follows, depends=depends, table=name
    ).encode()  # fmt: skip


def chain_files(*ids: str, names: str = "{}_add.py") -> Files:
    """A chain of revisions, each after the one before it."""
    return {
        names.format(id_).encode(): revision(id_, before)
        for id_, before in zip(ids, (None, *ids[:-1]), strict=True)
    }  # fmt: skip


ENV = """from alembic import context
from sqlalchemy import Column, Integer, MetaData, Table, create_engine

metadata = MetaData()
for name in {tables!r}:
    Table(name, metadata, Column("id", Integer, primary_key=True))
with create_engine("sqlite:///{database}").connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
"""


def make_environment(place: Path, files: Mapping[bytes, bytes], tables: list[str]) -> Path:
    """An Alembic environment with these revisions; its models have `tables`."""
    (place / "alembic" / "versions").mkdir(parents=True)
    (place / "alembic.ini").write_text(
        "[alembic]\nscript_location = %(here)s/alembic\npath_separator = os\nrecursive_version_locations = true\n"
    )
    template = Path(found.__file__).parent / "templates" / "generic" / "script.py.mako"
    shutil.copy(template, place / "alembic")
    (place / "alembic" / "env.py").write_text(ENV.format(tables=tables, database=place / "app.db"))
    for name, content in files.items():
        file = place / "alembic" / "versions" / name.decode()
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    return place


def alembic(place: Path, *arguments: str) -> str:
    """What Alembic answers; everything that it warns of is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-m", "alembic", *arguments],
        cwd=place, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()
