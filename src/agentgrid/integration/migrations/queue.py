"""The queue of one grid: asking for migrations, showing them, deciding about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from agentgrid.boundaries.leases.lease import PERSON_MARK
from agentgrid.boundaries.leases.notices import notify
from agentgrid.boundaries.migrations.queries import read_requests, update_request
from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.config.policy import Policy
from agentgrid.config.schema import Lineage
from agentgrid.errors import UsageError
from agentgrid.git.repository import Repository
from agentgrid.integration.migrations.asking.reading import Scene
from agentgrid.integration.migrations.asking.submission import Wishes
from agentgrid.integration.migrations.asking.submitting import Submitted, submit_files, submit_sql
from agentgrid.integration.migrations.deciding import (
    decide_approval,
    decide_rejection,
    decide_withdrawal,
    dependents_of,
    require_request,
)
from agentgrid.integration.migrations.lineages import find_lineage, lineages_touched
from agentgrid.integration.migrations.standing import RequestStanding, stand_requests
from agentgrid.integration.reviews.planning import Asker
from agentgrid.machine.clock import rfc3339
from agentgrid.store.session import Session, Store

_Decide = Callable[[MigrationRequest, Sequence[MigrationRequest], str], MigrationRequest]
"""What becomes of a request. Takes it, all there are, and now (RFC 3339)."""


@dataclass(frozen=True)
class Decided:
    """`requests`: as they are now. `waiting`: open requests that depend on one that doesn't come."""

    requests: tuple[MigrationRequest, ...]
    waiting: tuple[MigrationRequest, ...] = ()


