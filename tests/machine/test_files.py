"""Files are replaced whole, and what a killed writer leaves is out of people's sight."""

import os
import time
from pathlib import Path

import pytest

from agentgrid.machine.files import TEMPORARY_PREFIX, sweep_staging, write_atomically


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


def test_only_what_was_left_long_ago_is_swept(tmp_path: Path) -> None:
    old, young, other = (tmp_path / name for name in (f"{TEMPORARY_PREFIX}a", f"{TEMPORARY_PREFIX}b", "kept"))
    for path in (old, young, other):
        path.touch()
    two_days_ago = time.time() - 2 * 86400
    os.utime(old, (two_days_ago, two_days_ago))
    os.utime(other, (two_days_ago, two_days_ago))

    sweep_staging(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([young.name, other.name])
