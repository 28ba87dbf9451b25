"""The log of events: numbered without gaps, whatever bytes it is given, and found again by who, what and when."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agentgrid.machine.clock import Instant
from agentgrid.store.events import Event, EventFilter, last_number, read_events, read_last_events, record_event
from agentgrid.store.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    """Six events, an hour apart."""
    store = SqliteStore(tmp_path)
    with store.write() as session:
        for hour, (kind, actor, subject, before, after) in enumerate(
            [
                ("lease.acquired", "a1", "common/", None, {"holder": "a1", "ttl_s": 60}),
                ("lease.acquired", "a2", "docs/", None, {"holder": "a2"}),
                ("lease.forced", "@kim", "common/", {"holder": "a1"}, None),
                ("leasehold.sold", "a3", "x", None, None),
                ("agent.removed", "@kim", "a1", None, None),
                ("lease.acquired", "a_", "y", None, {"holder": "a_"}),
            ]
        ):
            now = Instant("b", hour, datetime(2025, 3, 3, 9 + hour, tzinfo=UTC))
            record_event(session, now, kind, actor=actor, subject=subject, token=hour, before=before, after=after)
    return store


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (EventFilter(), [1, 2, 3, 4, 5, 6]),
        (EventFilter(who="a1"), [1, 3, 5]),
        (EventFilter(who="a2"), [2]),
        (EventFilter(who="@kim"), [3, 5]),
        (EventFilter(who="a_"), [6]),
        (EventFilter(who="%"), []),
        (EventFilter(who='"'), []),
        (EventFilter(kind="lease"), [1, 2, 3, 6]),
        (EventFilter(kind="lease.forced"), [3]),
        (EventFilter(kind="lease."), []),
        (EventFilter(since="2025-03-03T12:00:00Z"), [4, 5, 6]),
        (EventFilter(since="2025-03-03T10:00:00Z", who="a1", kind="lease"), [3]),
    ],
)
def test_events_are_found_by_who_what_and_when(store: SqliteStore, wanted: EventFilter, found: list[int]) -> None:
    with store.read() as session:
        assert [event.seq for event in read_last_events(session, wanted)] == found
        assert [event.seq for event in read_last_events(session, wanted, most=2)] == found[-2:]
        assert [event.seq for event in read_last_events(session, wanted, after=3)] == [n for n in found if n > 3]


def test_all_of_an_event_comes_back(store: SqliteStore) -> None:
    with store.read() as session:
        assert read_events(session, after=2, most=1) == [
            Event(3, "2025-03-03T11:00:00Z", "lease.forced", "@kim", "common/", 2, {"holder": "a1"}, None)
        ]
        assert last_number(session) == 6


def test_a_subject_may_hold_any_byte(store: SqliteStore) -> None:
    name = b"caf\xe9\n\x1b.py".decode("utf-8", "surrogateescape")
    with store.write() as session:
        record_event(session, store.now(), "test", actor="a1", subject=name, after={"path": name, "none": None})

    with store.read() as session:
        [event] = read_events(session, after=6)
    assert (event.seq, event.subject) == (7, "caf\\udce9\n\x1b.py")
    assert event.after == {"path": name, "none": None}
