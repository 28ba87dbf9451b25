"""Sessions of the SQLite store: one moment, one transaction, all or nothing, and safe among threads."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from agentgrid.errors import StoreBusy, StoreError
from agentgrid.store import versions
from agentgrid.store.events import last_number, record_event
from agentgrid.store.places import TABLES_VERSION
from agentgrid.store.session import Session, Store, next_number
from agentgrid.store.sqlite import SqliteStore
from agentgrid.store.tables import TABLES, VERSIONS
from agentgrid.store.versions import latest_version
from support.stores import DIE, contents, leave_log, make_state, run_program, start_program


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "state", deadline_s=20)


def happen(store: Store) -> int:
    with store.write() as session:
        return record_event(session, store.now(), "test.happened", actor="a1", subject="x")


def count(store: Store) -> int:
    with store.read() as session:
        return last_number(session)


def test_it_keeps_the_protocol_that_another_database_will_keep_too(store: SqliteStore) -> None:
    as_protocol: Store = store
    with as_protocol.write() as session:
        inside: Session = session
        assert inside.run("SELECT 1 AS one") == [{"one": 1}]


def test_a_read_before_anything_was_stored_sees_an_empty_state_and_makes_nothing(store: SqliteStore) -> None:
    with store.read() as session:
        assert [session.run(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in TABLES[1:]] == [0] * (
            len(TABLES) - 1
        )

    assert (store.exists, store.directory.exists()) == (False, False)


def test_what_was_written_is_read_by_another_store(store: SqliteStore) -> None:
    assert [happen(store), happen(store)] == [1, 2]

    assert count(SqliteStore(store.directory)) == 2
    assert store.exists


def test_a_read_sees_one_moment_whatever_is_written_meanwhile(store: SqliteStore) -> None:
    happen(store)
    with store.read() as session:
        before = last_number(session)
        happen(SqliteStore(store.directory))
        assert last_number(session) == before == 1
    assert count(store) == 2


@pytest.mark.parametrize("reason", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_in_the_block_undoes_all_of_it(store: SqliteStore, reason: type[BaseException]) -> None:
    def begin_and_fail() -> None:
        with store.write() as session:
            record_event(session, store.now(), "test.undone", actor="a1", subject="x")
            raise reason

    happen(store)
    with pytest.raises(reason):
        begin_and_fail()

    assert count(store) == 1
    assert happen(store) == 2


def test_an_exception_of_the_block_is_not_taken_for_one_of_the_state(store: SqliteStore) -> None:
    with pytest.raises(FileNotFoundError), store.write():
        open("/nowhere/at/all", encoding="utf-8").close()
    with pytest.raises(FileNotFoundError), store.read():
        open("/nowhere/at/all", encoding="utf-8").close()


def test_ctrl_c_in_the_middle_of_a_transaction_undoes_it_and_frees_the_gate(tmp_path: Path) -> None:
    program = """
happen()
with store.write() as session:
    record_event(session, store.now(), "test.undone", actor="a1", subject="x")
    print("inside", flush=True)
    sys.stdin.read()
