"""Rows of migration requests, in and out, each with its event. No decision is made here."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from agentgrid.boundaries.migrations.request import OPEN, MigrationRequest, Touched
from agentgrid.machine.clock import Instant
from agentgrid.store.events import record_event
from agentgrid.store.session import Row, Session, next_number

_COLUMNS = ("id", "lineage", "agent", "title", "status", "priority", "content", "digest", "submitted_at", "down",
            "branch", "file", "original", "number", "commit_oid", "target", "decided_at", "decided_by", "reason",
            "touched_json")  # fmt: skip


def next_request_id(session: Session) -> str:
    """The id of the next request: `m1` and so on, never given twice."""
    return f"m{next_number(session, 'migration')}"


def read_requests(session: Session, lineage: str | None = None) -> list[MigrationRequest]:
    """Every request (of one lineage), oldest first."""
    rows = session.run(
        "SELECT * FROM migration_requests WHERE lineage = :lineage OR :lineage IS NULL ORDER BY counted",
        lineage=lineage,
    )
    links = session.run("SELECT id, depends_on FROM migration_links ORDER BY position")
    follows: dict[str, list[str]] = {}
    for link in links:
        follows.setdefault(link["id"], []).append(link["depends_on"])
    return [_request(row, follows.get(row["id"], ())) for row in rows]


def has_open(session: Session) -> bool:
    """Whether any request is open: cheap, before anything else is asked."""
    marks = ", ".join(f"'{status}'" for status in OPEN)
    return bool(session.run(f"SELECT 1 AS found FROM migration_requests WHERE status IN ({marks}) LIMIT 1"))  # noqa: S608 - our own words


def open_ids(session: Session) -> dict[str, tuple[str, ...]]:
    """Who asked → ids of their open requests, oldest first."""
    marks = ", ".join(f"'{status}'" for status in OPEN)
    query = f"SELECT id, agent FROM migration_requests WHERE status IN ({marks}) ORDER BY counted"  # noqa: S608 - our own words
    found: dict[str, tuple[str, ...]] = {}
    for row in session.run(query):
        found[row["agent"]] = (*found.get(row["agent"], ()), row["id"])
    return found


def read_request(session: Session, id_: str) -> MigrationRequest | None:
    """The request `id_`, None when there is none."""
    return next((each for each in read_requests(session) if each.id == id_), None)


def insert_request(session: Session, now: Instant, request: MigrationRequest, *, actor: str) -> None:
    """Records a new request."""
    values = _values(request)
    names = ", ".join(["counted", *values])
    places = ", ".join(f":{name}" for name in ["counted", *values])
    session.run(f"INSERT INTO migration_requests ({names}) VALUES ({places})",  # noqa: S608 - our own names
                counted=request.counted, **values)  # fmt: skip
    _write_links(session, request)
    record_event(session, now, "migration.submitted", actor=actor, subject=request.id, after=told_of(request))


def update_request(
    session: Session, now: Instant, before: MigrationRequest, after: MigrationRequest, kind: str, *, actor: str
) -> None:
    """Writes what has become of a request. `kind`: the event's, as in `migration.approved`."""
    values = _values(after)
    changes = ", ".join(f"{name} = :{name}" for name in values if name != "id")
    session.run(f"UPDATE migration_requests SET {changes} WHERE id = :id", **values)  # noqa: S608 - our own names
    session.run("DELETE FROM migration_links WHERE id = :id", id=after.id)
    _write_links(session, after)
    record_event(session, now, kind, actor=actor, subject=after.id, before=told_of(before), after=told_of(after))


def told_of(request: MigrationRequest) -> dict[str, object]:
    """What the log says of a request."""
    told = {
        "holder": request.agent, "lineage": request.lineage, "title": request.title, "status": request.status,
        "file": request.file.decode("utf-8", "backslashreplace") if request.file else None,
        "number": request.number, "commit": request.commit, "target": request.target, "digest": request.digest,
        "reason": request.reason or None,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def _values(request: MigrationRequest) -> dict[str, object]:
    told = {name: getattr(request, name) for name in _COLUMNS if name not in {"commit_oid", "touched_json"}}
    touched = json.dumps(asdict(request.touched), sort_keys=True)
    return {**told, "commit_oid": request.commit, "touched_json": touched}


def _write_links(session: Session, request: MigrationRequest) -> None:
    rows: Sequence[dict[str, object]] = [
        {"id": request.id, "position": position, "depends_on": other}
        for position, other in enumerate(request.depends_on)
    ]
    if rows:
        session.run_many(
            "INSERT INTO migration_links (id, position, depends_on) VALUES (:id, :position, :depends_on)", rows
        )


def _request(row: Row, depends_on: Sequence[str]) -> MigrationRequest:
    told = {name: row[name] for name in _COLUMNS if name not in {"commit_oid", "touched_json"}}
    touched = _touched(json.loads(row["touched_json"]))
    found = MigrationRequest(**told, touched=touched, depends_on=tuple(depends_on), commit=row["commit_oid"])
    blobs = {name: bytes(value) for name in ("content", "down", "file", "original")
             if (value := getattr(found, name)) is not None}  # fmt: skip
    return replace(found, **blobs)  # type: ignore[arg-type] # PostgreSQL answers memoryviews


def _touched(value: dict[str, Any]) -> Touched:
    return Touched(
        tuple(value["objects"]), tuple(value["destructive"]), value["is_reversible"], value["key"],
        tuple(value["parents"]), value.get("was", ""),
    )  # fmt: skip
