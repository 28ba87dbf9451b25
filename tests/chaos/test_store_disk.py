"""Disks that are full or read-only: one line, nothing lost, and it works again when there is room."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agentgrid.store.inspection import find_state_faults
from support.stores import contents, leave_log, make_state, put_contents, run_program, state_directory

TELL = """
def tell(act):
    try:
        print(act())
    except AgentGridError as error:
        print(type(error).__name__, error.message.count("\\n"), error.message, error.hint, sep="|")
"""
LIMIT = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
"""
# root passes by the modes of files and directories.
AS_SOMEBODY = """
import encodings.ascii, psutil, sqlite3
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.getuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount; a limit on file sizes stands for it in other tests")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"mounting isn't allowed here: {mounted.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", place], check=True)


def fill(place: Path) -> Path:
    """Takes the room that is left."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(4096))
        except OSError:
            return filler


def test_a_full_disk_is_told_and_nothing_is_lost(disk: Path) -> None:
    directory = state_directory(disk)
    make_state(directory)
    filler = fill(disk)

    told = run_program(directory, TELL + "tell(happen); tell(happen)")
    assert (
        told.splitlines()
        == [f"StoreError|0|the disk is full: {directory}/state.db can't be written|free some space: df -h {directory}"]
        * 2
    )
    assert [fault[0] for fault in find_state_faults(disk)] == [
        f"the disk is full: {directory}/state.db can't be written"
    ]
    filler.unlink()
    assert run_program(directory, "print(count(), happen())") == "3 4\n"


def test_a_disk_that_fills_up_between_two_transactions_keeps_the_first(disk: Path) -> None:
    directory = state_directory(disk)
    told = run_program(directory, TELL + "tell(lambda: happen('x' * 20_000))\n" * 120 + "print(count())")

    lines = told.splitlines()
    done = [line for line in lines[:-1] if line.isdecimal()]
    assert {line.split("|")[2] for line in lines if "|" in line} == {
        f"the disk is full: {directory}/state.db can't be written"
    }
    assert lines[-1] == done[-1] == str(len(done))
    assert run_program(directory, "print(count())") == f"{len(done)}\n"


def test_a_state_is_not_begun_on_a_full_disk(disk: Path) -> None:
    directory = state_directory(disk)
    filler = fill(disk)
    os.truncate(filler, filler.stat().st_size - 32768)

    assert "the disk is full" in run_program(directory, TELL + "tell(happen)")
    assert not {name for name in os.listdir(directory) if name.startswith("state.db")}
    filler.unlink()
    assert run_program(directory, "print(happen())") == "1\n"


def test_a_limit_on_file_sizes_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    directory = state_directory(tmp_path)
    make_state(directory)
    program = TELL + LIMIT + "limit(200_000)\n" + "tell(lambda: happen('x' * 30_000))\n" * 12

    lines = run_program(directory, program).splitlines()

    done, failed = [line for line in lines if line.isdecimal()], [line for line in lines if "|" in line]
    assert len(done) + len(failed) == 12
    assert done
    assert failed
    for line in failed:
        name, breaks, message, hint = line.split("|")
        assert (name, breaks) == ("StoreError", "0")
        assert message.startswith((f"{directory}/state.db can't be read or written", "the disk is full"))
        assert str(directory) in hint
    assert run_program(directory, "print(count(), happen())") == f"{done[-1]} {int(done[-1]) + 1}\n"


def test_a_state_is_not_begun_where_no_file_may_grow(tmp_path: Path) -> None:
    directory = state_directory(tmp_path)

    assert run_program(directory, TELL + LIMIT + "limit(20_000)\ntell(happen)").startswith("StoreError|0|")
    assert not {name for name in os.listdir(directory) if name.startswith("state.db")}
    assert run_program(directory, "print(happen())") == "1\n"


