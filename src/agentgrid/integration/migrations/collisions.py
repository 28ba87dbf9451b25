"""Where open requests meet: two that touch one table, or one column. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.boundaries.migrations.request import MigrationRequest


@dataclass(frozen=True, slots=True)
class Collision:
    """`other`: the request that it meets. `objects`: the columns that both touch, or the tables where they share no
    column."""

    other: str
    agent: str
    objects: tuple[str, ...]

    @property
    def words(self) -> str:
        """`m3 of a2 (users.email)`."""
        return f"{self.other} of {self.agent} ({', '.join(self.objects)})"


def find_collisions(request: MigrationRequest, requests: Sequence[MigrationRequest]) -> tuple[Collision, ...]:
    """The open requests of the same lineage that touch what `request` touches. Of two where one depends on the other
    the order is clear, so they don't collide."""
    if not request.is_open:
        return ()
    related = _related(request, requests)
    found = []
    for other in requests:
        if other.id != request.id and other.is_open and other.lineage == request.lineage and other.id not in related:
            objects = _shared(request.touched.objects, other.touched.objects)
            if objects:
                found.append(Collision(other.id, other.agent, objects))
    return tuple(found)


def _shared(mine: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Names are compared as a database that doesn't tell upper from lower case would."""
    theirs = {each.lower() for each in others}
    both = [each for each in mine if each.lower() in theirs]
    columns = tuple(each for each in both if "." in each)
    tables = {each.partition(".")[0].lower() for each in others}
    met = dict.fromkeys(table for each in mine if (table := each.partition(".")[0]).lower() in tables)
    return columns or tuple(met)


def _related(request: MigrationRequest, requests: Sequence[MigrationRequest]) -> set[str]:
    """All that it depends on, and all that depends on it, however far."""
    before = {each.id: set(each.depends_on) for each in requests} | {request.id: set(request.depends_on)}
    after: dict[str, set[str]] = {}
    for id_, others in before.items():
        for other in others:
            after.setdefault(other, set()).add(id_)
    return _reach(request.id, before) | _reach(request.id, after)


def _reach(start: str, links: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    pending = [start]
    while pending:
        new = links.get(pending.pop(), set()) - reached
        reached |= new
        pending += new
    return reached