class MigrationQueue:
    """The requests of all lineages that `policy` has. `base`: gives the base's commit."""

    def __init__(self, repository: Repository, store: Store, policy: Policy, base: Callable[[], str]) -> None:
        self._repository = repository
        self._store = store
        self._policy = policy
        self._base = base

    def submit(
        self,
        paths: Sequence[str],
        asker: Asker,
        *,
        lineage: str | None = None,
        wishes: Wishes | None = None,
        is_dry_run: bool = False,
    ) -> Submitted:
        """Submits migration files that the branch here carries, in the order of their chain; they get provisional
        names. `paths`: as typed. Submitting a provisional file again updates its request.

        Raises UsageError without a file, and as `submit_files`.
        """
        if not paths:
            raise UsageError("no file", hint="agentgrid migration submit FILE, or SQL on stdin: submit - --title TEXT")
        return submit_files(
            self._scene, paths, asker, named=lineage, wishes=wishes or Wishes(), is_dry_run=is_dry_run
        )  # fmt: skip

    def ask(
        self,
        source: str,
        asker: Asker,
        *,
        content: bytes | None = None,
        lineage: str | None = None,
        wishes: Wishes | None = None,
        down: str | None = None,
        is_dry_run: bool = False,
    ) -> Submitted:
        """Asks for a migration by its SQL alone. `source`: a file, or `-` whose bytes are `content`. `down`: the file
        of what takes it back."""
        return submit_sql(
            self._scene, source, content, asker, named=lineage, wishes=wishes or Wishes(), down=down,
            is_dry_run=is_dry_run,
        )  # fmt: skip

    def list_all(self, lineage: str | None = None) -> list[MigrationRequest]:
        """Every request (of one lineage), oldest first."""
        with self._store.read() as session:
            return read_requests(session, lineage)

    def standings(self, lineage: str | None = None) -> list[RequestStanding]:
        """How every request (of one lineage) stands, oldest first. Raises InputError for an unknown lineage that no
        request has either."""
        found = stand_requests(self.list_all(), self._lineages, self.now())
        if lineage is None:
            return found
        mine = [each for each in found if each.request.lineage == lineage]
        if not mine:
            find_lineage(self._lineages, lineage, None)
        return mine

    def show(self, id_: str) -> RequestStanding:
        """How one request stands. Raises InputError, with the open ones, when there is none of that id."""
        standings = stand_requests(self.list_all(), self._lineages, self.now())
        wanted = require_request([each.request for each in standings], id_)
        return next(each for each in standings if each.request.id == wanted.id)

    def touching(self, groups: Sequence[Sequence[bytes]]) -> list[list[MigrationRequest]]:
        """For each group of paths of the repository the open requests about any of them: those of the lineage whose
        directory it is, lies in or holds; of a file that a request carries, that one."""
        pending = [each for each in self.list_all() if each.is_open]
        return [self._touching_any(pending, paths) for paths in groups]

    def _touching_any(self, pending: Sequence[MigrationRequest], paths: Sequence[bytes]) -> list[MigrationRequest]:
        found: dict[str, MigrationRequest] = {}
        for path in paths:
            names = set(lineages_touched(self._lineages, path))
            there = [each for each in pending if each.lineage in names]
            found |= {each.id: each for each in [each for each in there if each.file == path] or there}
        return list(found.values())

    def approve(self, ids: Sequence[str], asker: Asker, *, seen: str | None = None) -> Decided:
        """Approves requests: as they are now, or as they are with the digest `seen`. All of them or none.

        Raises as `decide_approval`; UsageError for one digest and several requests.
        """
        if seen is not None and len(set(ids)) > 1:
            raise UsageError("--seen is the digest of one request", hint="approve them one by one")
        return self._decide(ids, asker, "approved", lambda request, _, at: decide_approval(
            request, asker, self._lineages.get(request.lineage), seen=seen, at=at))  # fmt: skip

    def reject(self, ids: Sequence[str], asker: Asker, *, reason: str) -> Decided:
        """Rejects requests. Raises as `decide_rejection`."""
        return self._decide(ids, asker, "rejected", lambda request, _, at: decide_rejection(
            request, asker, self._lineages.get(request.lineage), reason=reason, at=at))  # fmt: skip

    def withdraw(self, ids: Sequence[str], asker: Asker, *, reason: str = "", force: bool = False) -> Decided:
        """Takes requests back; files that branches carry stay where they are. Raises as `decide_withdrawal`."""
        return self._decide(ids, asker, "withdrawn", lambda request, requests, at: decide_withdrawal(
            request, asker, self._lineages.get(request.lineage), [each for each in requests if each.id not in ids],
            reason=reason, force=force, at=at))  # fmt: skip

    def now(self) -> datetime:
        """Now, in the zone that windows are written for: this machine's."""
        return self._store.now().wall.astimezone()

    @property
    def _lineages(self) -> dict[str, Lineage]:
        return self._policy.grid.migrations

    @property
    def _scene(self) -> Scene:
        return Scene(self._repository, self._store, self._lineages, self._base)

    def _decide(self, ids: Sequence[str], asker: Asker, word: str, decide: _Decide) -> Decided:
        """Checks and changes in one transaction. Looks first: a mistake makes no state where there is none."""
        at = rfc3339(self._store.now().wall)
        _decide_all(self.list_all(), ids, decide, at)
        with self._store.write() as session:
            requests = read_requests(session)
            changed = _decide_all(requests, ids, decide, at)
            now = self._store.now()
            for before, after in changed:
                update_request(session, now, before, after, f"migration.{word}", actor=asker.voice)
                self._tell(session, after, asker, word)
            gone = {after.id for _, after in changed} if word != "approved" else set()
            left = [each for each in requests if each.id not in gone]
            waiting = {each.id: each for before, _ in changed if gone for each in dependents_of(before, left)}
            for each in waiting.values():
                lost = ", ".join(other for other in each.depends_on if other in gone)
                words = f"{lost}, which your migration {each.id} depends on, was {word}"
                self._notify(session, each.agent, asker, f"{words}: agentgrid migration show {each.id}")
        return Decided(tuple(after for _, after in changed), tuple(waiting.values()))

    def _tell(self, session: Session, request: MigrationRequest, asker: Asker, word: str) -> None:
        why = f": {request.reason}" if request.reason else ""
        words = f"{asker.voice} has {word} the migration {request.id} ({request.title}){why}"
        self._notify(session, request.agent, asker, f"{words}: agentgrid migration show {request.id}")
        owner = self._lineages[request.lineage].owner if request.lineage in self._lineages else None
        if word == "withdrawn" and owner is not None and owner != request.agent:
            self._notify(session, owner, asker, words)

    def _notify(self, session: Session, who: str, asker: Asker, words: str) -> None:
        if who != asker.agent and not who.startswith(PERSON_MARK):
            notify(session, self._store.now(), who, words)


def _decide_all(
    requests: Sequence[MigrationRequest], ids: Sequence[str], decide: _Decide, at: str
) -> list[tuple[MigrationRequest, MigrationRequest]]:
    """(before, after) of each, in the order of `ids`; each sees what has become of those before it."""
    known = {each.id: each for each in requests}
    changed = []
    for id_ in dict.fromkeys(ids):
        before = require_request(list(known.values()), id_)
        known[id_] = decide(before, list(known.values()), at)
        changed.append((before, known[id_]))
    return changed
