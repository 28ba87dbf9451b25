"""Giving leases back, whole or in part, and taking them away."""

import pytest

from agentgrid.boundaries.leases.asked_paths import AskedPath, exact_pattern, make_pattern
from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.notices import take_notices
from agentgrid.boundaries.leases.queries import read_live
from agentgrid.boundaries.leases.release import force, unlock
from agentgrid.errors import Refused
from agentgrid.git.paths import RepoPath
from support.leases import ask, events, story


def path(text: str, *, is_folder: bool = False) -> AskedPath:
    found = RepoPath(text.encode(), is_directory=is_folder)
    return AskedPath(text, (exact_pattern(found.path),), found)


def pattern(text: str) -> AskedPath:
    return AskedPath(text, (make_pattern(text),), None)


def held(book: LeaseBook) -> dict[int, list[str]]:
    with book.store.read() as session:
        return {lease.token: lease.texts for lease in read_live(session)}


@pytest.fixture
def full(book: LeaseBook) -> LeaseBook:
    """a1 holds three patterns under token 1 and one under 2, a2 one under 3."""
    book.acquire(ask("a1", "src/api/**", "src/db/x.py", "docs/a.md"))
    book.acquire(ask("a1", "lib/**"))
    book.acquire(ask("a2", "tools/**"))
    return book


def test_a_path_leaves_its_lease_and_the_rest_stays_under_the_same_token(full: LeaseBook) -> None:
    (drop,) = unlock(full.store, "a1", [path("docs/a.md")])

    assert (drop.lease.token, drop.is_whole) == (1, False)
    assert held(full) == {1: ["src/api/**", "src/db/x.py"], 2: ["lib/**"], 3: ["tools/**"]}
    last = events(full)[-1]
    assert (last.kind, last.token) == ("lease.released", 1)
    assert isinstance(last.after, dict)
    assert last.after["patterns"] == ["src/api/**", "src/db/x.py"]


@pytest.mark.parametrize("folder", ["src", "."])
def test_a_folder_stands_for_the_patterns_in_it(full: LeaseBook, folder: str) -> None:
    unlock(full.store, "a1", [path(folder, is_folder=True)])

    assert held(full) == ({1: ["docs/a.md"], 2: ["lib/**"], 3: ["tools/**"]} if folder == "src" else {3: ["tools/**"]})


def test_a_pattern_stands_for_itself_word_by_word(full: LeaseBook) -> None:
    unlock(full.store, "a1", [pattern("lib/**")])

    assert list(held(full)) == [1, 3]


def test_everything_and_one_token(full: LeaseBook) -> None:
    unlock(full.store, "a1", token=2)
    assert list(held(full)) == [1, 3]
    unlock(full.store, "a1", everything=True)
    assert list(held(full)) == [3]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (path("lib/x.py"), r"lib/x.py is held as part of lib/\*\* \(lease 2\)"),
        (path("tools/x.py"), r"tools/x.py is not locked here; a2 has lease 3 on it"),
        (path("elsewhere.py"), r"/elsewhere.py is not locked"),
        (pattern("src/api/*.py"), r"src/api/\*.py is held as part of src/api/\*\* \(lease 1\)"),
    ],
)
def test_what_one_does_not_hold_so_is_refused_and_nothing_is_released(
    full: LeaseBook, asked: AskedPath, message: str
) -> None:
    before = held(full)

    with pytest.raises(Refused, match=message):
        unlock(full.store, "a1", [path("docs/a.md"), asked])

    assert held(full) == before


def test_another_s_token_is_refused(full: LeaseBook) -> None:
    with pytest.raises(Refused, match="lease 3 is a2's, not a1's"):
        unlock(full.store, "a1", token=3)


def test_a_lease_that_is_taken_away_is_logged_with_the_reason_and_its_holder_is_told(full: LeaseBook) -> None:
    force(full.store, "@me", [path("docs/a.md")], reason="a1 is on holiday")
    force(full.store, "@me", token=3, reason="wrong branch")

    assert held(full) == {1: ["src/api/**", "src/db/x.py"], 2: ["lib/**"]}
    assert story(full)[-2:] == ["forced 1 by @me", "forced 3 by @me"]
    assert [getattr(each, "after", {})["forced_because"] for each in events(full)[-2:]] == [
        "a1 is on holiday", "wrong branch",
    ]  # fmt: skip
    assert take_notices(full.store, "a1") == [
        "@me took lease 1 on docs/a.md away at 2025-03-03T09:00:00Z: a1 is on holiday"
    ]
    with pytest.raises(Refused, match="token 3 is over: @me took it away"):
        unlock(full.store, "a2", token=3)
