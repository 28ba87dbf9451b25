"""What is kept of snapshots is bounded, and may be broken or lost."""

from pathlib import Path

from agentgrid.git.repository import Repository
from agentgrid.integration.snapshots.shelf import Record, open_shelf
from support.repositories import Sandbox

RECORD = Record("index", ("hidden.py",), "stamp", "a" * 40, 5)


def book_of(repo: Sandbox) -> Path:
    return repo.path / ".git/agentgrid/snapshots/records.json"


def fill(repo: Sandbox, count: int) -> None:
    with open_shelf(Repository.discover(repo.path)) as shelf:
        shelf.records["a1"] = RECORD
        for number in range(count):
            (shelf.objects / f"o{number}").write_text("x")
        shelf.has_grown = True


def test_what_was_put_there_is_there_the_next_time(repo: Sandbox) -> None:
    fill(repo, 1)
    with open_shelf(Repository.discover(repo.path)) as shelf:
        assert shelf.records == {"a1": RECORD}


def test_a_broken_book_is_as_none(repo: Sandbox) -> None:
    fill(repo, 1)
    for content in (b"{", b"[]", b'{"version": 1, "records": {"a1": {"oid": 5}}}', b'{"version": 99}', b"\xff"):
        book_of(repo).write_bytes(content)
        with open_shelf(Repository.discover(repo.path)) as shelf:
            assert shelf.records == {}


def test_a_shelf_that_is_too_full_is_emptied_when_nobody_is_at_it(repo: Sandbox) -> None:
    repository = Repository.discover(repo.path)
    fill(repo, 5)
    with open_shelf(repository, most_objects=10) as user:
        with open_shelf(repository, most_objects=4) as shelf:
            assert shelf.records
        assert len(list(user.objects.iterdir())) == 5
    with open_shelf(repository, most_objects=4) as shelf:
        assert shelf.records == {}
        assert list(shelf.objects.iterdir()) == []
