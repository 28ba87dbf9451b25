"""Which Python runs a lineage's tool."""

import os
import sys
from pathlib import Path

import pytest

from agentgrid.errors import OutsideError
from agentgrid.integration.migrations.trying.interpreters import find_interpreter
from support.postgres import TestServer
from support.trials import Lines

FIRST = 'revision = "1"\ndown_revision = None\n\n\ndef upgrade():\n    pass\n'


def program(path: Path, has: str, *, code: int = 0) -> Path:
    """Something that answers as an interpreter does which has the modules `has` (JSON)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{has}'\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    (tmp_path / "tree").mkdir()
    return Lines(tmp_path / "tree", style="alembic").write(**{"1_a.py": FIRST})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "main"


def found(lines: Lines, root: Path, tmp_path: Path) -> tuple[str, str | None]:
    told = find_interpreter(lines.trial([], ["1"], root=root), "alembic", tmp_path)
    return told.program, told.driver


def test_the_one_that_the_grid_names_comes_first_in_the_tree_then_in_the_main_worktree(
    lines: Lines, root: Path, tmp_path: Path
) -> None:
    lines.settings["python"] = "env/python"
    program(root / ".venv/bin/python", '["alembic"]')
    in_main = program(root / "env/python", '["alembic", "psycopg2"]')
    assert found(lines, root, tmp_path) == (str(in_main), "psycopg2")

    in_tree = program(lines.tree / "env/python", '["alembic"]')
    assert found(lines, root, tmp_path) == (str(in_tree), None)


def test_else_the_repositorys_own(lines: Lines, root: Path, tmp_path: Path) -> None:
    own = program(root / ".venv/bin/python", '["alembic", "psycopg", "psycopg2"]')

    assert found(lines, root, tmp_path) == (str(own), "psycopg")


@pytest.mark.parametrize(("has", "code"), [("[]", 0), ('["alembic"]', 1), ("no JSON", 0)])
def test_one_without_it_is_passed_over(lines: Lines, root: Path, tmp_path: Path, has: str, code: int) -> None:
    program(root / ".venv/bin/python", has, code=code)

    assert found(lines, root, tmp_path)[0] == sys.executable


def test_without_any_those_that_were_asked_and_the_key_are_named(
    lines: Lines, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines.settings["python"] = "env/python"
    monkeypatch.setattr(sys, "executable", str(program(tmp_path / "own/python", "[]")))
    on_path = program(tmp_path / "bin/python3", "[]")
    monkeypatch.setenv("PATH", f"{on_path.parent}{os.pathsep}/bin")

    with pytest.raises(OutsideError) as raised:
        lines.attempt([], ["1"], root=root)

    told = str(raised.value)
    for each in (lines.tree / "env/python", root / "env/python", tmp_path / "own/python", on_path):
        assert str(each) in told
    assert "`migrations.main.python`" in str(raised.value.hint)


def test_one_without_a_driver_for_postgresql_is_told(
    lines: Lines, root: Path, postgres: TestServer, tmp_path: Path
) -> None:
    lines.settings |= {"python": str(program(tmp_path / "python", '["alembic"]')), "dialect": "postgres"}

    with pytest.raises(OutsideError, match="has no driver for PostgreSQL") as raised:
        lines.attempt([], ["1"], database=postgres.url)

    assert "psycopg" in str(raised.value.hint)
    assert postgres.databases() == []


def test_one_that_breaks_off_is_told_with_its_last_words(lines: Lines, tmp_path: Path) -> None:
    lines.settings["python"] = str(program(tmp_path / "python", '["alembic"]'))

    with pytest.raises(OutsideError, match=r'ended with 0 while trying the lineage main on SQLite: \["alembic"\]'):
        lines.attempt([], ["1"])


def test_one_that_takes_too_long_is_ended(lines: Lines) -> None:
    lines.write(**{"1_a.py": f"import time\n{FIRST}    time.sleep(600)\n"})

    with pytest.raises(OutsideError, match="took longer than 2 s"):
        lines.attempt([], ["1"], timeout_s=2.0)
