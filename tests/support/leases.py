"""Lease books on a clock that the test moves, and short ways to say what is asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from agentgrid.boundaries.leases.asked_paths import make_pattern
from agentgrid.boundaries.leases.asking import Holder, Request
from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.lease import Commit, Lease, Terms, WorkFacts
from agentgrid.git.repository import Repository
from agentgrid.machine.clock import Instant
from agentgrid.store.events import Event, read_events
from agentgrid.store.places import STATE_DIRECTORY
from agentgrid.store.sqlite import SqliteStore

MINUTE_MS = 60_000
TTL_MS, GRACE_MS = 30 * MINUTE_MS, 10 * MINUTE_MS
TERMS = Terms(TTL_MS, GRACE_MS)
COMPILED: dict[str, Any] = {"locks": {"auto": True, "until": "landed", "ttl_ms": TTL_MS, "grace_ms": GRACE_MS}}


@dataclass
class FakeClock:
    """A machine that started a day ago; `boot`, `mono_ms` and `wall` are the test's to set."""

    boot: str = "boot-1"
    mono_ms: int = 86_400_000
    wall: datetime = field(default_factory=lambda: datetime(2025, 3, 3, 9, tzinfo=UTC))

    def __call__(self) -> Instant:
        return Instant(self.boot, self.mono_ms, self.wall)

    def pass_ms(self, ms: int) -> None:
        self.mono_ms += ms
        self.wall += timedelta(milliseconds=ms)


@dataclass
class FakeWork:
    """In the place of git. `commits`: token → subjects that haven't landed; `landed`: tokens whose work has.
    `asked`: tokens that were asked about."""

    commits: dict[int, list[str]] = field(default_factory=dict)
    landed: set[int] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)

    def gather(self, leases: Iterable[Lease]) -> dict[int, WorkFacts]:
        found = {}
        for lease in leases:
            self.asked.append(lease.token)
            commits = tuple(Commit("0" * 40, each) for each in self.commits.get(lease.token, ()))
            found[lease.token] = WorkFacts(lease.key, commits, lease.token in self.landed)
        return found


def make_store(common_dir: Path, clock: FakeClock) -> SqliteStore:
    return SqliteStore(common_dir / STATE_DIRECTORY, clock=clock)


def make_book(repository: Repository, clock: FakeClock) -> tuple[LeaseBook, FakeWork]:
    """A book whose `work` is the test's to say."""
    book = LeaseBook(repository, make_store(repository.common_dir, clock), COMPILED, no_policy)
    work = FakeWork()
    book.__dict__["work"] = work
    return book, work


def no_policy() -> NoReturn:
    raise AssertionError("nobody may ask for the policy here")


def who(name: str) -> Holder:
    return Holder(name, "" if name.startswith("@") else f"incarnation of {name}", "here")


def ask(name: str, *patterns: str, terms: Terms = TERMS, **more: Any) -> Request:
    return Request(who(name), tuple(map(make_pattern, patterns)), terms, **more)


def events(book: LeaseBook) -> list[Event]:
    with book.store.read() as session:
        return read_events(session)


def story(book: LeaseBook) -> list[str]:
    """What the log says happened: `acquired 1 by a1`."""
    return [f"{each.kind.removeprefix('lease.')} {each.token} by {each.actor}" for each in events(book)]
