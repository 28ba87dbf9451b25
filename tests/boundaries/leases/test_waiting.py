"""The queue, with a process for each waiter: order, the dead and the stopped, giving up."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.queries import read_waiters
from agentgrid.boundaries.leases.release import unlock
from agentgrid.boundaries.leases.waiting import QueuePlace, wait_for_lease
from agentgrid.errors import LeaseHeld, Refused
from agentgrid.git.repository import Repository
from agentgrid.store.opening import open_store
from support.leases import COMPILED, FakeClock, FakeWork, ask, make_book, no_policy
from support.repositories import Sandbox

SCRIPT = Path(__file__).resolve().parents[2] / "support" / "wait_for_lease.py"


class WaitingProcess:
    def __init__(self, repo: Sandbox, holder: str, *patterns: str, wait_ms: int = 60_000) -> None:
        environment = {**os.environ, "PYTHONPATH": str(SCRIPT.parents[1])}
        self.process = subprocess.Popen(
            [sys.executable, SCRIPT, repo.path, holder, str(wait_ms), *patterns],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def hear(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def hear_until(self, wanted: str) -> list[str]:
        said = [self.hear()]
        while not said[-1].startswith(wanted):
            assert said[-1], said
            said.append(self.hear())
        return said

    def give_back(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture
def start(repo: Sandbox) -> Iterator[Callable[..., WaitingProcess]]:
    started: list[WaitingProcess] = []

    def begin(*arguments: str, wait_ms: int = 60_000) -> WaitingProcess:
        started.append(WaitingProcess(repo, *arguments, wait_ms=wait_ms))
        return started[-1]

    yield begin
    for each in started:
        each.close()


@pytest.fixture
def real(repo: Sandbox) -> LeaseBook:
    """A book on this machine's clock, as the waiting processes have it."""
    repository = Repository.discover(repo.path)
    book = LeaseBook(repository, open_store(repository.common_dir), COMPILED, no_policy)
    book.__dict__["work"] = FakeWork()
    return book


def queue(book: LeaseBook) -> list[str]:
    with book.store.read() as session:
        return [waiter.holder for waiter in read_waiters(session)]


Start = Callable[..., WaitingProcess]


def test_many_are_served_in_the_order_in_which_they_came(real: LeaseBook, start: Start) -> None:
    real.acquire(ask("@me", "src/**"))
    waiters = []
    for number in range(8):
        waiters.append(start(f"a{number}", "src/**" if number % 2 else f"src/x{number}.py", "src/all.py"))
        assert waiters[-1].hear() == f"number {number + 1}"
    assert queue(real) == [f"a{number}" for number in range(8)]

    unlock(real.store, "@me", everything=True)

    for number, waiter in enumerate(waiters):
        assert waiter.hear_until("got")[-1] == f"got {number + 2}"
        waiter.give_back()
    assert queue(real) == []


def test_nobody_overtakes_neither_a_narrower_nor_an_automatic_request(real: LeaseBook, start: Start) -> None:
    real.acquire(ask("@me", "src/a.py"))
    wide = start("a1", "src/**")
    wide.hear()

    with pytest.raises(LeaseHeld, match=r"src/b.py: a1 asked first for src/\*\* and is waiting"):
        real.acquire(ask("a2", "src/b.py"))
    assert [path for path, _ in real.acquire_automatically("a3", "i", [b"src/b.py"]).refused] == [b"src/b.py"]
    later = start("a4", "src/b.py")
    assert later.hear() == "number 2"

    unlock(real.store, "@me", everything=True)
    assert wide.hear_until("got")
    wide.give_back()
    assert later.hear_until("got")


def test_who_wants_something_else_is_not_held_up(real: LeaseBook, start: Start) -> None:
    real.acquire(ask("@me", "src/**"))
    start("a1", "src/**").hear()

    assert real.acquire(ask("a2", "lib/**")).is_new
    assert start("a3", "docs/**").hear() == "got 3"


def test_a_killed_and_a_stopped_waiter_hold_up_nobody_for_long(real: LeaseBook, start: Start) -> None:
    real.acquire(ask("@me", "src/**"))
    killed, stopped = start("a1", "src/**"), start("a2", "src/**")
    for waiter in (killed, stopped):
        waiter.hear()
    last = start("a3", "src/**")
    last.hear()
    killed.process.kill()
    stopped.process.send_signal(signal.SIGSTOP)
    unlock(real.store, "@me", everything=True)

    assert last.hear_until("got")

    stopped.process.send_signal(signal.SIGCONT)  # comes back at the end of the queue
    last.give_back()
    assert stopped.hear_until("got")


