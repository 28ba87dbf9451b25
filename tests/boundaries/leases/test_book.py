"""Taking, renewing and ending leases: what the store says afterwards, and the log."""

from dataclasses import replace

import pytest

from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.lease import Lease, Terms
from agentgrid.boundaries.leases.notices import take_notices
from agentgrid.boundaries.leases.queries import read_live
from agentgrid.boundaries.leases.renewal import renew, renew_due
from agentgrid.errors import LeaseHeld, Refused
from support.leases import GRACE_MS, TTL_MS, FakeClock, FakeWork, ask, events, story

LATE_MS = TTL_MS + GRACE_MS + 1


def live(book: LeaseBook) -> list[tuple[int, str, list[str]]]:
    with book.store.read() as session:
        return [(lease.token, lease.holder, lease.texts) for lease in read_live(session)]


def only(book: LeaseBook) -> Lease:
    with book.store.read() as session:
        (lease,) = read_live(session)
    return lease


def test_several_paths_are_one_lease_with_the_next_token(book: LeaseBook) -> None:
    first = book.acquire(ask("a1", "src/api/**", "docs/a.md", reason="cache")).lease
    second = book.acquire(ask("a2", "lib/**")).lease

    assert (first.token, second.token) == (1, 2)
    assert live(book) == [(1, "a1", ["src/api/**", "docs/a.md"]), (2, "a2", ["lib/**"])]
    assert only_reason(book) == "cache"


def only_reason(book: LeaseBook) -> str:
    with book.store.read() as session:
        return read_live(session, "a1")[0].reason


def test_a_refusal_takes_nothing_and_says_who_since_when_and_what_to_type(book: LeaseBook) -> None:
    book.acquire(ask("a2", "lib/**", reason="new parser"))

    with pytest.raises(LeaseHeld) as refused:
        book.acquire(ask("a1", "src/**", "lib/x.py"))

    assert refused.value.message == (
        "lib/x.py is locked by a2 (lease 1 on lib/**, new parser) since 2025-03-03T09:00:00Z, "
        "until 2025-03-03T09:30:00Z or later"
    )
    assert refused.value.hint == "wait for it: agentgrid lock --wait 30m 'src/**' lib/x.py"
    lease = refused.value.details["lease"]
    assert isinstance(lease, dict)
    assert (lease["holder"], lease["token"], lease["state"]) == ("a2", 1, "held")
    assert [token for token, _, _ in live(book)] == [1]
    assert story(book) == ["acquired 1 by a2"]


def test_locking_again_renews_under_the_same_token_on_the_new_terms(book: LeaseBook, clock: FakeClock) -> None:
    book.acquire(ask("a1", "src/**", "lib/**"))
    clock.pass_ms(1000)

    again = book.acquire(ask("a1", "lib/**", terms=Terms(5, 6), reason="more"))

    assert (again.is_new, again.lease.token, again.lease.ttl_ms, again.lease.reason) == (False, 1, 5, "more")
    assert only(book).renewed_ms == clock.mono_ms
    assert story(book) == ["acquired 1 by a1", "renewed 1 by a1"]


def test_locking_again_is_about_new_work_that_older_work_s_landing_does_not_end(
    book: LeaseBook, work: FakeWork
) -> None:
    book.acquire(ask("a1", "src/**"))
    book.note_work("a1", [b"src/x.py"], "1" * 40)
    work.landed.add(1)
    book.acquire(ask("a1", "src/**"))

    with pytest.raises(LeaseHeld):
        book.acquire(ask("a2", "src/x.py"))


def test_a_lease_whose_work_has_landed_goes_to_the_next_asker_at_once(book: LeaseBook, work: FakeWork) -> None:
    book.acquire(ask("a1", "src/**"))
    book.note_work("a1", [b"src/x.py"], "1" * 40)
    work.landed.add(1)

    assert book.acquire(ask("a2", "src/x.py")).taken_over == ()
    assert story(book) == ["acquired 1 by a1", "landed 1 by a2", "acquired 2 by a2"]


def test_work_on_other_paths_is_not_noted(book: LeaseBook) -> None:
    book.acquire(ask("a1", "src/**"))
    book.note_work("a1", [b"lib/x.py"], "1" * 40)
    book.note_work("a2", [b"src/x.py"], "1" * 40)

    assert only(book).work_oid is None


