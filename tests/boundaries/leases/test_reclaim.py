"""Taking over what nobody kept up: the old holder's uncommitted work is kept, its files aren't touched, it is told."""

from pathlib import Path

import pytest

from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.notices import take_notices
from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.config.in_force import find_in_force
from agentgrid.git.repository import Repository
from support.desks import make_desks, tree_of
from support.grids import OWNED, policy_files
from support.leases import GRACE_MS, TTL_MS, FakeClock, ask, events, make_store
from support.repositories import Sandbox, create_repository

PATH = "services/common/cache.py"
LATE_MS = TTL_MS + GRACE_MS + 1


@pytest.fixture
def main(tmp_path: Path) -> Sandbox:
    return create_repository(tmp_path / "shop", **{PATH: "TTL_S = 60\n", "README.md": "shop\n", **policy_files(OWNED)})


@pytest.fixture
def desk(main: Sandbox) -> Sandbox:
    """The worktree of a1, with work of every kind in it."""
    repository = Repository.discover(main.path)
    made = make_desks(repository, find_in_force(repository).policy, "a1", topics={"a1": "cache"})
    desk = Sandbox(made[0].path)
    desk.write(PATH, "TTL_S = 90\n")
    desk.git("add", PATH)
    desk.write(PATH, "TTL_S = 120\n")
    desk.write("notes.txt", "mine\n")
    return desk


@pytest.fixture
def book(main: Sandbox, desk: Sandbox, clock: FakeClock) -> LeaseBook:
    repository = Repository.discover(main.path)
    compiled = compile_policy(find_in_force(repository).policy)
    return LeaseBook(repository, make_store(repository.common_dir, clock), compiled, lambda: find_in_force(repository))


def test_its_uncommitted_work_is_kept_under_a_rescue_ref_bit_for_bit(
    main: Sandbox, desk: Sandbox, book: LeaseBook, clock: FakeClock
) -> None:
    admin = Path(desk.git("rev-parse", "--absolute-git-dir"))
    before = (tree_of(desk.path), (admin / "index").read_bytes(), desk.oid(), desk.git("stash", "list"))
    book.acquire(ask("a1", PATH))
    clock.pass_ms(LATE_MS)

    book.acquire(ask("a2", PATH))

    assert (tree_of(desk.path), (admin / "index").read_bytes(), desk.oid(), desk.git("stash", "list")) == before
    (ref,) = main.git("for-each-ref", "--format=%(refname)", "refs/agentgrid/rescue/a1").split()
    assert main.git("show", f"{ref}:{PATH}") == "TTL_S = 120"
    assert main.git("show", f"{ref}^2:{PATH}") == "TTL_S = 90"
    assert main.git("show", f"{ref}^3:notes.txt") == "mine"
    reclaimed = next(event for event in events(book) if event.kind == "lease.reclaimed")
    assert reclaimed.after == {"rescue": ref}
    (told,) = take_notices(book.store, "a1")
    assert told == (
        f"lease 1 on {PATH} had expired, and a2 took it over at 2025-03-03T09:40:00Z; your uncommitted work of that "
        f"moment is kept too: git stash apply --index {ref}"
    )


def test_the_command_in_the_notice_brings_the_work_back(
    main: Sandbox, desk: Sandbox, book: LeaseBook, clock: FakeClock
) -> None:
    book.acquire(ask("a1", PATH))
    clock.pass_ms(LATE_MS)
    book.acquire(ask("a2", PATH))
    desk.git("reset", "--quiet", "--hard")
    desk.git("clean", "--quiet", "-fd")

    command = take_notices(book.store, "a1")[0].partition("kept too: git ")[2].split()
    desk.git(*command)

    assert (desk.read(PATH), desk.read("notes.txt")) == ("TTL_S = 120\n", "mine\n")


def test_a_clean_worktree_and_a_person_leave_nothing_to_rescue(
    main: Sandbox, desk: Sandbox, book: LeaseBook, clock: FakeClock
) -> None:
    desk.git("stash", "--include-untracked")
    book.acquire(ask("a1", PATH))
    book.acquire(ask("@me", "/README.md"))
    clock.pass_ms(LATE_MS)

    book.acquire(ask("a2", PATH, "/README.md"))

    assert main.git("for-each-ref", "refs/agentgrid") == ""
    assert take_notices(book.store, "a1") == [
        f"lease 1 on {PATH} had expired, and a2 took it over at 2025-03-03T09:40:00Z"
    ]


def test_a_holder_whose_worktree_is_gone_is_taken_over_all_the_same(
    main: Sandbox, desk: Sandbox, book: LeaseBook, clock: FakeClock
) -> None:
    book.acquire(ask("a1", PATH))
    clock.pass_ms(LATE_MS)
    main.git("worktree", "remove", "--force", desk.path)

    assert book.acquire(ask("a2", PATH)).taken_over[0].holder == "a1"
