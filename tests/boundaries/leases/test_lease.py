"""How a lease stands: a table of cases, without git and without a clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agentgrid.boundaries.leases.asked_paths import make_pattern
from agentgrid.boundaries.leases.lease import (
    EXPIRED,
    HELD,
    OVER,
    RECLAIMABLE,
    UNLANDED,
    UNTIL_COMMIT,
    Commit,
    Lease,
    WorkFacts,
    judge_state,
    meetings,
    needs_facts,
    remaining_ms,
)
from agentgrid.machine.clock import Instant
from support.leases import GRACE_MS, TTL_MS

START_MS = 50_000_000
WALL = datetime(2025, 3, 3, 9, tzinfo=UTC)
LEASE = Lease(1, "a1", "i", "here", (make_pattern("src/**"),), "", False, "landed", TTL_MS, GRACE_MS, "boot-1",
              START_MS, "2025-03-03T09:00:00Z", "2025-03-03T09:00:00Z")  # fmt: skip
NO_WORK = WorkFacts(LEASE.key)
UNLANDED_WORK = WorkFacts(LEASE.key, (Commit("1" * 40, "Add cache"),))
LANDED_WORK = WorkFacts(LEASE.key, is_landed=True)


def at(ms: int, *, boot: str = "boot-1", wall: datetime = WALL) -> Instant:
    return Instant(boot, START_MS + ms, wall)


@pytest.mark.parametrize(
    ("age_ms", "facts", "state"),
    [
        (0, None, HELD),
        (TTL_MS, NO_WORK, HELD),
        (TTL_MS + 1, NO_WORK, EXPIRED),
        (TTL_MS + GRACE_MS, NO_WORK, EXPIRED),
        (TTL_MS + GRACE_MS + 1, NO_WORK, RECLAIMABLE),
        (TTL_MS + GRACE_MS + 1, UNLANDED_WORK, UNLANDED),
        (1000 * TTL_MS, UNLANDED_WORK, UNLANDED),
        (0, UNLANDED_WORK, UNLANDED),
        (0, LANDED_WORK, OVER),
        (TTL_MS + 1, LANDED_WORK, OVER),
        (-1000 * TTL_MS, NO_WORK, HELD),
    ],
)
def test_a_lease_stands_by_its_age_unless_its_work_says_otherwise(
    age_ms: int, facts: WorkFacts | None, state: str
) -> None:
    assert judge_state(LEASE, facts, at(age_ms)) == state


@pytest.mark.parametrize("days", [-1, 1, 4000])
@pytest.mark.parametrize(("age_ms", "state"), [(TTL_MS, HELD), (TTL_MS + GRACE_MS + 1, RECLAIMABLE)])
def test_the_wall_clock_has_no_say(days: int, age_ms: int, state: str) -> None:
    assert judge_state(LEASE, NO_WORK, at(age_ms, wall=WALL + timedelta(days=days))) == state


@pytest.mark.parametrize("age_ms", [-START_MS, 0, 1000 * TTL_MS])
def test_after_a_restart_it_refuses_others_and_cannot_be_taken_over_until_somebody_dates_it(age_ms: int) -> None:
    assert judge_state(LEASE, NO_WORK, at(age_ms, boot="boot-2")) == EXPIRED


def test_work_that_has_not_landed_outlives_a_restart() -> None:
    assert judge_state(LEASE, UNLANDED_WORK, at(0, boot="boot-2")) == UNLANDED


@pytest.mark.parametrize("facts", [UNLANDED_WORK, LANDED_WORK])
def test_a_lease_until_a_commit_asks_nothing_of_landing(facts: WorkFacts) -> None:
    lease = replace(LEASE, until=UNTIL_COMMIT)

    assert judge_state(lease, facts, at(TTL_MS + 1)) == EXPIRED
    assert not needs_facts(lease, at(TTL_MS + 1))


@pytest.mark.parametrize(
    ("lease", "age_ms", "is_needed"),
    [
        (LEASE, TTL_MS, False),
        (LEASE, TTL_MS + 1, True),
        (replace(LEASE, work_oid="1" * 40), 0, True),
        (replace(LEASE, holder="@me"), TTL_MS + 1, False),
    ],
)
def test_git_is_asked_only_where_its_answer_counts(lease: Lease, age_ms: int, is_needed: bool) -> None:
    assert needs_facts(lease, at(age_ms)) == is_needed


def test_what_remains_is_told_by_the_clock_that_decides() -> None:
    assert remaining_ms(LEASE, at(1000)) == TTL_MS - 1000
    assert remaining_ms(LEASE, at(TTL_MS + 5)) == -5
    assert remaining_ms(LEASE, at(-5)) == TTL_MS
    assert remaining_ms(LEASE, at(1000, boot="boot-2")) == 0


def test_each_pattern_meets_the_first_that_can_match_a_path_of_it() -> None:
    asked = [make_pattern("src/api/**"), make_pattern("docs/*.md"), make_pattern("src/**/test_*.py")]
    held = [make_pattern("lib/**"), make_pattern("src/**"), make_pattern("src/api/main.py")]

    assert [(mine.text, theirs.text) for mine, theirs in meetings(asked, held)] == [
        (b"src/api/**", b"src/**"), (b"src/**/test_*.py", b"src/**"),
    ]  # fmt: skip
