"""Clocks that lie: the wall clock is set, the machine restarts, a process id or a monotonic value comes again."""

from datetime import timedelta

import pytest

from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.queries import read_live
from agentgrid.boundaries.leases.renewal import renew_due
from agentgrid.errors import LeaseHeld
from support.leases import GRACE_MS, TTL_MS, FakeClock, ask, story


def is_free(book: LeaseBook) -> bool:
    try:
        book.acquire(ask("a2", "src/x.py"))
    except LeaseHeld:
        return False
    return True


@pytest.mark.parametrize("days", [-1, 1])
def test_the_wall_clock_moved_by_a_day_ends_no_lease_and_keeps_none(
    book: LeaseBook, clock: FakeClock, days: int
) -> None:
    book.acquire(ask("a1", "src/**"))
    clock.wall += timedelta(days=days)
    clock.pass_ms(TTL_MS + GRACE_MS)
    assert not is_free(book)

    clock.pass_ms(1)
    assert is_free(book)


@pytest.mark.parametrize("mono_ms", [0, 10**10])
def test_after_a_restart_a_lease_has_its_grace_period_from_the_first_that_asks(
    book: LeaseBook, clock: FakeClock, mono_ms: int
) -> None:
    book.acquire(ask("a1", "src/**"))
    clock.boot, clock.mono_ms = "boot-2", mono_ms
    assert not is_free(book)
    assert story(book)[-1] == "restarted 1 by a2"

    clock.pass_ms(GRACE_MS - 1)
    assert not is_free(book)
    clock.pass_ms(1)
    assert is_free(book)


def test_after_a_restart_the_holder_has_its_lease_again_under_the_same_token(book: LeaseBook, clock: FakeClock) -> None:
    book.acquire(ask("a1", "src/**"))
    clock.boot, clock.mono_ms = "boot-2", 5

    assert [lease.token for lease in renew_due(book.store, "a1")] == [1]
    clock.pass_ms(TTL_MS)
    assert not is_free(book)
    assert story(book) == ["acquired 1 by a1", "revived 1 by a1"]


def test_a_time_from_the_future_counts_as_now_and_makes_nothing_immortal(book: LeaseBook, clock: FakeClock) -> None:
    book.acquire(ask("a1", "src/**"))
    clock.mono_ms -= 80_000_000
    assert not is_free(book)

    clock.pass_ms(TTL_MS + GRACE_MS)
    assert not is_free(book)
    clock.pass_ms(1)
    assert is_free(book)


def test_no_process_id_is_stored_that_another_process_could_have_by_now(book: LeaseBook) -> None:
    book.acquire(ask("a1", "src/**"))

    with book.store.read() as session:
        columns = session.run("SELECT * FROM leases")[0]
        (lease,) = read_live(session)
    assert not [name for name in columns if "pid" in name or "process" in name]
    assert (lease.boot, lease.renewed_ms) == ("boot-1", 86_400_000)
