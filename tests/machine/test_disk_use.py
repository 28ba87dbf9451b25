"""What a directory takes on disk."""

import os
from pathlib import Path

import pytest

from agentgrid.machine.disk_use import DiskUse, DiskWalk, measure_disk

SIZE = 1_000_000


@pytest.fixture
def top(tmp_path: Path) -> Path:
    (tmp_path / "tree/deep/er").mkdir(parents=True)
    (tmp_path / "tree/one").write_bytes(b"x" * SIZE)
    (tmp_path / "tree/deep/er/two").write_bytes(b"x" * SIZE)
    return tmp_path / "tree"


def used(top: Path) -> int:
    found = measure_disk(str(top), within_s=30)
    assert found.is_whole
    return found.used_bytes


def test_files_at_any_depth_count(top: Path) -> None:
    assert used(top) == pytest.approx(2 * SIZE, rel=0.1)


def test_a_hard_link_counts_once(top: Path) -> None:
    before = used(top)
    os.link(top / "one", top / "deep/again")

    assert used(top) == before


def test_what_is_behind_a_link_does_not_count(top: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/big").write_bytes(b"x" * 5 * SIZE)
    (top / "link").symlink_to(tmp_path / "elsewhere")
    (top / "broken").symlink_to("nowhere")

    assert used(top) < 3 * SIZE


def test_a_file_with_holes_counts_as_what_is_there(top: Path) -> None:
    before = used(top)
    with (top / "sparse").open("wb") as stream:
        stream.truncate(50 * SIZE)

    assert used(top) < before + SIZE


def test_it_goes_on_where_it_stopped(top: Path) -> None:
    for number in range(50):
        (top / f"folder-{number}").mkdir()
        (top / f"folder-{number}/file").write_bytes(b"x" * 10_000)
    walk = DiskWalk(str(top))

    first = walk.go_on(0)
    while not (last := walk.go_on(0)).is_whole:
        pass

    assert not first.is_whole
    assert first.used_bytes < last.used_bytes == used(top)


def test_a_directory_that_has_gone_takes_nothing(tmp_path: Path) -> None:
    assert measure_disk(str(tmp_path / "gone"), within_s=1) == DiskUse(0, is_whole=True)


def test_a_directory_that_may_not_be_read_is_passed_over(top: Path) -> None:
    (top / "deep").chmod(0)
    try:
        assert used(top) >= SIZE
    finally:
        (top / "deep").chmod(0o755)