"""
    process = start_program(tmp_path, program)
    assert process.stdout is not None
    assert process.stdout.readline() == "inside\n"
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate()[1]

    store = SqliteStore(tmp_path, deadline_s=5)
    assert (count(store), happen(store)) == (1, 2)


def test_mistakes_in_our_own_sql_are_told_as_bugs(store: SqliteStore) -> None:
    with store.write() as session:
        with pytest.raises(sqlite3.ProgrammingError):
            session.run("SELECT :missing")
        with pytest.raises(sqlite3.IntegrityError):
            session.run("INSERT INTO meta (key, value) VALUES ('version', '1')")


@pytest.mark.parametrize("outer", ["read", "write"])
@pytest.mark.parametrize("inner", ["read", "write"])
def test_a_session_in_a_session_of_the_same_store_is_a_clear_mistake(
    store: SqliteStore, outer: str, inner: str
) -> None:
    happen(store)
    with getattr(store, outer)() as session:
        with pytest.raises(RuntimeError, match="use that one"), getattr(store, inner)():
            pass
        assert last_number(session) == 1  # the outer one goes on
    assert happen(store) == 2


def test_a_session_cannot_be_used_when_it_is_over(store: SqliteStore) -> None:
    with store.write() as session:
        pass
    with pytest.raises(RuntimeError, match="over"):
        session.run("SELECT 1")


def test_threads_of_one_process_take_turns(store: SqliteStore) -> None:
    def work() -> None:
        for _ in range(10):
            with store.write() as session:
                seen = last_number(session)
                record_event(session, store.now(), "test.happened", actor="a1", subject=str(seen + 1))
            with store.read() as session:
                seen_by.append(last_number(session))

    seen_by: list[int] = []
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen_by) == 80
    with store.read() as session:
        rows = session.run("SELECT seq, subject FROM events ORDER BY seq")
    assert [(row["seq"], row["subject"]) for row in rows] == [(n, str(n)) for n in range(1, 81)]


def test_a_thread_does_not_wait_for_another_longer_than_the_deadline(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path, deadline_s=0.1)
    inside, done = threading.Event(), threading.Event()

    def keep() -> None:
        with store.write():
            inside.set()
            done.wait(20)

    thread = threading.Thread(target=keep)
    thread.start()
    inside.wait(20)
    with pytest.raises(StoreBusy, match="another thread of this process"), store.read():
        pass
    done.set()
    thread.join()
    assert happen(store) == 1


def test_a_forked_process_opens_connections_of_its_own(tmp_path: Path) -> None:
    program = """
happen()
child = os.fork()
if child == 0:
    from agentgrid.store.connections import _of_our_parent
    happen(); happen()
    os._exit(len(_of_our_parent))  # kept: SQLite forbids even closing them
_, status = os.waitpid(child, 0)
happen()
print(os.waitstatus_to_exitcode(status), count())
"""
    assert run_program(tmp_path, program) == "2 4\n"
    assert "state.db-wal" not in os.listdir(tmp_path)


def test_a_commit_is_on_the_disk_before_it_returns(store: SqliteStore) -> None:
    with store.write() as session:
        assert session.run("PRAGMA synchronous") == [{"synchronous": 2}]
        assert session.run("PRAGMA journal_mode") == [{"journal_mode": "wal"}]


def test_nobody_elses_program_writes_between_our_read_and_our_write(store: SqliteStore) -> None:
    """The gate is for those who know it."""
    happen(store)
    with (
        closing(sqlite3.connect(store.path, timeout=0, isolation_level=None)) as other,
        store.write(),
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")
    assert happen(store) == 2


def test_somebody_elses_program_that_keeps_the_database_is_told_without_its_jargon(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path, deadline_s=0.1)
    happen(store)
    with closing(sqlite3.connect(store.path, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy) as raised:
            happen(store)
        assert count(store) == 1

    assert raised.value.message == f"another program keeps {store.path} to itself"
    assert raised.value.hint == f"see which one: fuser {store.path}"
    assert happen(store) == 2


def test_a_store_that_changes_nothing_writes_nothing(store: SqliteStore) -> None:
    happen(store)
    log = Path(f"{store.path}-wal")
    before = log.stat().st_size
    with store.write() as session:
        last_number(session)

    assert log.stat().st_size == before


def test_numbers_are_unique_and_contiguous_for_each_name(store: SqliteStore) -> None:
    with store.write() as session:
        assert [next_number(session, name) for name in ("lease", "lease", "task", "lease")] == [1, 2, 1, 3]
    with pytest.raises(ZeroDivisionError), store.write() as session:
        assert next_number(session, "lease") / 0
    with store.write() as session:
        assert next_number(session, "lease") == 4


def test_an_older_database_is_brought_forward_by_whoever_opens_it_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_state(tmp_path)
    monkeypatch.setattr(versions, "VERSIONS", (*VERSIONS, ("CREATE TABLE later (x BIGINT)",)))
    newer = SqliteStore(tmp_path)
    with newer.read() as session:
        assert session.run("SELECT count(*) AS n FROM later") == [{"n": 0}]
    assert happen(newer) == 4
    monkeypatch.undo()

    with pytest.raises(StoreError, match=r"was written by agentgrid .* \(tables 5\); this is .* \(tables 4\)"):
        count(SqliteStore(tmp_path))


def test_an_upgrade_that_is_killed_is_done_again(tmp_path: Path) -> None:
    make_state(tmp_path)
    program = """
