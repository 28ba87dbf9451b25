"""Many processes read and then write at once, and some are killed: nothing is lost, doubled or half done."""

import random
import subprocess
import time
from pathlib import Path

import pytest

from agentgrid.store.events import read_events
from agentgrid.store.sqlite import SqliteStore
from support.stores import run_program, start_program

SETUP = """
with store.write() as session:
    for name, value in (("left", 1000), ("right", 1000)):
        session.run("INSERT INTO counters (name, value) VALUES (:name, :value)", name=name, value=value)
"""
# Reads what is there, thinks, writes what follows from it: every lost update shows.
WORK = """
import random
dice = random.Random(int(arguments[0]))
def value(session, name):
    [row] = session.run("SELECT value FROM counters WHERE name = :name", name=name)
    return row["value"]
def transfer():
    amount = dice.randint(-9, 9)
    with store.write() as session:
        left, right, seen = value(session, "left"), value(session, "right"), last_number(session)
        session.run("UPDATE counters SET value = :value WHERE name = 'left'", value=left - amount)
        session.run("UPDATE counters SET value = :value WHERE name = 'right'", value=right + amount)
        record_event(session, store.now(), "test.transfer", actor=f"a{arguments[0]}", subject=str(seen + 1),
                     after={"left": left - amount, "right": right + amount})
def look():
    with store.read() as session:
        assert value(session, "left") + value(session, "right") == 2000
print("ready", flush=True)
for _ in range(int(arguments[1])):
    transfer()
    look()
"""
WORKERS, EACH, VICTIMS = 16, 12, 6


def test_sixteen_processes_lose_no_update_while_others_are_killed(tmp_path: Path) -> None:
    run_program(tmp_path, SETUP)
    victims = [start_program(tmp_path, WORK, 100 + number, 1_000_000) for number in range(VICTIMS)]
    for victim in victims:
        assert victim.stdout is not None
        victim.stdout.readline()
    workers = [start_program(tmp_path, WORK, number, EACH) for number in range(WORKERS)]
    _kill_one_by_one(victims)
    answers = [worker.communicate() for worker in workers]
    assert [(worker.returncode, *answer) for worker, answer in zip(workers, answers, strict=True)] == [
        (0, "ready\n", "")
    ] * WORKERS

    with SqliteStore(tmp_path).read() as session:
        events = read_events(session)
        counters = {row["name"]: row["value"] for row in session.run("SELECT name, value FROM counters")}
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [int(event.subject) for event in events] == [event.seq for event in events]  # each saw the one before
    done = [event.actor for event in events]
    assert [done.count(f"a{number}") for number in range(WORKERS)] == [EACH] * WORKERS
    assert counters["left"] + counters["right"] == 2000
    assert events[-1].after == {"left": counters["left"], "right": counters["right"]}


def test_without_the_transaction_updates_would_be_lost(tmp_path: Path) -> None:
    """The twin: the same work that reads in one transaction and writes in the next."""
    run_program(tmp_path, SETUP)
    first_write = '        session.run("UPDATE'
    torn = WORK.replace(first_write, f"    with store.write() as session:\n{first_write}", 1)
    workers = [start_program(tmp_path, torn, number, EACH) for number in range(4)]

    assert any("AssertionError" in worker.communicate()[1] for worker in workers) or _numbers_repeat(tmp_path)


@pytest.mark.parametrize("seed", range(4))
def test_the_first_write_of_many_processes_at_once_makes_one_database(tmp_path: Path, seed: int) -> None:
    """One of them is killed in the middle of it."""
    victim = start_program(tmp_path, "print('ready', flush=True)\nhappen('victim')")
    assert victim.stdout is not None
    victim.stdout.readline()
    workers = [start_program(tmp_path, "happen(str(os.getpid()))") for _ in range(8)]
    time.sleep(random.Random(seed).uniform(0, 0.05))
    victim.kill()
    victim.communicate()
    assert [(worker.communicate()[1], worker.returncode) for worker in workers] == [("", 0)] * 8

    with SqliteStore(tmp_path).read() as session:
        events = [event for event in read_events(session) if event.subject != "victim"]
    assert sorted(event.subject for event in events) == sorted(str(worker.pid) for worker in workers)


def test_processes_that_come_and_go_never_take_each_others_log_for_foreign(tmp_path: Path) -> None:
    """Opening while others write, leave last and start the log anew; large events make checkpoints frequent."""
    run_program(tmp_path, "happen()")
    program = """
for _ in range(30):
    happen("x" * 100_000)
    count()
    store.close()
"""
    workers = [start_program(tmp_path, program) for _ in range(6)]
    assert [(worker.communicate()[1], worker.returncode) for worker in workers] == [("", 0)] * 6

    assert run_program(tmp_path, "print(count())") == "181\n"


def _kill_one_by_one(victims: "list[subprocess.Popen[str]]") -> None:
    dice = random.Random(5)
    for victim in victims:
        time.sleep(dice.uniform(0, 0.2))
        victim.kill()
    for victim in victims:
        victim.communicate()


def _numbers_repeat(directory: Path) -> bool:
    with SqliteStore(directory).read() as session:
        return any(int(event.subject) != event.seq for event in read_events(session))
