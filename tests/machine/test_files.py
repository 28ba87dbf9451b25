"""Files are replaced whole, and what a killed writer leaves is out of people's sight."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentgrid.machine.files import TEMPORARY_PREFIX, sweep_temporaries, write_atomically

WRITER = """
import os, sys
from pathlib import Path
from agentgrid.machine.files import write_atomically

replace = os.replace

def wait_and_replace(source, target):
    print("written", flush=True)
    sys.stdin.read()
    replace(source, target)

os.replace = wait_and_replace
write_atomically(Path(sys.argv[1]), b"text")
"""


def test_a_file_is_written_in_the_staging_directory_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    replace = os.replace

    def watched(source: str, target: Path) -> None:
        seen.append((os.path.dirname(source), str(target)))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watched)
    write_atomically(tmp_path / "work" / "note.md", b"text", staging=tmp_path / "staging")

    assert seen == [(str(tmp_path / "staging"), str(tmp_path / "work" / "note.md"))]
    assert (tmp_path / "work" / "note.md").read_bytes() == b"text"
    assert os.listdir(tmp_path / "work") == ["note.md"]


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "note.md").write_bytes(b"old")

    def refuse(_source: str, _target: Path) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="full"):
        write_atomically(tmp_path / "note.md", b"new")

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"note.md": b"old"}


def test_what_killed_writers_left_is_swept_and_a_live_writers_file_stays(tmp_path: Path) -> None:
    dead, live = (start_writer(tmp_path, name) for name in ("dead", "live"))
    dead.kill()
    dead.communicate()
    (tmp_path / "kept").touch()
    (tmp_path / f"{TEMPORARY_PREFIX}directory").mkdir()
    assert len(list(tmp_path.iterdir())) == 4

    sweep_temporaries([tmp_path, tmp_path / "nowhere"])

    assert len(list(tmp_path.iterdir())) == 3
    live.communicate(b"go on")
    assert live.returncode == 0
    assert sorted(os.listdir(tmp_path)) == [f"{TEMPORARY_PREFIX}directory", "kept", "live"]
    assert (tmp_path / "live").read_bytes() == b"text"


def test_a_file_that_is_swept_before_its_writer_has_locked_it_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock
    swept: list[int] = []

    def swept_first(handle: int, how: int) -> None:
        if not swept:
            swept.append(how)
            sweep_temporaries([tmp_path])
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", swept_first)
    write_atomically(tmp_path / "note.md", b"text")

    assert swept
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"note.md": b"text"}


def start_writer(place: Path, name: str) -> subprocess.Popen[bytes]:
    """A process that is about to put its file in place, and waits for a line."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, name], cwd=place, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"written\n"
    return process
