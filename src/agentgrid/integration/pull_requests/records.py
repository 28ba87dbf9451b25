"""What is remembered of pull requests, so that `status` asks no server: one row a branch."""

from agentgrid.integration.pull_requests.pull_request import PullRequest
from agentgrid.machine.clock import Instant, rfc3339
from agentgrid.store.events import record_event
from agentgrid.store.session import Session


def record_pull_request(session: Session, now: Instant, agent: str, actor: str, request: PullRequest) -> None:
    """Remembers how it is now; an event when its number, state or commit changed."""
    before = read_recorded(session).get(request.branch)
    facts = {**request.as_json(), "head": request.head}
    known = {**before.as_json(), "head": before.head} if before else None
    if known == facts:
        return
    branch = request.branch.encode("utf-8", "backslashreplace").decode()  # a name may hold any byte
    session.run(
        """INSERT INTO pull_requests (branch, agent, number, url, state, head, at)
           VALUES (:branch, :agent, :number, :url, :state, :head, :at)
           ON CONFLICT (branch) DO UPDATE SET agent = excluded.agent, number = excluded.number, url = excluded.url,
               state = excluded.state, head = excluded.head, at = excluded.at""",
        branch=branch, agent=agent, number=request.number, url=request.url, state=request.state,
        head=request.head, at=rfc3339(now.wall),
    )  # fmt: skip
    record_event(session, now, f"pr.{request.state}", actor=actor, subject=agent, before=known, after=facts)


def read_recorded(session: Session) -> dict[str, PullRequest]:
    """Branch → its pull request as it was last seen."""
    rows = session.run("SELECT * FROM pull_requests")
    return {
        row["branch"]: PullRequest(int(row["number"]), row["url"], row["state"], row["branch"], row["head"])
        for row in rows
    }