def test_a_read_only_file_system_can_be_read_and_says_why_not_written(disk: Path) -> None:
    directory = state_directory(disk)
    make_state(directory)
    before = contents(directory)

    with read_only(disk):
        told = run_program(directory, TELL + "tell(count); tell(happen)").splitlines()
        faults = find_state_faults(disk)
    assert told == [
        "3",
        f"StoreError|0|the state in {directory} can't be used: Read-only file system|see: ls -la {directory}",
    ]
    assert [message for message, _ in faults] == [f"{directory} is on a read-only file system"]
    assert contents(directory) == before


def test_a_log_on_a_read_only_file_system_is_read_where_its_index_is_there(disk: Path) -> None:
    directory = state_directory(disk)
    leave_log(directory)
    with read_only(disk):
        assert run_program(directory, "print(count())") == "3\n"

    (directory / "state.db-shm").unlink()
    before = contents(directory)
    with read_only(disk):
        told = run_program(directory, TELL + "tell(count)")
    assert told.startswith(
        f"StoreError|0|{directory}/state.db has a log that can't be read on a read-only file system|mount it writable"
    )
    assert contents(directory) == before
    assert run_program(directory, "print(count())") == "3\n"


def test_nothing_is_begun_on_a_read_only_file_system(disk: Path) -> None:
    with read_only(disk):
        told = run_program(state_directory(disk), TELL + "tell(count); tell(happen)").splitlines()

    assert told[0] == "0"
    assert told[1].startswith(
        f"StoreError|0|the state in {state_directory(disk)} can't be used: Read-only file system|"
    )


@pytest.fixture
def shared_place() -> Iterator[Path]:
    """A directory that another user can get to; pytest's own are closed."""
    place = Path(tempfile.mkdtemp(prefix="agentgrid-test-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        for each in [place, *place.rglob("*")]:
            each.chmod(0o755)
        shutil.rmtree(place)


@pytest.mark.parametrize("closed", ["directory", "file", "both"])
def test_files_that_may_not_be_written_are_told_and_stay_as_they_are(shared_place: Path, closed: str) -> None:
    directory = state_directory(shared_place)
    path = make_state(directory)
    before = contents(directory)
    _allow_all(directory)
    if closed in {"file", "both"}:
        path.chmod(0o444)
    if closed in {"directory", "both"}:
        directory.chmod(0o555)

    told = run_program(directory, AS_SOMEBODY + TELL + "tell(happen)")

    assert told.startswith("StoreError|0|")
    assert "locked" not in told
    assert str(directory) in told
    directory.chmod(0o755)
    assert contents(directory) == before


def test_a_file_that_may_not_be_read_is_told(shared_place: Path) -> None:
    directory = state_directory(shared_place)
    path = make_state(directory)
    _allow_all(directory)
    path.chmod(0o000)

    told = run_program(directory, AS_SOMEBODY + TELL + "tell(count)")

    assert told.startswith(f"StoreError|0|{path} can't be opened or written: unable to open database file|see: ls -la ")


def test_a_state_brought_back_from_a_backup_goes_on(tmp_path: Path) -> None:
    """What the hints say works: both files of one backup, or the database without the log."""
    directory = state_directory(tmp_path)
    make_state(directory)
    leave_log(directory)
    backup = contents(directory)
    run_program(directory, "happen()")
    leave_log(directory)
    (directory / "state.db").write_bytes(backup["state.db"])
    assert find_state_faults(tmp_path)
    put_contents(directory, backup)
    assert run_program(directory, "print(count(), happen())") == "6 7\n"

    leave_log(directory)
    (directory / "state.db").write_bytes(backup["state.db"])
    [(_, hint)] = find_state_faults(tmp_path)
    subprocess.run(hint.split("without the log: ")[1], shell=True, check=True)
    assert run_program(directory, "print(count())") == "3\n"


def _allow_all(directory: Path) -> None:
    for each in [directory, *directory.parents[:2]]:
        each.chmod(0o777)
    for each in directory.iterdir():
        each.chmod(0o666)
