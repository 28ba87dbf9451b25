"""Whatever happened to the files: one line that says what to do, and every byte stays what it was."""

import os
import random
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgrid.errors import StoreBusy, StoreError
from agentgrid.store import connections
from agentgrid.store.events import last_number, read_events, record_event
from agentgrid.store.inspection import find_state_faults
from agentgrid.store.sqlite import SqliteStore
from agentgrid.store.wal import FOREIGN, find_wal_fault
from support.stores import contents, leave_log, make_state, put_contents, run_program, state_directory

PAGE = 4096


def cut(path: Path, size: int) -> None:
    os.truncate(path, size)


def overwrite(path: Path, offset: int, length: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(offset)
        stream.write(random.Random(7).randbytes(length))


def change(path: Path, sql: str) -> None:
    """By somebody else's program."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(sql)
    connection.close()


def root_page(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    [page] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.close()
    return int(page)


def remove(directory: Path) -> None:
    (directory / "state.db").unlink()


def remove_also_the_mark(directory: Path) -> None:
    (directory / "state.db").unlink()
    (directory / "created").unlink()


def empty(directory: Path) -> None:
    cut(directory / "state.db", 0)


def halve(directory: Path) -> None:
    cut(directory / "state.db", 10 * PAGE)


def cut_the_last_page(directory: Path) -> None:
    path = directory / "state.db"
    cut(path, path.stat().st_size - 100)


def spoil_the_header(directory: Path) -> None:
    overwrite(directory / "state.db", 0, 100)


def spoil_a_page(directory: Path) -> None:
    path = directory / "state.db"
    overwrite(path, (root_page(path, "events") - 1) * PAGE, 3000)


def spoil_the_version(directory: Path) -> None:
    change(directory / "state.db", "UPDATE meta SET value = 'x' WHERE key = 'version'")


def take_out_a_table(directory: Path) -> None:
    change(directory / "state.db", "DROP TABLE events")


def make_newer(directory: Path) -> None:
    change(directory / "state.db", "UPDATE meta SET value = '99' WHERE key = 'version'")


def leave_a_log(directory: Path) -> None:
    leave_log(directory)


def put_an_older_copy(directory: Path) -> None:
    """A backup beside a log that began later."""
    backup = (directory / "state.db").read_bytes()
    run_program(directory, "happen()")
    leave_log(directory)
    (directory / "state.db").write_bytes(backup)


def put_an_older_log(directory: Path) -> None:
    """A log that was kept, beside a database that has gone on."""
    leave_log(directory)
    log = (directory / "state.db-wal").read_bytes()
    run_program(directory, "happen()")
    (directory / "state.db-wal").write_bytes(log)


def put_a_branched_copy(directory: Path) -> None:
    """A copy that has as many transactions as the original, but others."""
    kept = contents(directory)
    run_program(directory, "happen(); happen()")
    branched = (directory / "state.db").read_bytes()
    put_contents(directory, kept)
    leave_log(directory, events=4)
    (directory / "state.db").write_bytes(branched)


def put_another_database(directory: Path) -> None:
    other = make_state(directory.parent / "other", events=2)
    leave_log(directory)
    os.replace(other, directory / "state.db")


def spoil_the_log(directory: Path) -> None:
    overwrite(leave_log(directory), 0, 32)


def empty_beside_a_log(directory: Path) -> None:
    leave_log(directory)
    empty(directory)


def remove_beside_a_log(directory: Path) -> None:
    leave_log(directory)
    remove_also_the_mark(directory)


def halve_beside_a_log(directory: Path) -> None:
    leave_log(directory)
    halve(directory)


def spoil_a_page_beside_a_log(directory: Path) -> None:
    """Of a table that the log doesn't touch, but every transaction reads."""
    page = root_page(directory / "state.db", "meta")
    leave_log(directory)
    overwrite(directory / "state.db", (page - 1) * PAGE, 3000)


Damage = Callable[[Path], None]
EACH = [
    (remove, "the state .*state.db is gone"),
    (empty, "the state .*state.db was cut to nothing"),
    (halve, "is damaged: it was cut short after 10 pages"),
    (cut_the_last_page, "is damaged: it was cut short after 39 pages"),
    (spoil_the_header, "is damaged: file is not a database"),
    (spoil_a_page, "is damaged: .*malformed"),
    (spoil_the_version, "is damaged: it doesn't say which version it has"),
    (take_out_a_table, "is damaged: no such table: events"),
    (make_newer, r"was written by agentgrid .* \(tables 99\); this is "),
    (put_an_older_copy, "state.db and its log state.db-wal don't belong together: one of them was replaced"),
    (put_an_older_log, "don't belong together"),
    (put_a_branched_copy, "don't belong together"),
    (put_another_database, "don't belong together"),
    (spoil_the_log, "the log .*state.db-wal is damaged: its header is no header"),
    (empty_beside_a_log, "was cut to nothing"),
    (remove_beside_a_log, "is gone"),
    (halve_beside_a_log, "is damaged: it was cut short after 10 pages"),
    (spoil_a_page_beside_a_log, "is damaged: .*malformed"),
]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Of a grid whose common directory is `tmp_path`."""
    directory = state_directory(tmp_path)
    make_state(directory)
    return directory


def read(store: SqliteStore) -> None:
    with store.read() as session:
        read_events(session)


def write(store: SqliteStore) -> None:
    with store.write() as session:
        record_event(session, store.now(), "test.happened", actor="a1", subject="x")


@pytest.mark.parametrize("use", [read, write])
@pytest.mark.parametrize(("damage", "message"), EACH)
def test_damage_is_told_in_one_line_and_nothing_is_discarded(
    directory: Path, damage: Damage, message: str, use: Callable[[SqliteStore], None]
) -> None:
    damage(directory)
    before = contents(directory)

    for _ in range(2):  # nor does it work the second time
        with pytest.raises(StoreError, match=message) as raised:
            use(SqliteStore(directory, deadline_s=2))
        assert not isinstance(raised.value, StoreBusy)
        assert "\n" not in raised.value.message
        assert raised.value.hint
        assert contents(directory) == before


@pytest.mark.parametrize(("damage", "message"), EACH)
def test_the_doctor_finds_the_same_and_changes_nothing(directory: Path, damage: Damage, message: str) -> None:
    damage(directory)
    before = contents(directory)

    [(found, hint)] = find_state_faults(directory.parents[1])

    assert re.search(message.replace(".*malformed", ".*"), found)
    assert "\n" not in found
    assert hint
    assert contents(directory) == before


@pytest.mark.parametrize("prepare", [lambda _: None, leave_a_log])
def test_a_sound_state_has_no_faults_and_is_not_changed_by_looking(directory: Path, prepare: Damage) -> None:
    prepare(directory)
    before = contents(directory)

    assert find_state_faults(directory.parents[1]) == []
    assert contents(directory) == before


def test_a_state_that_is_not_there_has_no_faults(tmp_path: Path) -> None:
    assert find_state_faults(tmp_path) == []
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("damage", "message"), [(empty, "was cut to nothing"), (remove, "is gone")])
def test_damage_that_comes_while_the_store_is_open_is_told_as_well(
    directory: Path, damage: Damage, message: str
) -> None:
    store = SqliteStore(directory)
    write(store)
    damage(directory)
    for use in (read, write):
        with pytest.raises(StoreError, match=message):
            use(store)


def test_damage_in_the_middle_of_a_write_leaves_the_log_as_it_was(directory: Path) -> None:
    """The page is met only after the transaction has begun."""
    page = root_page(directory / "state.db", "notices")
    leave_log(directory)
    overwrite(directory / "state.db", (page - 1) * PAGE, 3000)
    before = contents(directory)

    def write_and_read(store: SqliteStore) -> None:
        with store.write() as session:
            record_event(session, store.now(), "test.happened", actor="a1", subject="x")
            session.run("SELECT * FROM notices")

    store = SqliteStore(directory)
    with pytest.raises(StoreError, match="is damaged"):
        write_and_read(store)
    store.close()

    assert contents(directory)["state.db"] == before["state.db"]
    assert "state.db-wal" in contents(directory)


@pytest.mark.parametrize("use", [read, write])
@pytest.mark.parametrize("times", [1, 2])
def test_what_only_looked_wrong_while_others_were_writing_is_no_damage(
    directory: Path, use: Callable[[SqliteStore], None], times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log is started anew between two looks: looked at again by who has the gate, all is well."""
    real, seen = find_wal_fault, [FOREIGN] * times
    monkeypatch.setattr(connections, "find_wal_fault", lambda *a, **k: seen.pop() if seen else real(*a, **k))

    use(SqliteStore(directory))

    assert seen == []


def test_an_event_whose_text_was_changed_is_told_as_damage(directory: Path) -> None:
    change(directory / "state.db", "UPDATE events SET after_json = '{half' WHERE seq = 2")

    with pytest.raises(StoreError, match="event 2 of the log is damaged"):
        read(SqliteStore(directory))


@pytest.mark.parametrize("moved", [0, 1, 3, 6, 60])
def test_a_log_that_was_moved_in_part_belongs_to_its_database(directory: Path, moved: int) -> None:
    """Killed at any page of a checkpoint: what is there of it in the database is in the log as well."""
    path = directory / "state.db"
    base = path.read_bytes()
    leave_log(directory, events=100)
    newest = _pages_of((directory / "state.db-wal").read_bytes())
    assert max(newest) * PAGE > len(base)  # it has grown: the first page says so before the last one is there
    for number in sorted(newest)[:moved]:
        with path.open("r+b") as stream:
            stream.seek((number - 1) * PAGE)
            stream.write(newest[number])

    assert find_state_faults(directory.parents[1]) == []
    assert run_program(directory, "print(count(), happen())") == "103 104\n"


def _pages_of(log: bytes) -> dict[int, bytes]:
    """Page number → its newest version in the log."""
    frames = range(32, len(log), 24 + PAGE)
    return {int.from_bytes(log[at : at + 4], "big"): log[at + 24 : at + 24 + PAGE] for at in frames}


# Twins: what SQLite does without the guard.


@pytest.mark.parametrize("damage", [put_an_older_copy, put_an_older_log, put_a_branched_copy, put_another_database])
def test_without_the_check_a_foreign_log_would_be_replayed(
    directory: Path, damage: Damage, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(directory)
    before = contents(directory)
    monkeypatch.setattr(connections, "find_wal_fault", lambda *_, **__: "")

    store = SqliteStore(directory)
    with store.write() as session:
        last_number(session)
    store.close()

    assert contents(directory) != before


def test_sqlite_itself_would_drop_the_log_of_an_empty_database(directory: Path) -> None:
    empty_beside_a_log(directory)

    change(directory / "state.db", "CREATE TABLE fresh (x)")

    assert not (directory / "state.db-wal").exists()


def test_sqlite_itself_would_drop_a_log_with_a_spoilt_header(directory: Path) -> None:
    spoil_the_log(directory)
    before = (directory / "state.db-wal").read_bytes()

    change(directory / "state.db", "CREATE TABLE fresh (x)")

    assert not (directory / "state.db-wal").exists()
    assert before
