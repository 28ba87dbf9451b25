"""Who holds, or last held, a path: what the verdict is built on."""

from agentgrid.boundaries.leases.asked_paths import AskedPath, exact_pattern
from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.ledger import FREE, LAST_MINE, LAST_OTHER, MINE, OTHER, Ledger
from agentgrid.boundaries.leases.release import unlock
from agentgrid.git.paths import RepoPath
from support.leases import ask


def standing(book: LeaseBook, path: str, agent: str) -> tuple[str, int | None]:
    found = Ledger.read(book.store).standing(path.encode(), agent)
    return found.kind, found.lease.token if found.lease else None


def literal(path: str) -> AskedPath:
    return AskedPath(path, (exact_pattern(path.encode()),), RepoPath(path.encode(), is_directory=False))


def test_a_live_lease_is_mine_or_another_s(book: LeaseBook) -> None:
    book.acquire(ask("a1", "src/**"))

    assert standing(book, "src/x.py", "a1") == (MINE, 1)
    assert standing(book, "src/x.py", "a2") == (OTHER, 1)
    assert standing(book, "lib/x.py", "a1") == (FREE, None)


def test_without_a_state_everything_is_free(book: LeaseBook) -> None:
    assert standing(book, "src/x.py", "a1") == (FREE, None)
    assert not (book.repository.common_dir / "agentgrid/state").exists()


def test_of_ended_leases_the_last_one_counts(book: LeaseBook) -> None:
    for holder in ("a1", "a2", "a1"):
        book.acquire(ask(holder, "src/**"))
        unlock(book.store, holder, everything=True)

    assert standing(book, "src/x.py", "a1") == (LAST_MINE, 3)
    assert standing(book, "src/x.py", "a2") == (LAST_OTHER, 3)


def test_what_a_lease_gave_up_while_it_lives_on_is_remembered(book: LeaseBook) -> None:
    book.acquire(ask("a1", "src/**", "lib/x.py"))
    unlock(book.store, "a1", [literal("lib/x.py")])

    assert standing(book, "lib/x.py", "a1")[0] == LAST_MINE
    assert standing(book, "src/x.py", "a1") == (MINE, 1)
    book.acquire(ask("a2", "lib/**"))
    unlock(book.store, "a2", everything=True)
    assert standing(book, "lib/x.py", "a1")[0] == LAST_OTHER


def test_a_submodule_link_is_a_folder(book: LeaseBook) -> None:
    book.acquire(ask("a1", "vendor/lib/"))

    ledger = Ledger.read(book.store)
    assert ledger.standing(b"vendor/lib", "a1").kind == FREE
    assert ledger.standing(b"vendor/lib", "a1", is_directory=True).kind == MINE
    assert ledger.standing(b"vendor/lib/x.py", "a1").kind == MINE
