"""The log as somebody asks for it: since when, whose, of which kind."""

from datetime import UTC, datetime

from agentgrid.errors import InputError
from agentgrid.machine.clock import rfc3339
from agentgrid.store.events import Event, EventFilter, last_number, read_last_events
from agentgrid.store.sqlite import SqliteStore

DEFAULT_MOST = 50
_ALL = 1_000_000_000
_ACCEPTED = "45s, 30m, 2h, 14d ago, or a time: 2025-03-03, 2025-03-03T09:00, 2025-03-03T09:00:00Z"


def read_log(
    store: SqliteStore, wanted: EventFilter, *, after: int = 0, most: int | None = None
) -> tuple[list[Event], int]:
    """The last `most` wanted events with a number above `after`, oldest first; and the number of the newest event."""
    if not store.exists:
        return [], 0
    with store.read() as session:
        return read_last_events(session, wanted, after=after, most=_ALL if most is None else most), last_number(session)


def parse_since(text: str, now: datetime) -> str:
    """A time as a person types it, RFC 3339 in UTC. One without a zone is local. Raises InputError."""
    from agentgrid.config.units import parse_duration

    try:
        if text[-1:] in {"s", "m", "h", "d"}:
            return rfc3339(now - parse_duration(text))
        moment = datetime.fromisoformat(text)
        return rfc3339(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        raise InputError(f"{text!r} is no time (accepted: {_ACCEPTED})", hint="agentgrid log --since 2h") from None
