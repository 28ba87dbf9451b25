"""Copies appear whole or not at all, never over anything; the data is shared where the file system can."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agentgrid.machine import cloning
from agentgrid.machine.cloning import copy_content, copy_new


def copy(source: Path, target: Path) -> None:
    copy_new(os.fsencode(source), os.fsencode(target), staging=target.parents[1] / "staging")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "there").mkdir()
    return tmp_path / "there"


@pytest.mark.parametrize("content", [b"", b"x", os.urandom(3_000_000)], ids=["empty", "small", "large"])
def test_content_mode_and_times_are_copied(tmp_path: Path, place: Path, content: bytes) -> None:
    source = tmp_path / "source"
    source.write_bytes(content)
    source.chmod(0o640)
    os.utime(source, (1_000_000_000, 1_000_000_000))

    copy(source, place / "copy")

    facts = (place / "copy").stat()
    assert (place / "copy").read_bytes() == content
    assert (facts.st_mode & 0o777, facts.st_mtime) == (0o640, 1_000_000_000)
    assert os.listdir(tmp_path / "staging") == []


@pytest.mark.parametrize("way", ["shared", "kernel", "plain"])
def test_each_way_of_copying_falls_back_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    (tmp_path / "source").write_bytes(b"content" * 1000)
    if way != "shared":
        monkeypatch.setattr(cloning, "_share", lambda _source, _target: False)
    if way == "plain":
        monkeypatch.setattr(cloning, "_copy_in_kernel", lambda _source, _target: False)

    with (tmp_path / "source").open("rb") as source, (tmp_path / "copy").open("wb") as target:
        taken = copy_content(source.fileno(), target.fileno())

    assert (tmp_path / "copy").read_bytes() == b"content" * 1000
    assert way in {taken, "shared"} or not hasattr(os, "copy_file_range")


def test_a_file_that_the_kernel_makes_up_is_copied(place: Path) -> None:
    made_up = Path("/proc/version")
    if not made_up.exists():
        pytest.skip("no /proc here")
    copy(made_up, place / "copy")
    assert (place / "copy").read_bytes() == made_up.read_bytes()


@pytest.mark.parametrize("there", ["file", "directory", "dangling link"])
def test_what_has_the_name_already_stays(tmp_path: Path, place: Path, there: str) -> None:
    (tmp_path / "source").write_text("new")
    target = place / "copy"
    if there == "file":
        target.write_text("old")
    elif there == "directory":
        target.mkdir()
    else:
        target.symlink_to("nowhere")

    with pytest.raises(FileExistsError):
        copy(tmp_path / "source", target)

    assert target.is_symlink() == (there == "dangling link")
    assert there != "file" or target.read_text() == "old"
    assert not (place / "nowhere").exists()


def test_without_hard_links_nothing_is_overwritten_either(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(1, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "source").write_text("new")
    copy(tmp_path / "source", place / "copy")
    with pytest.raises(FileExistsError):
        copy(tmp_path / "source", place / "copy")
    assert (place / "copy").read_text() == "new"


def test_a_link_is_copied_as_a_link(tmp_path: Path, place: Path) -> None:
    (tmp_path / "source").symlink_to("elsewhere")
    copy(tmp_path / "source", place / "copy")
    assert os.readlink(place / "copy") == "elsewhere"


def test_where_the_file_system_can_the_data_is_shared(tmp_path: Path) -> None:
    """On btrfs, XFS and the like: `cp --reflink=always` is asked whether it can."""
    (tmp_path / "source").write_bytes(os.urandom(100_000))
    can = shutil.which("cp") and subprocess.run(
        ["cp", "--reflink=always", tmp_path / "source", tmp_path / "probe"], capture_output=True, check=False
    )
    if not can or can.returncode != 0:
        pytest.skip("this file system doesn't share data")
    with (tmp_path / "source").open("rb") as source, (tmp_path / "copy").open("wb") as target:
        assert copy_content(source.fileno(), target.fileno()) == "shared"
