"""Scratch directories: private, gone afterwards, and taken away when their process was killed."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from agentgrid.store.scratch.directory import PREFIX, scratch_directory

WAIT = """
import sys, time
from agentgrid.store.scratch.directory import scratch_directory
with scratch_directory() as place:
    (place / "blank.db").touch()
    print(place, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def wait_in_one() -> tuple["subprocess.Popen[str]", Path]:
    process = subprocess.Popen([sys.executable, "-c", WAIT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_it_is_private_and_gone_afterwards(place: Path) -> None:
    with scratch_directory() as scratch:
        assert (scratch.stat().st_mode & 0o777, scratch.parent) == (0o700, place)
        (scratch / "x").touch()
    assert list(place.iterdir()) == []


def test_a_killed_processs_is_taken_away_and_a_living_ones_is_not() -> None:
    (dead, left), (alive, used) = wait_in_one(), wait_in_one()
    dead.kill()
    dead.communicate(timeout=60)
    assert left.exists()

    with scratch_directory():
        assert (left.exists(), used.exists()) == (False, True)

    alive.send_signal(signal.SIGINT)
    alive.communicate(timeout=60)
    assert not used.exists()


def test_what_else_has_such_a_name_stays(place: Path) -> None:
    (place / f"{PREFIX}file").touch()
    (place / f"{PREFIX}empty").mkdir()
    (place / f"{PREFIX}link").symlink_to(place)

    with scratch_directory():
        pass

    assert len(list(place.iterdir())) == 3
