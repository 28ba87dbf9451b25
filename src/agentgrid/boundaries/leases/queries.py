"""Rows of leases and waiters, in and out. No decision is made here."""

from collections.abc import Sequence
from dataclasses import replace

from agentgrid.boundaries.leases.asking import Holder, Request, Waiter
from agentgrid.boundaries.leases.lease import Lease, LeasePattern
from agentgrid.boundaries.patterns.intersection import dump_shape, load_shape
from agentgrid.machine.clock import Instant, rfc3339
from agentgrid.store.session import Row, Session, next_number

_LEASE_COLUMNS = """l.token, l.holder, l.incarnation, l.host, l.reason, l.is_automatic, l.until, l.ttl_ms, l.grace_ms,
    l.boot, l.renewed_ms, l.acquired_at, l.renewed_at, l.work_oid, l.ended_at, l.ended_how, p.pattern, p.shape"""
_LEASES = f"SELECT {_LEASE_COLUMNS} FROM leases l JOIN lease_patterns p ON p.token = l.token"  # noqa: S608
_ORDER = " ORDER BY l.token, p.position"


def read_live(session: Session, holder: str | None = None) -> list[Lease]:
    """Live leases (of `holder`, or of everybody), oldest first."""
    if holder is None:
        return _leases(session.run(f"{_LEASES} WHERE l.ended_at IS NULL{_ORDER}"))
    return _leases(session.run(f"{_LEASES} WHERE l.ended_at IS NULL AND l.holder = :holder{_ORDER}", holder=holder))


def read_all(session: Session) -> list[Lease]:
    """Live leases and those that ended not long ago, oldest first."""
    return _leases(session.run(_LEASES + _ORDER))


def read_lease(session: Session, token: int) -> Lease | None:
    """The lease with this token, live or ended; None when nobody remembers it."""
    return next(iter(_leases(session.run(f"{_LEASES} WHERE l.token = :token{_ORDER}", token=token))), None)


def insert_lease(session: Session, request: Request, now: Instant) -> Lease:
    """Writes a new lease, with the next token."""
    holder, terms, at = request.holder, request.terms, rfc3339(now.wall)
    lease = Lease(
        next_number(session, "token"), holder.name, holder.incarnation, holder.host, request.patterns, request.reason,
        request.is_automatic, terms.until, terms.ttl_ms, terms.grace_ms, now.boot, now.mono_ms, at, at,
    )  # fmt: skip
    _insert_row(session, lease)
    return lease


def insert_remains(session: Session, lease: Lease, dropped: Sequence[LeasePattern], how: str, now: Instant) -> None:
    """Remembers what a lease gave up while it lives on: an ended lease of its own, for who held a path last."""
    at = rfc3339(now.wall)
    gone = replace(lease, token=next_number(session, "token"), patterns=tuple(dropped), ended_at=at, ended_how=how)
    _insert_row(session, gone)


def replace_patterns(session: Session, token: int, patterns: Sequence[LeasePattern]) -> None:
    session.run("DELETE FROM lease_patterns WHERE token = :token", token=token)
    _insert_patterns(session, "lease_patterns", "token", token, patterns)


def end_lease(session: Session, token: int, how: str, now: Instant) -> None:
    session.run("UPDATE leases SET ended_at = :at, ended_how = :how WHERE token = :token",
                at=rfc3339(now.wall), how=how, token=token)  # fmt: skip


def touch_lease(session: Session, lease: Lease, now: Instant, request: Request | None = None) -> Lease:
    """A sign of the holder. With `request`: it asked anew, on its terms, and for work that is still to be done."""
    touched = replace(lease, boot=now.boot, renewed_ms=now.mono_ms, renewed_at=rfc3339(now.wall))
    if request is not None:
        touched = replace(
            touched,
            incarnation=request.holder.incarnation,
            host=request.holder.host,
            reason=request.reason or lease.reason,
            is_automatic=lease.is_automatic and request.is_automatic,
            until=request.terms.until,
            ttl_ms=request.terms.ttl_ms,
            grace_ms=request.terms.grace_ms,
            work_oid=None,
        )
    _update_row(session, touched)
    return touched


def date_lease(session: Session, lease: Lease, now: Instant, renewed_ms: int) -> Lease:
    """Puts a lease on the clock of this start of the machine; its holder gave no sign."""
    dated = replace(lease, boot=now.boot, renewed_ms=renewed_ms)
    _update_row(session, dated)
    return dated


def set_work(session: Session, token: int, oid: str | None) -> None:
    session.run("UPDATE leases SET work_oid = :oid WHERE token = :token", oid=oid, token=token)


def forget_ended(session: Session, before: str) -> None:
    """Forgets leases that ended before this time (RFC 3339)."""
    session.run("DELETE FROM lease_patterns WHERE token IN (SELECT token FROM leases WHERE ended_at < :before)",
                before=before)  # fmt: skip
    session.run("DELETE FROM leases WHERE ended_at < :before", before=before)


