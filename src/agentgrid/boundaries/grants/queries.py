"""Rows of grants, in and out, each with its event. No decision is made here."""

from dataclasses import dataclass

from agentgrid.boundaries.grants.grant import Grant, grant_as_json, read_grant, write_grant
from agentgrid.boundaries.leases.notices import notify
from agentgrid.machine.clock import Instant, rfc3339
from agentgrid.store.events import record_event
from agentgrid.store.session import Session

GIVEN, REVOKED = "grant.given", "grant.revoked"


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant as the state has it. `revoked_at`: None while nobody has taken it back."""

    grant: Grant
    is_signed: bool
    revoked_at: str | None


def read_rows(session: Session, agent: str | None = None) -> list[GrantRow]:
    """Every grant that was given (to `agent`) or taken back here, oldest first."""
    rows = session.run(
        "SELECT text, is_signed, revoked_at FROM grants WHERE agent = :agent OR :agent IS NULL", agent=agent
    )
    found = [GrantRow(read_grant(bytes(row["text"])), bool(row["is_signed"]), row["revoked_at"]) for row in rows]
    return sorted(found, key=lambda each: (each.grant.at, each.grant.id))


def insert_grant(session: Session, now: Instant, grant: Grant, words: str, *, is_signed: bool) -> None:
    """Records the grant and tells the agent. `words`: what it may do now."""
    session.run(
        "INSERT INTO grants (id, agent, text, is_signed) VALUES (:id, :agent, :text, :is_signed)",
        id=grant.id, agent=grant.to, text=write_grant(grant), is_signed=int(is_signed),
    )  # fmt: skip
    record_event(session, now, GIVEN, actor=grant.by, subject=grant.to, after=grant_as_json(grant))
    notify(session, now, grant.to, words)


def mark_revoked(session: Session, now: Instant, grant: Grant, actor: str, words: str) -> None:
    """Takes the grant back for good, also one that was given elsewhere and only its object was known here."""
    session.run(
        """INSERT INTO grants (id, agent, text, is_signed, revoked_at, revoked_by)
           VALUES (:id, :agent, :text, 1, :at, :actor)
           ON CONFLICT (id) DO UPDATE SET revoked_at = excluded.revoked_at, revoked_by = excluded.revoked_by""",
        id=grant.id, agent=grant.to, text=write_grant(grant), at=rfc3339(now.wall), actor=actor,
    )  # fmt: skip
    record_event(session, now, REVOKED, actor=actor, subject=grant.to, before=grant_as_json(grant))
    notify(session, now, grant.to, words)
