"""The log: append-only, numbered without gaps in the order of the transactions. No secret enters it."""

import json
from dataclasses import dataclass

from agentgrid.errors import StoreError
from agentgrid.machine.clock import Instant, rfc3339
from agentgrid.store.session import Row, Session, next_number


@dataclass(frozen=True, slots=True)
class Event:
    """`kind`: what happened, as in `lease.acquired`. `actor`: an agent's id, or `@login` for a person. `subject`: what
    it happened to. `token`: of the lease. `before`, `after`: plain values, None where there is nothing to say."""

    seq: int
    at: str
    kind: str
    actor: str
    subject: str
    token: int | None = None
    before: object = None
    after: object = None

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


def record_event(
    session: Session,
    now: Instant,
    kind: str,
    *,
    actor: str,
    subject: str,
    token: int | None = None,
    before: object = None,
    after: object = None,
) -> int:
    """Appends one event in the transaction of `session`; its number."""
    seq = next_number(session, "event")
    session.run(
        """INSERT INTO events (seq, at, kind, actor, subject, token, before_json, after_json)
           VALUES (:seq, :at, :kind, :actor, :subject, :token, :before, :after)""",
        seq=seq,
        at=rfc3339(now.wall),
        kind=kind,
        actor=actor,
        subject=subject.encode("utf-8", "backslashreplace").decode(),  # a path may hold any byte
        token=token,
        before=_dump(before),
        after=_dump(after),
    )
    return seq


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; what is None doesn't matter. `since`: RFC 3339 in UTC. `who`: who acted, what it
    happened to, or whose it was. `kind`: one kind, or all that begin so (`lease` for `lease.acquired`)."""

    since: str | None = None
    who: str | None = None
    kind: str | None = None


def read_events(session: Session, *, after: int = 0, most: int = 1_000_000) -> list[Event]:
    """Events with a number above `after`, oldest first, at most `most`."""
    rows = session.run("SELECT * FROM events WHERE seq > :after ORDER BY seq LIMIT :most", after=after, most=most)
    return [_event(row) for row in rows]


def read_last_events(session: Session, wanted: EventFilter, *, after: int = 0, most: int = 1_000_000) -> list[Event]:
    """The last `most` events above `after` that are wanted, oldest first."""
    conditions, values = _conditions(wanted)
    rows = session.run(
        f"SELECT * FROM events WHERE {' AND '.join(['seq > :after', *conditions])} ORDER BY seq DESC LIMIT :most",  # noqa: S608 - conditions are the texts below
        after=after,
        most=most,
        **values,
    )
    return [_event(row) for row in reversed(rows)]


def last_number(session: Session) -> int:
    """The number of the newest event; 0 before the first."""
    return int(session.run("SELECT COALESCE(MAX(seq), 0) AS seq FROM events")[0]["seq"])


def _conditions(wanted: EventFilter) -> tuple[list[str], dict[str, object]]:
    conditions: list[str] = []
    values: dict[str, object] = {}
    if wanted.since is not None:
        conditions.append("at >= :since")
        values["since"] = wanted.since
    if wanted.kind is not None:
        conditions.append("(kind = :kind OR substr(kind, 1, :length) = :begins)")
        values |= {"kind": wanted.kind, "begins": f"{wanted.kind}.", "length": len(wanted.kind) + 1}
    if wanted.who is not None:
        conditions.append(
            "(actor = :who OR subject = :who"
            " OR before_json LIKE :holder ESCAPE '!' OR after_json LIKE :holder ESCAPE '!')"
        )
        values |= {"who": wanted.who, "holder": f"%{_like_text(_dump({'holder': wanted.who}) or '')}%"}
    return conditions, values


def _like_text(json_object: str) -> str:
    """The member of a JSON object of one, as a text that LIKE finds literally."""
    return "".join(f"!{char}" if char in "!%_" else char for char in json_object[1:-1])


def _event(row: Row) -> Event:
    try:
        before, after = _load(row["before_json"]), _load(row["after_json"])
    except ValueError as error:
        raise StoreError(f"event {row['seq']} of the log is damaged: {error}", hint="agentgrid state show") from error
    return Event(row["seq"], row["at"], row["kind"], row["actor"], row["subject"], row["token"], before, after)


def _dump(value: object) -> str | None:
    return None if value is None else json.dumps(value, sort_keys=True, separators=(",", ":"))


def _load(text: str | None) -> object:
    return None if text is None else json.loads(text)
