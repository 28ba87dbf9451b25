"""Trials that are interrupted or killed: nothing of them runs on, and no database stays."""

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from support.postgres import TestServer
from support.trials import Lines

PROGRAM = """
import sys
from pathlib import Path
from support.trials import Lines
tree, url, style, seen = sys.argv[1:]
names = {"sql": "0001_a.sql", "alembic": "1", "django": "0001_a"}
path = "a/migrations" if style == "django" else "db/migrations"
lines = Lines(Path(tree), style=style, dialect="postgres", path=path)
lines.attempt([], [names[style]], database=url)
"""
SQL = "CREATE TABLE a (id int);\nSELECT pg_sleep(600);\n"
MARK = "import pathlib, time\npathlib.Path({seen!r}).touch()\ntime.sleep(600)\n"
TABLE = 'migrations.CreateModel("A", fields=[])'


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """Appears when a migration runs that takes forever."""
    return tmp_path / "seen"


@pytest.fixture
def lines(tmp_path: Path, seen: Path) -> Lines:
    """One lineage of each style, whose only migration takes forever."""
    found = Lines(tmp_path / "tree", dialect="postgres").write(_0001_a=SQL)
    code = "\n".join(f"    {line}" for line in MARK.format(seen=str(seen)).splitlines())
    found.write(**{"1_a.py": f'revision = "1"\ndown_revision = None\n\n\ndef upgrade():\n{code}\n'})
    place = "a/migrations"
    found.write_file(f"{place}/__init__.py", "")
    found.write_file(
        f"{place}/0001_a.py",
        f"from django.db import migrations\n\n\ndef wait(*_):\n{code}\n\n\nclass Migration(migrations.Migration):\n"
        f"    operations = [migrations.RunPython(wait)]\n",
    )
    return found


def begin(lines: Lines, postgres: TestServer, style: str, seen: Path) -> "subprocess.Popen[str]":
    """A process in the middle of a trial on PostgreSQL."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[3])!r})\n{PROGRAM}"
    process = subprocess.Popen([sys.executable, "-c", code, str(lines.tree), postgres.url, style, str(seen)],
                               stderr=subprocess.PIPE, text=True)  # fmt: skip
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        sleeps = postgres.ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE TABLE a%pg_sleep%'")
        if seen.exists() or sleeps != [(0,)]:
            return process
        time.sleep(0.05)
    pytest.fail(f"it never came to the migration: {process.communicate()[1]}")


def drivers(scratch: Path) -> list[int]:
    """Processes that run a tool for a trial whose files are in `scratch`."""
    return [
        process.pid
        for process in psutil.process_iter(["pid", "cmdline"])
        if any(str(scratch) in word for word in process.info["cmdline"] or ())
    ]


def wait_until_none(scratch: Path, told: str, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not drivers(scratch):
            return
        time.sleep(0.1)
    pytest.fail(f"{told}: {drivers(scratch)}")


@pytest.mark.parametrize("style", ["sql", "alembic", "django"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_trial_that_is_told_to_end_leaves_nothing(
    lines: Lines, postgres: TestServer, style: str, number: signal.Signals, seen: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    process = begin(lines, postgres, style, seen)
    assert len(drivers(scratch)) == (0 if style == "sql" else 1)

    process.send_signal(number)

    assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]
    assert postgres.databases() == []
    assert list(scratch.iterdir()) == []
    wait_until_none(scratch, "a tool runs on", 1.0)


@pytest.mark.parametrize("style", ["sql", "alembic", "django"])
def test_what_a_killed_trial_leaves_is_gone_after_the_next_one(
    lines: Lines, postgres: TestServer, style: str, seen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    process = begin(lines, postgres, style, seen)
    assert len(drivers(scratch)) == (0 if style == "sql" else 1)

    process.kill()
    process.communicate(timeout=60)
    wait_until_none(scratch, "a tool outlives whoever started it")
    assert len(postgres.databases()) == 2
    assert len(list(scratch.iterdir())) == 1

    _wait_for_the_server(postgres)
    Lines(tmp_path / "other", dialect="postgres").write(_1_a="SELECT 1;").attempt(
        [], ["1_a.sql"], database=postgres.url
    )
    assert postgres.databases() == []
    assert list(scratch.iterdir()) == []


def _wait_for_the_server(postgres: TestServer) -> None:
    """It takes a moment to see that nobody is there any more: one statement still runs."""
    postgres.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%'"
                 " AND pid <> pg_backend_pid()")  # fmt: skip
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if postgres.ask("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'agentgrid_scratch_%'") == []:
            return
        time.sleep(0.05)
    pytest.fail("the killed trial's connections are still there")