def test_control_c_gives_the_place_up_at_once(real: LeaseBook, start: Start) -> None:
    real.acquire(ask("@me", "src/**"))
    waiter = start("a1", "src/**")
    waiter.hear()

    waiter.process.send_signal(signal.SIGINT)

    assert waiter.hear() == "interrupted"
    assert queue(real) == []


def test_after_its_time_it_is_refused_and_leaves_the_queue(real: LeaseBook, start: Start) -> None:
    real.acquire(ask("@me", "src/**"))
    waiter = start("a1", "src/**", wait_ms=300)

    assert waiter.hear_until("no:")[-1].startswith("no: src/** is locked by @me (lease 1)")
    assert queue(real) == []


def test_who_holds_a_lease_may_not_wait_for_another(real: LeaseBook) -> None:
    real.acquire(ask("a1", "lib/**"))
    real.acquire(ask("@me", "src/**"))

    with pytest.raises(Refused, match="a1 holds a lease already, and who holds one doesn't wait") as refused:
        wait_for_lease(real, ask("a1", "src/x.py"), wait_ms=60_000, report=_ignore)

    assert refused.value.hint is not None
    assert "unlock --all" in refused.value.hint
    assert queue(real) == []
    assert wait_for_lease(
        real, ask("a1", "docs/**"), wait_ms=60_000, report=_ignore
    ).is_new  # free: nothing to wait for


def test_a_waiter_that_was_taken_for_dead_asks_anew_and_may_not_hold_by_then(
    repo: Sandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it was stopped a hook of its own took something: to wait on would be to hold and wait."""
    book, _ = make_book(Repository.discover(repo.path), clock)
    book.acquire(ask("@me", "src/**"))

    def stopped_for_long(_seconds: float) -> None:
        clock.pass_ms(11_000)
        book.acquire_automatically("a1", "i", [b"lib/x.py"])

    monkeypatch.setattr("time.sleep", stopped_for_long)

    with pytest.raises(Refused, match="a1 holds a lease already"):
        wait_for_lease(book, ask("a1", "src/x.py"), wait_ms=60_000, report=_ignore)
    assert queue(book) == []


def test_a_waiter_shows_that_it_lives_as_long_as_it_waits(
    repo: Sandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, _ = make_book(Repository.discover(repo.path), clock)
    book.acquire(ask("@me", "src/**"))
    refused: list[str] = []
    tickets: set[int] = set()

    def pass_time(_seconds: float) -> None:
        clock.pass_ms(1_000)
        with book.store.read() as session:
            tickets.update(each.ticket for each in read_waiters(session))
        with pytest.raises(LeaseHeld):
            book.acquire(ask("a2", "src/x.py"))
        if clock.mono_ms % 20_000 == 0:
            unlock(book.store, "@me", everything=True)
            with pytest.raises(LeaseHeld) as error:
                book.acquire(ask("a2", "src/x.py"))
            refused.append(error.value.message)

    monkeypatch.setattr("time.sleep", pass_time)

    assert wait_for_lease(book, ask("a1", "src/x.py"), wait_ms=120_000, report=_ignore).is_new
    assert refused == ["src/x.py: a1 asked first and is waiting"]
    assert tickets == {1}  # it never lost its place


def test_the_waiting_see_work_land(repo: Sandbox, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    book, work = make_book(Repository.discover(repo.path), clock)
    book.acquire(ask("a2", "src/**"))
    book.note_work("a2", [b"src/x.py"], "1" * 40)
    work.commits[1] = ["Add cache"]

    def land_later(_seconds: float) -> None:
        clock.pass_ms(3_000)
        work.commits.clear()
        work.landed.add(1)

    monkeypatch.setattr("time.sleep", land_later)
    places: list[QueuePlace] = []

    got = wait_for_lease(book, ask("a1", "src/x.py"), wait_ms=60_000, report=places.append)

    assert got.lease.token == 2
    assert [commit.subject for commit in places[0].refusals.found[0].commits] == ["Add cache"]


def _ignore(_place: QueuePlace) -> None:
    """In the place of a progress line."""
