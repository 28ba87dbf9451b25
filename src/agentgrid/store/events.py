"""The log: append-only, numbered without gaps in the order of the transactions. No secret enters it."""

import json
from dataclasses import dataclass

from agentgrid.machine.clock import Instant, rfc3339
from agentgrid.store.session import Session, next_number


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


def read_events(session: Session, *, after: int = 0, most: int = 1_000_000) -> list[Event]:
    """Events with a number above `after`, oldest first, at most `most`."""
    rows = session.run("SELECT * FROM events WHERE seq > :after ORDER BY seq LIMIT :most", after=after, most=most)
    return [
        Event(row["seq"], row["at"], row["kind"], row["actor"], row["subject"], row["token"],
              _load(row["before_json"]), _load(row["after_json"]))
        for row in rows
    ]  # fmt: skip


def _dump(value: object) -> str | None:
    return None if value is None else json.dumps(value, sort_keys=True, separators=(",", ":"))


def _load(text: str | None) -> object:
    return None if text is None else json.loads(text)
