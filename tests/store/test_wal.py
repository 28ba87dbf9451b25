"""Which database a write-ahead log belongs to, told from their bytes."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agentgrid.store import wal
from agentgrid.store.inspection import find_state_faults
from agentgrid.store.wal import DAMAGED, FOREIGN, TRUNCATED, find_wal_fault
from support.stores import DIE, leave_log, make_state, run_program, start_program, state_directory

PAGE, FRAME = 4096, 24


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    directory = state_directory(tmp_path)
    make_state(directory)
    return directory


def frames_of(log: bytes) -> list[tuple[bytes, bytes]]:
    """(frame header, page) of every frame, those of earlier rounds too."""
    return [(log[at : at + FRAME], log[at + FRAME : at + FRAME + PAGE]) for at in range(32, len(log), FRAME + PAGE)]


def links_of(log: bytes, *, of_this_round: bool) -> list[tuple[int, int]]:
    """(stamp before, stamp) of each version of the first page."""
    return [
        (int.from_bytes(page[68:72], "big", signed=True), int.from_bytes(page[60:64], "big", signed=True))
        for header, page in frames_of(log)
        if header[:4] == b"\0\0\0\1" and (header[8:16] == log[16:24]) == of_this_round
    ]


def fault(log: Path, stamp: int, *, there: int = 0, is_short: bool = False) -> str:
    return find_wal_fault(str(log), stamp, there, is_short=is_short)


def test_a_database_belongs_when_its_stamp_is_on_the_chain(directory: Path) -> None:
    log = leave_log(directory)
    links = links_of(log.read_bytes(), of_this_round=True)

    assert len(links) == 3
    assert [after for _, after in links[:-1]] == [before for before, _ in links[1:]]
    assert [fault(log, stamp) for stamp in {each for link in links for each in link}] == [""] * 4
    assert fault(log, links[0][0] ^ 1) == FOREIGN


def test_stamps_of_an_earlier_round_of_the_log_count_no_more(directory: Path) -> None:
    """The log is begun anew from its start; what is left behind it was moved into the database long ago."""
    process = start_program(directory, "for _ in range(400): happen('x' * 8000)\nfor _ in range(3): happen()" + DIE)
    process.communicate()
    log = directory / "state.db-wal"
    old, new = (links_of(log.read_bytes(), of_this_round=this) for this in (False, True))
    stamps = {each for link in new for each in link}

    assert new
    assert len(old) > 3
    assert {fault(log, stamp) for stamp in stamps} == {""}
    assert {fault(log, stamp) for _, stamp in old if stamp not in stamps} == {FOREIGN}
    assert run_program(directory, "print(count())") == "406\n"


def test_a_first_page_that_was_moved_early_counts_pages_that_are_in_the_log(directory: Path) -> None:
    """Stopped after one page of a checkpoint that went no further than the middle of the log."""
    path = directory / "state.db"
    there = path.stat().st_size // PAGE
    log = leave_log(directory, events=100)
    [early, *_] = [
        page
        for header, page in frames_of(log.read_bytes())
        if header[:4] == b"\0\0\0\1" and int.from_bytes(page[28:32], "big") > there
    ]
    stamp = int.from_bytes(early[60:64], "big", signed=True)
    with path.open("r+b") as stream:
        stream.write(early)

    assert fault(log, stamp, there=there, is_short=True) == ""
    assert fault(log, stamp, there=there - 1, is_short=True) == TRUNCATED
    assert find_state_faults(directory.parents[1]) == []
    assert run_program(directory, "print(count(), happen())") == "103 104\n"


def test_a_database_that_ends_too_early_is_whole_when_the_log_has_the_rest(directory: Path) -> None:
    log = leave_log(directory, events=100)
    content = log.read_bytes()
    [(stamp, _), *_] = links_of(content, of_this_round=True)
    headers = [header for header, _ in frames_of(content)]
    in_log = {int.from_bytes(header[:4], "big") for header in headers}
    there = pages = int.from_bytes(headers[-1][4:8], "big")
    while there in in_log:
        there -= 1

    assert there < pages
    assert fault(log, stamp, there=there, is_short=True) == ""
    assert fault(log, stamp, there=there - 1, is_short=True) == TRUNCATED


def test_a_log_that_was_never_written_belongs_to_every_database(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert [fault(log, 7), fault(log, 7, there=3, is_short=True)] == ["", TRUNCATED]
    for content in (b"", b"\x37", bytes(32), bytes(9000)):
        log.write_bytes(content)
        assert [fault(log, 7), fault(log, 7, there=3, is_short=True)] == ["", TRUNCATED]


@pytest.mark.parametrize("at", [0, 3, 4, 8, 11, 12, 16, 20, 23, 24, 31])
def test_a_changed_header_is_damage_whatever_byte_it_is(directory: Path, at: int) -> None:
    log = leave_log(directory)
    content = bytearray(log.read_bytes())
    [(stamp, _), *_] = links_of(bytes(content), of_this_round=True)
    content[at] ^= 0x10
    log.write_bytes(content)

    assert fault(log, stamp) == DAMAGED


def test_a_log_that_ends_in_the_middle_of_a_frame_is_as_after_a_crash(directory: Path) -> None:
    log = leave_log(directory)
    content = log.read_bytes()
    [(stamp, _), *_] = links_of(content, of_this_round=True)
    for size in (33, 32 + FRAME, 32 + FRAME + 100, len(content) - 1):
        log.write_bytes(content[:size])
        assert fault(log, stamp) == ""


def test_somebody_elses_write_keeps_the_chain(directory: Path) -> None:
    """`sqlite3 state.db` leaves no stamp, and is no reason to refuse."""
    leave_log(directory)
    program = "import sqlite3, os, sys; c = sqlite3.connect(sys.argv[1]); c.execute('CREATE TABLE x (a)'); os._exit(0)"
    subprocess.run([sys.executable, "-c", program, directory / "state.db"], check=True)

    assert find_state_faults(directory.parents[1]) == []
    assert run_program(directory, "print(count(), happen())") == "6 7\n"


def test_vacuum_keeps_the_stamps(directory: Path) -> None:
    connection = sqlite3.connect(directory / "state.db", isolation_level=None)
    connection.execute("VACUUM")
    connection.close()
    leave_log(directory)

    assert run_program(directory, "print(count(), happen())") == "6 7\n"


def test_it_imports_nothing(directory: Path) -> None:
    """Hooks read the state in an interpreter without site."""
    source = wal.__file__.rsplit("/agentgrid/", 1)[0]
    program = (
        f"import sys; sys.path.insert(0, {source!r}); before = set(sys.modules); import agentgrid.store.wal as wal\n"
        "wal.find_wal_fault('/nowhere', 0, 0, is_short=False); print(sorted(set(sys.modules) - before))"
    )
    told = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout == "['agentgrid', 'agentgrid.store', 'agentgrid.store.wal']\n"