from agentgrid.store import versions
versions.VERSIONS = (*versions.VERSIONS, ("CREATE TABLE later (x BIGINT)", *arguments))
"""
    process = start_program(tmp_path, program + """
import sqlite3
real = versions.upgrade
from agentgrid.store import sqlite as module
def upgrade(connection, version):
    try: real(connection, version)
    except sqlite3.OperationalError: os.kill(os.getpid(), signal.SIGKILL)
module.upgrade = upgrade
count()
""", "KILL")  # fmt: skip
    process.communicate()
    assert process.returncode == -signal.SIGKILL

    assert run_program(tmp_path, program + "print(count(), happen())") == "3 4\n"


def test_a_creation_that_was_killed_is_begun_again(tmp_path: Path) -> None:
    for name in ("state.db.new", "state.db.new-wal", "state.db.new-shm"):
        (tmp_path / name).write_bytes(b"half of it")
    store = SqliteStore(tmp_path)

    assert not store.exists
    assert happen(store) == 1
    store.close()
    assert sorted(contents(tmp_path)) == ["created", "state.db"]


def test_a_creator_killed_before_it_left_its_mark_loses_nothing(tmp_path: Path) -> None:
    make_state(tmp_path)
    (tmp_path / "created").unlink()
    run_program(tmp_path, "happen()")

    assert (tmp_path / "created").exists()


def test_what_a_killed_writer_committed_is_all_there(tmp_path: Path) -> None:
    leave_log(tmp_path, events=7)

    assert run_program(tmp_path, "print(count(), happen())") == "7 8\n"


def test_the_last_one_to_leave_moves_the_log_into_the_database(store: SqliteStore) -> None:
    happen(store)
    assert Path(f"{store.path}-wal").stat().st_size > 0
    store.close()

    assert sorted(os.listdir(store.directory)) == ["created", "gate", "state.db", "turnstile"]
    assert count(store) == 1


def test_another_database_put_in_its_place_while_it_is_open_is_read_anew(store: SqliteStore, tmp_path: Path) -> None:
    other = make_state(tmp_path / "other", events=5)
    happen(store)
    store.close()
    assert count(store) == 1
    Path(f"{store.path}-wal").unlink(missing_ok=True)
    os.replace(other, store.path)

    assert count(store) == 5
    assert happen(store) == 6


def test_opening_another_store_leaves_the_locks_of_the_first(store: SqliteStore) -> None:
    """Closing any descriptor of a file frees all locks that the process has on it: the files must not be opened past
    SQLite. Without its lock, the first store's log would be taken away under it."""
    happen(store)
    assert count(SqliteStore(store.directory)) == 1

    assert run_program(store.directory, "print(happen())") == "2\n"
    assert Path(f"{store.path}-wal").exists()
    assert happen(store) == 3


def test_that_a_plain_open_frees_the_locks_is_true_here(store: SqliteStore) -> None:
    """The twin of the test above."""
    happen(store)
    store.path.read_bytes()

    assert run_program(store.directory, "print(happen())") == "2\n"
    assert not Path(f"{store.path}-wal").exists()


def test_a_state_that_is_not_there_costs_no_import_of_sqlite(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from agentgrid.store.opening import open_store\n"
        "assert not open_store(Path(sys.argv[1])).exists; print('sqlite3' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_a_reader_never_waits_for_a_writer(tmp_path: Path) -> None:
    writer = start_program(
        tmp_path, "happen()\nwith store.write() as session:\n print('in', flush=True)\n sys.stdin.read()"
    )
    assert writer.stdout is not None
    writer.stdout.readline()

    assert run_program(tmp_path, "print(count())", deadline_s=0.2) == "1\n"
    writer.communicate()


def test_a_reader_that_is_killed_stops_nobody(tmp_path: Path) -> None:
    make_state(tmp_path)
    process = start_program(tmp_path, "with store.read() as session:\n last_number(session)" + DIE.replace("\n", "\n "))
    process.communicate()

    assert process.returncode == -signal.SIGKILL
    assert run_program(tmp_path, "print(happen())") == "4\n"


def test_the_hooks_expect_the_version_of_the_tables_that_is_written() -> None:
    assert str(latest_version()) == TABLES_VERSION
