"""Who gets a lease: decided from values alone."""

from dataclasses import replace

import pytest

from agentgrid.boundaries.leases.asked_paths import make_pattern
from agentgrid.boundaries.leases.asking import (
    WAITER_DEAD_MS,
    Grant,
    NeedsFacts,
    Refusals,
    Waiter,
    count_ahead,
    decide_acquire,
)
from agentgrid.boundaries.leases.lease import Commit, Lease, WorkFacts
from support.leases import GRACE_MS, TTL_MS, FakeClock, ask

NOW = FakeClock()()
LATE_MS = TTL_MS + GRACE_MS + 1


def lease(token: int, holder: str, *patterns: str, age_ms: int = 0, work_oid: str | None = None) -> Lease:
    return Lease(token, holder, "i", "here", tuple(map(make_pattern, patterns)), "", False, "landed", TTL_MS, GRACE_MS,
                 NOW.boot, NOW.mono_ms - age_ms, "then", "then", work_oid)  # fmt: skip


def waiter(ticket: int, holder: str, *patterns: str, silent_ms: int = 0, boot: str = NOW.boot) -> Waiter:
    return Waiter(
        ticket, holder, "i", "here", boot, NOW.mono_ms - silent_ms, "then", tuple(map(make_pattern, patterns))
    )


def refused_by(decision: Grant | Refusals | NeedsFacts) -> list[str]:
    assert isinstance(decision, Refusals)
    return [f"{each.asked.text.decode()} by {each.holder}" for each in decision.found]


def test_what_nobody_holds_is_granted() -> None:
    assert decide_acquire(ask("a1", "src/**"), [lease(1, "a2", "lib/**")], [], {}, NOW) == Grant()


def test_all_or_nothing_and_every_path_in_the_way_is_named() -> None:
    leases = [lease(1, "a2", "lib/**"), lease(2, "a3", "docs/a.md")]

    assert refused_by(decide_acquire(ask("a1", "src/**", "lib/x.py", "docs/*.md"), leases, [], {}, NOW)) == [
        "lib/x.py by a2", "docs/*.md by a3",
    ]  # fmt: skip


def test_own_leases_are_never_in_the_way() -> None:
    assert decide_acquire(ask("a1", "src/api/**"), [lease(1, "a1", "src/**")], [], {}, NOW) == Grant()


def test_what_one_has_word_by_word_is_renewed_also_when_others_wait_for_it() -> None:
    mine = lease(1, "a1", "src/**", "lib/**", age_ms=LATE_MS)

    for patterns in (("src/**",), ("lib/**", "src/**")):
        decision = decide_acquire(ask("a1", *patterns), [mine], [waiter(1, "a2", "src/**")], {}, NOW)
        assert decision == Grant(renewed=mine)


def test_an_extension_of_what_one_has_asks_only_for_what_is_new() -> None:
    mine, theirs = lease(1, "a1", "src/**"), waiter(1, "a2", "src/**")

    assert decide_acquire(ask("a1", "src/**", "lib/**"), [mine], [theirs], {}, NOW) == Grant()
    assert refused_by(decide_acquire(ask("a1", "src/x", "lib/**"), [mine], [theirs], {}, NOW)) == ["src/x by a2"]


@pytest.mark.parametrize("age_ms", [TTL_MS + 1, LATE_MS])
def test_beyond_its_time_git_is_asked_before_anything_is_decided(age_ms: int) -> None:
    theirs = lease(1, "a2", "src/**", age_ms=age_ms)

    assert decide_acquire(ask("a1", "src/x"), [theirs], [], {}, NOW) == NeedsFacts((theirs,))


def test_facts_of_a_lease_that_changed_since_do_not_count() -> None:
    theirs = lease(1, "a2", "src/**", age_ms=LATE_MS)
    old = WorkFacts(replace(theirs, work_oid="1" * 40).key)

    assert decide_acquire(ask("a1", "src/x"), [theirs], [], {1: old}, NOW) == NeedsFacts((theirs,))


