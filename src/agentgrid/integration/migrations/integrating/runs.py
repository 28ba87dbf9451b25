"""An integration that is at work, as the state knows it: numbers are given before the branch moves, and what was killed
in between is finished or taken back by the next command. So a number is used or it isn't, and never given twice.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.migrations.queries import read_requests, update_request
from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.integration.migrations.numbers.hindrances import Allowance
from agentgrid.integration.migrations.numbers.placed import PlacedRequest
from agentgrid.integration.migrations.numbers.recording import record_placed
from agentgrid.machine.clock import Instant, rfc3339
from agentgrid.store.events import record_event
from agentgrid.store.session import Row, Session


@dataclass(frozen=True)
class MigrationRun:
    """The branch `ref` is about to go from `old` to `new`. `before`: what is put back when it doesn't."""

    id: str
    lineage: str
    ref: str
    old: str
    new: str
    actor: str
    before: tuple[dict[str, object], ...] = ()

    @property
    def branch(self) -> str:
        return self.ref.removeprefix("refs/heads/")


def begin_run(
    session: Session, now: Instant, run: MigrationRun, placed: Sequence[PlacedRequest], seen: Sequence[MigrationRequest]
) -> bool:
    """Gives the numbers in one transaction. False when a request isn't any more what was `seen` when it was decided."""
    present = {each.id: each for each in read_requests(session)}
    if any(present.get(each.id) != each for each in seen):
        return False
    ids = {each.id for each in placed}
    losing = {(each.lineage, each.number) for each in placed}
    kept = [_state_of(each) for each in present.values() if each.id in ids or (each.lineage, each.number) in losing]
    session.run(
        """INSERT INTO migration_runs (id, lineage, ref, old, new, actor, at, before_json)
           VALUES (:id, :lineage, :ref, :old, :new, :actor, :at, :before)""",
        id=run.id, lineage=run.lineage, ref=run.ref, old=run.old, new=run.new, actor=run.actor,
        at=rfc3339(now.wall), before=json.dumps(kept, sort_keys=True),
    )  # fmt: skip
    record_placed(session, now, placed, commit=run.new, target=run.branch, actor=run.actor)
    return True


def record_allowance(session: Session, now: Instant, allowance: Allowance, reason: str, run: MigrationRun) -> None:
    """That a window wasn't waited for, or that data may be lost, is for the log."""
    if not allowance.now and not allowance.destructive:
        return
    after = {"run": run.id, "branch": run.branch, "now": allowance.now, "destructive": allowance.destructive,
             "reason": reason}  # fmt: skip
    record_event(session, now, "migration.allowed", actor=run.actor, subject=run.lineage, after=after)


def read_runs(session: Session) -> list[MigrationRun]:
    """Integrations that were begun and not ended, oldest first."""
    return [_run(row) for row in session.run("SELECT * FROM migration_runs ORDER BY at, id")]


def end_run(session: Session, run: MigrationRun) -> None:
    """The branch is where the run wanted it."""
    session.run("DELETE FROM migration_runs WHERE id = :id", id=run.id)


def undo_run(session: Session, now: Instant, run: MigrationRun) -> None:
    """The branch didn't move: the requests are as they were before, and their numbers free."""
    present = {each.id: each for each in read_requests(session)}
    for kept in run.before:
        request = present.get(str(kept["id"]))
        if request is None:
            continue
        after = _with_state(request, kept)
        if after != request:
            update_request(session, now, request, after, "migration.undone", actor=run.actor)
    end_run(session, run)


_KEPT = ("id", "status", "number", "commit", "target", "decided_at")


def _state_of(request: MigrationRequest) -> dict[str, object]:
    told: dict[str, object] = {name: getattr(request, name) for name in _KEPT}
    return {**told, "file": request.file.decode("utf-8", "surrogateescape") if request.file is not None else None}


def _with_state(request: MigrationRequest, kept: dict[str, object]) -> MigrationRequest:
    file = kept["file"]
    told = {name: kept[name] for name in _KEPT if name != "id"}
    return replace(request, **told,  # type: ignore[arg-type] # what `_state_of` wrote
                   file=str(file).encode("utf-8", "surrogateescape") if file is not None else None)  # fmt: skip


def _run(row: Row) -> MigrationRun:
    return MigrationRun(row["id"], row["lineage"], row["ref"], row["old"], row["new"], row["actor"],
                        tuple(json.loads(row["before_json"])))  # fmt: skip
