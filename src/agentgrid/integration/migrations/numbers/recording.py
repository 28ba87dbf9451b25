"""What integration writes down: numbers, in one transaction with everything that has to be true then. Rules of the
state: a number belongs to one request of a lineage; the base's own go before those that are on a branch only.
"""

from collections.abc import Sequence
from dataclasses import replace

from agentgrid.boundaries.leases.notices import notify
from agentgrid.boundaries.migrations.queries import read_requests, update_request
from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.integration.migrations.numbers.placed import PlacedRequest
from agentgrid.machine.clock import Instant, rfc3339
from agentgrid.store.session import Session


def record_placed(
    session: Session, now: Instant, placed: Sequence[PlacedRequest], *, commit: str, target: str, actor: str
) -> None:
    """The requests are integrated by `commit` on the branch `target`. Another one that had such a number, on a branch
    that hasn't landed, loses it: it gets its next one when it lands. Asked twice it changes nothing."""
    requests = {each.id: each for each in read_requests(session)}
    for each in placed:
        request = requests.get(each.id)
        if request is None or (request.commit, request.number, request.target) == (commit, each.number, target):
            continue
        after = replace(
            request, status="integrated", number=each.number, file=each.path, commit=commit, target=target,
            decided_at=request.decided_at or rfc3339(now.wall),
        )  # fmt: skip
        _free_number(session, now, requests, each, actor)
        update_request(session, now, request, after, "migration.integrated", actor=actor)
        requests[each.id] = after
        if not request.agent.startswith("@") and request.agent != actor:
            words = f"{each.id} ({request.title}) is migration {each.number} of {each.lineage}, on {target}"
            notify(session, now, request.agent, words)


def _free_number(
    session: Session,
    now: Instant,
    requests: dict[str, MigrationRequest],
    placed: PlacedRequest,
    actor: str,
) -> None:
    for other in list(requests.values()):
        if other.id == placed.id or (other.lineage, other.number) != (placed.lineage, placed.number):
            continue
        freed = replace(other, number=None)
        update_request(session, now, other, freed, "migration.renumbered", actor=actor)
        requests[other.id] = freed
