"""What an agent has to be told at its next command: a lease that was taken over, or taken away."""

from agentgrid.machine.clock import Instant, rfc3339
from agentgrid.store.session import Session, Store, next_number

_UNSEEN = "SELECT number, message FROM notices WHERE agent = :agent AND seen_at IS NULL ORDER BY number"


def notify(session: Session, now: Instant, agent: str, message: str) -> None:
    """Leaves a message for `agent`, in the transaction of `session`."""
    session.run(
        "INSERT INTO notices (number, agent, message, at) VALUES (:number, :agent, :message, :at)",
        number=next_number(session, "notice"), agent=agent, message=message, at=rfc3339(now.wall),
    )  # fmt: skip


def read_notices(store: Store, agent: str) -> list[str]:
    """What `agent` hasn't seen yet, oldest first."""
    with store.read() as session:
        return [str(row["message"]) for row in session.run(_UNSEEN, agent=agent)]


def take_notices(store: Store, agent: str) -> list[str]:
    """The same, each handed out once. Without any, nothing is written."""
    if not read_notices(store, agent):
        return []
    with store.write() as session:
        unseen = session.run(_UNSEEN, agent=agent)
        session.run("UPDATE notices SET seen_at = :at WHERE agent = :agent AND seen_at IS NULL",
                    at=rfc3339(store.now().wall), agent=agent)  # fmt: skip
    return [str(row["message"]) for row in unseen]