def read_waiters(session: Session) -> list[Waiter]:
    """Everybody in the queue, first come first."""
    rows = session.run(
        """SELECT w.ticket, w.holder, w.incarnation, w.host, w.boot, w.beat_ms, w.asked_at, p.pattern, p.shape
           FROM lease_waiters w JOIN waiter_patterns p ON p.ticket = w.ticket ORDER BY w.ticket, p.position"""
    )
    return [
        Waiter(
            row["ticket"], row["holder"], row["incarnation"], row["host"], row["boot"], row["beat_ms"],
            row["asked_at"], patterns,
        )
        for row, patterns in _grouped(rows, "ticket")
    ]  # fmt: skip


def insert_waiter(session: Session, holder: Holder, patterns: Sequence[LeasePattern], now: Instant) -> int:
    """The ticket of a new place at the end of the queue."""
    ticket = next_number(session, "ticket")
    session.run(
        """INSERT INTO lease_waiters (ticket, holder, incarnation, host, boot, beat_ms, asked_at)
           VALUES (:ticket, :holder, :incarnation, :host, :boot, :beat_ms, :asked_at)""",
        ticket=ticket, holder=holder.name, incarnation=holder.incarnation, host=holder.host,
        boot=now.boot, beat_ms=now.mono_ms, asked_at=rfc3339(now.wall),
    )  # fmt: skip
    _insert_patterns(session, "waiter_patterns", "ticket", ticket, patterns)
    return ticket


def beat(session: Session, ticket: int, now: Instant) -> None:
    session.run("UPDATE lease_waiters SET beat_ms = :now WHERE ticket = :ticket", now=now.mono_ms, ticket=ticket)


def delete_waiter(session: Session, ticket: int) -> None:
    session.run("DELETE FROM waiter_patterns WHERE ticket = :ticket", ticket=ticket)
    session.run("DELETE FROM lease_waiters WHERE ticket = :ticket", ticket=ticket)


def _insert_row(session: Session, lease: Lease) -> None:
    session.run(
        """INSERT INTO leases (token, holder, incarnation, host, reason, is_automatic, until, ttl_ms, grace_ms, boot,
               renewed_ms, acquired_at, renewed_at, work_oid, ended_at, ended_how)
           VALUES (:token, :holder, :incarnation, :host, :reason, :is_automatic, :until, :ttl_ms, :grace_ms, :boot,
               :renewed_ms, :acquired_at, :renewed_at, :work_oid, :ended_at, :ended_how)""",
        **_values(lease), acquired_at=lease.acquired_at, ended_at=lease.ended_at, ended_how=lease.ended_how,
    )  # fmt: skip
    _insert_patterns(session, "lease_patterns", "token", lease.token, lease.patterns)


def _update_row(session: Session, lease: Lease) -> None:
    session.run(
        """UPDATE leases SET holder = :holder, incarnation = :incarnation, host = :host, reason = :reason,
               is_automatic = :is_automatic, until = :until, ttl_ms = :ttl_ms, grace_ms = :grace_ms, boot = :boot,
               renewed_ms = :renewed_ms, renewed_at = :renewed_at, work_oid = :work_oid
           WHERE token = :token""",
        **_values(lease),
    )


def _values(lease: Lease) -> dict[str, object]:
    names = ("token", "holder", "incarnation", "host", "reason", "until", "ttl_ms", "grace_ms", "boot", "renewed_ms",
             "renewed_at", "work_oid")  # fmt: skip
    return {**{name: getattr(lease, name) for name in names}, "is_automatic": int(lease.is_automatic)}


def _insert_patterns(session: Session, table: str, key: str, number: int, patterns: Sequence[LeasePattern]) -> None:
    session.run_many(
        f"INSERT INTO {table} ({key}, position, pattern, shape) VALUES (:number, :position, :pattern, :shape)",  # noqa: S608
        [
            {"number": number, "position": position, "pattern": each.text, "shape": dump_shape(each.shape)}
            for position, each in enumerate(patterns)
        ],
    )


def _leases(rows: list[Row]) -> list[Lease]:
    return [
        Lease(
            row["token"], row["holder"], row["incarnation"], row["host"], patterns, row["reason"],
            bool(row["is_automatic"]), row["until"], row["ttl_ms"], row["grace_ms"], row["boot"], row["renewed_ms"],
            row["acquired_at"], row["renewed_at"], row["work_oid"], row["ended_at"], row["ended_how"],
        )
        for row, patterns in _grouped(rows, "token")
    ]  # fmt: skip


def _grouped(rows: list[Row], key: str) -> list[tuple[Row, tuple[LeasePattern, ...]]]:
    """One (row, its patterns) for each run of rows with the same key."""
    found: dict[int, tuple[Row, list[LeasePattern]]] = {}
    for row in rows:
        pattern = LeasePattern(bytes(row["pattern"]), load_shape(bytes(row["shape"])))
        found.setdefault(row[key], (row, []))[1].append(pattern)
    return [(row, tuple(patterns)) for row, patterns in found.values()]
