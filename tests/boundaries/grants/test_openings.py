"""Whose voices open a path: the table of SEMANTICS, and nothing beside it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from agentgrid.boundaries.grants.grant import Grant
from agentgrid.boundaries.grants.openings import Openings, decide_opening, find_reviewers
from agentgrid.boundaries.leases.asked_paths import make_pattern
from agentgrid.boundaries.policy.territory import COMMON, FROZEN, OWNED, SHARED_CONFLICT, UNOWNED, Place

PATH = b"services/orders/main.py"
AT = datetime(2025, 3, 3, tzinfo=UTC)
APPROVERS = {"a1": (), "a2": ("*",), "a3": ("a2",), "a4": ("a1",)}


def grant(by: str, *patterns: str) -> Grant:
    return Grant("0" * 12, "a2", by, tuple(map(make_pattern, patterns or ["services/orders/"])), AT, "0" * 40, "topic")


def place(state: str = OWNED, tier: str | None = "critical", path: bytes = PATH) -> Place:
    return Place(path, state, "a1" if state == OWNED else None, tier, 0, ())


@pytest.mark.parametrize(
    ("state", "tier", "voices", "is_open"),
    [
        (OWNED, "critical", ["@jane"], True),
        (OWNED, "support", ["@jane"], True),
        (OWNED, "support", ["a1"], True),
        (OWNED, "support", ["a3"], False),
        (OWNED, "critical", ["a1"], False),
        (OWNED, "critical", ["a3"], False),
        (OWNED, "critical", ["a1", "a3"], True),
        (OWNED, "critical", ["a1", "a4"], False),
        (OWNED, "critical", ["a1", "a2"], False),
        (UNOWNED, None, ["@jane"], True),
        (UNOWNED, None, ["a1", "a3"], False),
        (FROZEN, None, ["@jane", "a1", "a3"], False),
        (SHARED_CONFLICT, None, ["@jane", "a1"], False),
        (COMMON, "common", ["@jane"], False),
        (OWNED, "support", [], False),
    ],
)
def test_who_opens_what(state: str, tier: str | None, voices: Sequence[str], is_open: bool) -> None:
    found = decide_opening(place(state, tier), [grant(by) for by in voices], find_reviewers("a2", APPROVERS))
    assert bool(found) is is_open
    assert {each.by for each in found} <= set(voices)


def test_an_owner_that_reviews_the_work_anyway_is_enough() -> None:
    reviewers = find_reviewers("a2", {"a1": ("*",), "a2": ()})
    assert reviewers == ["a1"]
    assert decide_opening(place(), [grant("a1")], reviewers)


def test_nobody_is_a_reviewer_of_itself() -> None:
    assert find_reviewers("a2", APPROVERS) == ["a3"]


@pytest.mark.parametrize(
    ("patterns", "path", "is_open"),
    [
        (["services/orders/main.py"], PATH, True),
        (["services/orders/main.py"], b"services/orders/other.py", False),
        (["services/orders/main.py"], PATH + b"/below", False),
        (["services/orders/"], b"services/orders/deep/er.py", True),
        (["services/**/main.py"], PATH, True),
        (["services/*.py"], PATH, False),
    ],
)
def test_it_opens_exactly_the_paths_that_it_says(patterns: list[str], path: bytes, is_open: bool) -> None:
    openings = Openings("a2", APPROVERS, lambda: [grant("@jane", *patterns)])
    assert bool(openings.find(place(path=path))) is is_open


def test_a_folder_is_open_only_when_all_in_it_is() -> None:
    folder = place(path=b"services/orders")
    one_file = Openings("a2", APPROVERS, lambda: [grant("@jane", "services/orders/main.py")])
    assert not one_file.find(folder, is_folder=True)
    assert Openings("a2", APPROVERS, lambda: [grant("@jane")]).find(folder, is_folder=True)


def test_nothing_is_gathered_before_something_would_be_refused() -> None:
    asked: list[int] = []
    openings = Openings("a2", APPROVERS, lambda: [asked.append(1) or grant("@jane")])  # type: ignore[func-returns-value]
    assert asked == []
    openings.find(place())
    openings.find(place())
    assert asked == [1]