def test_unlanded_work_is_named_to_the_next_asker_however_late(
    book: LeaseBook, work: FakeWork, clock: FakeClock
) -> None:
    book.acquire(ask("a1", "src/**"))
    work.commits[1] = ["Add cache", "Fix cache"]
    clock.pass_ms(100 * LATE_MS)

    with pytest.raises(LeaseHeld) as refused:
        book.acquire(ask("a2", "src/x.py"))

    assert refused.value.message.splitlines()[0].endswith("until these commits have landed:")
    assert refused.value.message.splitlines()[1:] == ["  0000000000 Add cache", "  0000000000 Fix cache"]


def test_held_expired_reclaimable(book: LeaseBook, clock: FakeClock) -> None:
    book.acquire(ask("a1", "src/**"))
    for late_ms in (TTL_MS, GRACE_MS):
        clock.pass_ms(late_ms)
        with pytest.raises(LeaseHeld):
            book.acquire(ask("a2", "src/x.py"))
    clock.pass_ms(1)

    taken = book.acquire(ask("a2", "src/x.py"))

    assert [(each.token, each.holder) for each in taken.taken_over] == [(1, "a1")]
    assert story(book) == ["acquired 1 by a1", "reclaimed 1 by a2", "acquired 2 by a2"]
    assert take_notices(book.store, "a1") == [
        "lease 1 on src/** had expired, and a2 took it over at 2025-03-03T09:40:00Z"
    ]
    assert take_notices(book.store, "a1") == []


