"""Alembic lineages tried with the real Alembic."""

from pathlib import Path

import pytest

from support.postgres import TestServer
from support.trials import Lines

HEAD = "from alembic import op\nimport sqlalchemy as sa\n\n"


def revision(key: str, parent: str | None, up: str, down: str = "pass") -> str:
    return (
        f'"""{key}"""\n{HEAD}revision = "{key}"\ndown_revision = {parent!r}\n\n\n'
        f"def upgrade():\n    {up}\n\n\ndef downgrade():\n    {down}\n"
    )


USERS = 'op.create_table("users", sa.Column("id", sa.Integer, primary_key=True), sa.Column("email", sa.Text))'


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    found = Lines(tmp_path / "tree", style="alembic")
    found.write(**{"0001_users.py": revision("0001", None, USERS, 'op.drop_table("users")')})
    return found


def test_a_sound_revision_passes_and_is_taken_back(lines: Lines, postgres: TestServer) -> None:
    add = 'op.add_column("users", sa.Column("name", sa.Text))'
    lines.write(**{"0002_name.py": revision("0002", "0001", add, 'op.drop_column("users", "name")')})
    lines.settings["dialect"] = "postgres"

    report = lines.attempt(["0001"], ["0002"], back=["0002"], database=postgres.url)

    assert report == ""