def test_a_late_lease_without_work_is_taken_over() -> None:
    theirs = lease(1, "a2", "src/**", age_ms=LATE_MS)

    decision = decide_acquire(ask("a1", "src/x"), [theirs], [], {1: WorkFacts(theirs.key)}, NOW)

    assert decision == Grant(reclaimed=(theirs,))


def test_in_its_grace_period_a_lease_still_refuses() -> None:
    theirs = lease(1, "a2", "src/**", age_ms=TTL_MS + 1)

    assert refused_by(decide_acquire(ask("a1", "src/x"), [theirs], [], {1: WorkFacts(theirs.key)}, NOW)) == [
        "src/x by a2"
    ]


def test_unlanded_work_refuses_and_its_commits_are_named() -> None:
    theirs = lease(1, "a2", "src/**", age_ms=LATE_MS)
    commits = (Commit("1" * 40, "Add cache"),)

    decision = decide_acquire(ask("a1", "src/x"), [theirs], [], {1: WorkFacts(theirs.key, commits)}, NOW)

    assert isinstance(decision, Refusals)
    assert (decision.found[0].state, decision.found[0].commits) == ("unlanded", commits)


def test_landed_work_is_over_at_once() -> None:
    theirs = lease(1, "a2", "src/**", work_oid="1" * 40)

    decision = decide_acquire(ask("a1", "src/x"), [theirs], [], {1: WorkFacts(theirs.key, is_landed=True)}, NOW)

    assert decision == Grant(over=(theirs,))


def test_a_sure_refusal_asks_git_nothing_about_others() -> None:
    leases = [lease(1, "a2", "src/**", age_ms=LATE_MS), lease(2, "a3", "lib/**")]

    assert refused_by(decide_acquire(ask("a1", "src/x", "lib/x"), leases, [], {}, NOW)) == ["lib/x by a3"]


def test_who_asked_first_comes_first_also_before_a_narrower_and_before_an_automatic_request() -> None:
    queue = [waiter(1, "a2", "src/**")]

    for request in (ask("a1", "src/x.py"), ask("a1", "src/x.py", is_automatic=True), ask("a1", "src/x.py", ticket=2)):
        assert refused_by(decide_acquire(request, [], queue, {}, NOW)) == ["src/x.py by a2"]


def test_the_queue_holds_up_only_what_it_wants() -> None:
    assert decide_acquire(ask("a1", "lib/x.py"), [], [waiter(1, "a2", "src/**")], {}, NOW) == Grant()


def test_those_behind_and_one_s_own_tickets_hold_up_nobody() -> None:
    queue = [waiter(1, "a1", "src/**"), waiter(4, "a2", "src/**")]

    assert decide_acquire(ask("a1", "src/x.py", ticket=3), [], queue, {}, NOW) == Grant()


@pytest.mark.parametrize(
    "dead",
    [
        waiter(1, "a2", "src/**", silent_ms=WAITER_DEAD_MS + 1),
        waiter(1, "a2", "src/**", silent_ms=-WAITER_DEAD_MS - 1),
        waiter(1, "a2", "src/**", boot="boot-0"),
    ],
)
def test_a_dead_waiter_holds_up_nobody(dead: Waiter) -> None:
    assert decide_acquire(ask("a1", "src/x.py"), [], [dead], {}, NOW) == Grant()


def test_a_waiter_that_was_silent_for_a_while_still_comes_first() -> None:
    queue = [waiter(1, "a2", "src/**", silent_ms=WAITER_DEAD_MS)]

    assert refused_by(decide_acquire(ask("a1", "src/x.py"), [], queue, {}, NOW)) == ["src/x.py by a2"]


def test_the_place_in_the_queue_counts_those_who_want_the_same() -> None:
    queue = [
        waiter(1, "a2", "src/**"),
        waiter(2, "a3", "lib/**"),
        waiter(3, "a4", "**/x.py"),
        waiter(5, "a5", "src/**"),
    ]

    assert count_ahead(ask("a1", "src/x.py", ticket=4), queue, NOW) == 2