def test_a_lease_that_is_renewed_while_git_is_asked_is_not_taken_over(
    book: LeaseBook, work: FakeWork, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.acquire(ask("a1", "src/**"))
    clock.pass_ms(LATE_MS)
    gather = work.gather

    def renewed_meanwhile(leases: list[Lease]) -> object:
        facts = gather(leases)
        renew(book.store, "a1")
        return facts

    monkeypatch.setattr(work, "gather", renewed_meanwhile)

    with pytest.raises(LeaseHeld):
        book.acquire(ask("a2", "src/x.py"))
    assert story(book) == ["acquired 1 by a1", "revived 1 by a1"]


def test_a_commit_made_while_git_is_asked_keeps_the_lease(
    book: LeaseBook, work: FakeWork, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.acquire(ask("a1", "src/**"))
    clock.pass_ms(LATE_MS)
    gather = work.gather

    def committed_meanwhile(leases: list[Lease]) -> object:
        facts = gather(leases)
        book.note_work("a1", [b"src/x.py"], "1" * 40)
        work.commits[1] = ["Add cache"]
        return facts

    monkeypatch.setattr(work, "gather", committed_meanwhile)

    with pytest.raises(LeaseHeld):
        book.acquire(ask("a2", "src/x.py"))
    assert work.asked == [1, 1]


def test_a_reclaimable_lease_that_nobody_took_revives_under_its_token(book: LeaseBook, clock: FakeClock) -> None:
    book.acquire(ask("a1", "src/**"))
    clock.pass_ms(LATE_MS)

    assert [lease.token for lease in renew_due(book.store, "a1")] == [1]
    with pytest.raises(LeaseHeld):
        book.acquire(ask("a2", "src/x.py"))
    assert story(book) == ["acquired 1 by a1", "revived 1 by a1"]


def test_a_sign_of_life_is_written_after_a_third_of_the_time_and_not_before(book: LeaseBook, clock: FakeClock) -> None:
    book.acquire(ask("a1", "src/**"))
    clock.pass_ms(TTL_MS // 3)
    assert renew_due(book.store, "a1") == []
    clock.pass_ms(1)
    assert [lease.token for lease in renew_due(book.store, "a1")] == [1]
    assert renew_due(book.store, "a2") == []


def test_a_token_that_is_over_is_refused_and_the_answer_says_what_became_of_it(
    book: LeaseBook, clock: FakeClock
) -> None:
    book.acquire(ask("a1", "src/**"))
    clock.pass_ms(LATE_MS)
    book.acquire(ask("a2", "src/x.py"))

    with pytest.raises(Refused, match=r"token 1 is over: it expired, and a2 took it over at 2025-03-03T09:40:00Z"):
        renew(book.store, "a1", 1)
    with pytest.raises(Refused, match=r"lease 2 is a2's, not a1's"):
        renew(book.store, "a1", 2)
    with pytest.raises(Refused, match=r"no lease has the token 3"):
        renew(book.store, "a1", 3)


def test_an_automatic_lease_takes_all_paths_that_no_own_lease_covers_or_none(book: LeaseBook) -> None:
    book.acquire(ask("a1", "src/**"))
    book.acquire(ask("a2", "lib/**"))

    taken = book.acquire_automatically("a1", "i", [b"src/x.py", b"docs/[a] b.md", b"README.md"])
    assert taken.lease is not None
    assert (taken.lease.texts, taken.lease.is_automatic) == (["docs/\\[a\\] b.md", "/README.md"], True)
    assert book.acquire_automatically("a1", "i", [b"src/x.py", b"README.md"]).lease is None

    refused = book.acquire_automatically("a1", "i", [b"new.md", b"lib/x.py", b"lib/y.py"])
    assert refused.lease is None
    assert [(path, each.holder) for path, each in refused.refused] == [(b"lib/x.py", "a2"), (b"lib/y.py", "a2")]
    assert [token for token, _, _ in live(book)] == [1, 2, 3]


def test_new_work_under_a_lease_keeps_it_when_the_older_work_lands(book: LeaseBook, work: FakeWork) -> None:
    book.acquire(ask("a1", "src/**"))
    book.note_work("a1", [b"src/x.py"], "1" * 40)
    work.landed.add(1)
    book.acquire_automatically("a1", "i", [b"src/x.py"])

    with pytest.raises(LeaseHeld):
        book.acquire(ask("a2", "src/x.py"))


def test_a_lease_until_a_commit_ends_with_the_commit_that_it_was_for(book: LeaseBook) -> None:
    book.acquire(ask("a1", "src/**", terms=Terms(TTL_MS, GRACE_MS, "commit")))
    book.acquire(ask("a1", "lib/**"))

    assert book.end_at_commit("a1", [b"docs/a.md"]) == []
    assert [lease.token for lease in book.end_at_commit("a1", [b"src/x.py", b"lib/x.py"])] == [1]
    assert story(book)[-1] == "released 1 by a1"


def test_what_has_landed_can_be_ended_by_anybody(book: LeaseBook, work: FakeWork) -> None:
    for holder, path in (("a1", "src/**"), ("a2", "lib/**")):
        book.acquire(ask(holder, path))
    book.note_work("a1", [b"src/x.py"], "1" * 40)
    work.landed |= {1, 2}

    assert [lease.token for lease in book.end_landed("@me")] == [1]
    assert [token for token, _, _ in live(book)] == [2]


def test_what_is_foreseen_changes_nothing(book: LeaseBook, clock: FakeClock) -> None:
    book.acquire(ask("a1", "src/**"))
    clock.pass_ms(LATE_MS)

    foreseen = book.foresee(ask("a2", "src/x.py"))

    assert [lease.token for lease in getattr(foreseen, "reclaimed", ())] == [1]
    assert story(book) == ["acquired 1 by a1"]


def test_each_event_says_what_the_lease_is_from_then_on(book: LeaseBook) -> None:
    book.acquire(ask("a1", "src/**", reason="cache"))

    (event,) = events(book)
    assert (event.subject, event.token, event.before) == ("src/**", 1, None)
    assert event.after == {
        "token": 1, "holder": "a1", "incarnation": "incarnation of a1", "host": "here", "patterns": ["src/**"],
        "reason": "cache", "automatic": False, "until": "landed", "ttl_s": 1800.0,
    }  # fmt: skip


def test_a_lease_knows_its_holder_by_name_not_by_incarnation(book: LeaseBook) -> None:
    request = ask("a1", "src/**")
    book.acquire(request)

    again = book.acquire(replace(request, holder=replace(request.holder, incarnation="another")))

    assert (again.is_new, again.lease.incarnation) == (False, "another")


def test_ended_leases_are_forgotten_after_a_month(book: LeaseBook, clock: FakeClock) -> None:
    for number in range(70):
        book.acquire(ask(f"a{number}", "src/**", terms=Terms(0, 0)))
        clock.pass_ms(86_400_000)

    with book.store.read() as session:
        tokens = [row["token"] for row in session.run("SELECT token FROM leases ORDER BY token")]
        patterns = [row["token"] for row in session.run("SELECT token FROM lease_patterns ORDER BY token")]
    assert tokens == patterns == list(range(33, 71))
