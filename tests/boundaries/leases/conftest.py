"""A lease book on a small repository, on a clock that the test moves."""

import pytest

from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.git.repository import Repository
from support.leases import FakeClock, FakeWork, make_book
from support.repositories import Sandbox


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def book_and_work(repo: Sandbox, clock: FakeClock) -> tuple[LeaseBook, FakeWork]:
    return make_book(Repository.discover(repo.path), clock)


@pytest.fixture
def book(book_and_work: tuple[LeaseBook, FakeWork]) -> LeaseBook:
    return book_and_work[0]


@pytest.fixture
def work(book_and_work: tuple[LeaseBook, FakeWork]) -> FakeWork:
    return book_and_work[1]
