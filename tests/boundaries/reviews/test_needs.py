"""Whose approval a change set needs, and what is missing: decided from places and voices alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agentgrid.boundaries.policy.territory import COMMON, FROZEN, OWNED, UNOWNED, Place, Territory
from agentgrid.boundaries.reviews.needs import ReviewNeeds, find_needs, heard_voices, missing_approvals
from agentgrid.boundaries.reviews.review import NotAReview, Review, Subject, read_review, write_review

AT = datetime(2025, 3, 3, 9, tzinfo=UTC)
SUBJECT = Subject("a2", "feat/a2/x__a2", "a" * 40, "b" * 64)


def said(by: str, kind: str = "approved", *, minutes: int = 0, comment: str = "no") -> Review:
    return Review("0" * 11 + str(minutes % 10), kind, by, SUBJECT, AT + timedelta(minutes=minutes), comment)


class Compiled(Territory):
    """A territory that only has what is asked of it here."""

    def __init__(self, approvers: Mapping[str, Sequence[str]], reviews: tuple[int, bool]) -> None:
        self.compiled = {"approvers": approvers, "reviews": reviews}


def needs(*places: Place, approvals: int = 0, is_binding: bool = False) -> ReviewNeeds:
    return find_needs(Compiled({"a1": [], "a2": [], "a3": ["a2"], "a4": ["*"]}, (approvals, is_binding)), "a2", places)


CACHE = Place(b"common/cache.py", COMMON, "a1", "common", 1)
ORDERS = Place(b"orders/main.py", OWNED, "a1", "critical", 2, ("a1",))
OWN = Place(b"billing/main.py", OWNED, "a2", "critical", 3, ("a2",))
LICENSE = Place(b"LICENSE", FROZEN, None, None, 4)


def test_the_map_asks_stewards_owners_and_for_frozen_files_a_person() -> None:
    more = replace_path(CACHE, b"common/x.py")
    found = needs(CACHE, more, ORDERS, OWN, LICENSE, Place(b"x", UNOWNED), Place(b"y", COMMON))

    assert [(each.who, each.why) for each in found.demands] == [
        ("a1", "steward of common/cache.py and 1 more"),
        ("a1", "owner of orders/main.py"),
        (None, "LICENSE is frozen"),
    ]
    assert found.demanded == ("a1",)


def replace_path(place: Place, path: bytes) -> Place:
    return Place(path, place.state, place.owner, place.tier, place.rule)


def test_generated_files_ask_nobody() -> None:
    assert needs(Place(b"deps.lock", COMMON, "a1", is_derived=True)).demands == ()


def test_without_a_word_in_the_policy_nothing_is_missing() -> None:
    assert missing_approvals(needs(CACHE, ORDERS, LICENSE), []) == ()


def test_the_count_takes_voices_that_may_approve_and_tells_whose_may() -> None:
    two = needs(approvals=2)

    assert missing_approvals(two, []) == ("0 of 2 approvals; a3 or a4 or a person may give one",)
    assert missing_approvals(two, [said("a3")]) == ("1 of 2 approvals; a4 or a person may give one",)
    assert missing_approvals(two, [said("a3"), said("a4")]) == ()
    assert missing_approvals(two, [said("a3"), said("@jane")]) == ()


@pytest.mark.parametrize("by", ["a2", "a1", "stranger", ""])
def test_its_own_voice_and_those_without_permission_count_for_nothing(by: str) -> None:
    assert missing_approvals(needs(approvals=1), [said(by)]) != ()


def test_one_voice_counts_once() -> None:
    assert missing_approvals(needs(approvals=2), [said("a3"), said("a3", minutes=1)]) != ()


def test_where_the_map_binds_each_of_those_that_it_asks_has_to_approve() -> None:
    binding = needs(CACHE, ORDERS, approvals=1, is_binding=True)

    assert missing_approvals(binding, [said("a3")]) == (
        "no approval by a1 (steward of common/cache.py)",
        "no approval by a1 (owner of orders/main.py)",
    )
    assert missing_approvals(binding, [said("a1")]) == ()


def test_a_persons_voice_is_enough_for_all_that_the_map_asks() -> None:
    assert missing_approvals(needs(CACHE, LICENSE, is_binding=True), [said("@jane")]) == ()


def test_frozen_files_take_a_person() -> None:
    assert missing_approvals(needs(LICENSE, is_binding=True), [said("a4")]) == (
        "no approval by a person (LICENSE is frozen)",
    )


def test_a_rejection_stands_in_the_way_where_no_approval_is_asked_for() -> None:
    assert missing_approvals(needs(), [said("a3", "rejected", comment="leaks")]) == ("a3 rejected it: leaks",)


def test_the_last_word_of_each_voice_counts() -> None:
    voices = [said("a3", "rejected", minutes=1), said("a3", "approved", minutes=2)]

    assert missing_approvals(needs(approvals=1), voices[::-1]) == ()
    assert missing_approvals(needs(approvals=1), [voices[0], replace(voices[1], at=AT)]) != ()


def test_a_rejection_by_who_may_not_approve_is_no_obstacle() -> None:
    assert heard_voices(needs(), [said("a1", "rejected"), said("a2", "rejected")]) == {}


def test_a_request_is_no_voice() -> None:
    assert missing_approvals(needs(approvals=1), [said("a3", "requested")]) != ()


def test_a_new_commit_drops_a_verdict_unless_the_change_is_the_same() -> None:
    verdict = said("a3")

    assert verdict.is_about(SUBJECT.commit, "f" * 64)
    assert verdict.is_about("c" * 40, SUBJECT.changes)
    assert not verdict.is_about("c" * 40, "f" * 64)


def test_a_review_is_read_as_it_was_written() -> None:
    review = Review("0123456789ab", "requested", "@jürgen", SUBJECT, AT.replace(microsecond=5), "look\n`here`", ("a1",))

    assert read_review(write_review(review)) == review
    assert write_review(review).isascii()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"approved"', b'"landed"'), (b'"version": 1', b'"version": 2'), (b"a" * 40, b"a" * 39),
        (b"b" * 64, b"B" * 64),
        (b'"a2"', b"2"), (b'"to": []', b'"to": [1]'), (b'"to": []', b'"to": {}'), (b"\n}", b"}"), (b"{", b"["),
        (b'"000000000000"', b'"../../x"'), (b"2025-03-03T", b"2025-13-03T"),
    ],
)  # fmt: skip
def test_anything_else_is_no_review(old: bytes, new: bytes) -> None:
    text = write_review(said("a3"))
    assert old in text

    with pytest.raises(NotAReview):
        read_review(text.replace(old, new, 1))
