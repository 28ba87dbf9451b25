"""Rows of reviews, in and out, each with its event. No decision is made here."""

from collections.abc import Iterable

from agentgrid.boundaries.leases.notices import notify
from agentgrid.boundaries.reviews.review import Review, read_review, review_as_json, write_review
from agentgrid.machine.clock import Instant
from agentgrid.store.events import record_event
from agentgrid.store.session import Session

_TOLD = frozenset({"id", "branch", "commit", "comment", "to"})


def read_rows(session: Session, agent: str | None = None) -> list[tuple[Review, bool]]:
    """Every review (of the agent's work) that was recorded here, oldest first, and whether it is signed."""
    rows = session.run("SELECT text, is_signed FROM reviews WHERE agent = :agent OR :agent IS NULL", agent=agent)
    found = [(read_review(bytes(row["text"])), bool(row["is_signed"])) for row in rows]
    return sorted(found, key=lambda each: (each[0].at, each[0].id))


def insert_review(
    session: Session, now: Instant, review: Review, told: Iterable[str], words: str, *, is_signed: bool
) -> None:
    """Records the review and tells the agents `told` in these `words`."""
    agent = review.subject.agent
    session.run(
        "INSERT INTO reviews (id, agent, text, is_signed) VALUES (:id, :agent, :text, :is_signed)",
        id=review.id, agent=agent, text=write_review(review), is_signed=int(is_signed),
    )  # fmt: skip
    told_of = {name: value for name, value in review_as_json(review).items() if name in _TOLD and value}
    record_event(session, now, f"review.{review.kind}", actor=review.by, subject=agent, after=told_of)
    for each in told:
        notify(session, now, each, words)
