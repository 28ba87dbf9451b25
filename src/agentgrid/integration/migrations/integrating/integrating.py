"""`migration integrate`: requests get their numbers and files on a branch, in one commit, or nothing changes.

Gathers, decides, tries on scratch databases, gives the numbers in one transaction, moves the branch. What is killed
in between is settled by the next command.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from agentgrid.boundaries.migrations.lineages import name_in
from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.boundaries.policy.compiled import lineage_prefix
from agentgrid.config.places import integration_note
from agentgrid.config.schema import Lineage
from agentgrid.errors import OutsideError, Refused, WouldLoseWork
from agentgrid.git.commit_objects import tree_of, write_commit
from agentgrid.git.history import changed_between
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.status import read_status
from agentgrid.integration.landing.journal import Move, make_move
from agentgrid.integration.landing.model import Candidate
from agentgrid.integration.landing.place import find_checked_out
from agentgrid.integration.landing.rules import name_paths
from agentgrid.integration.landing.turn import hold_turn
from agentgrid.integration.migrations.integrating.messages import integration_message
from agentgrid.integration.migrations.integrating.runs import (
    MigrationRun,
    begin_run,
    end_run,
    record_allowance,
    undo_run,
)
from agentgrid.integration.migrations.integrating.settling import settle_runs
from agentgrid.integration.migrations.numbers.bringing import Bringing, Brought
from agentgrid.integration.migrations.numbers.hindrances import Allowance, make_hindrance
from agentgrid.integration.migrations.numbers.lineage_tree import read_lineage, same_files
from agentgrid.integration.migrations.numbers.numbering import (
    Arriving,
    Hindrance,
    Objection,
    decide_numbering,
    is_integrated_in,
)
from agentgrid.integration.migrations.numbers.placed import PlacedRequest
from agentgrid.integration.migrations.numbers.trial_of import Trier
from agentgrid.integration.migrations.standing import windows_of
from agentgrid.integration.migrations.styles.registry import style_for
from agentgrid.machine.files import write_atomically
from agentgrid.store.session import Store
from agentgrid.workspace.rescue import utc_stamp
from agentgrid.workspace.sync.facts import find_in_the_way

MOST_TRIES = 5


@dataclass(frozen=True)
class Order:
    """What is wanted. `lineage`: one alone. `branch`: short name of the branch that it goes to. `carried`: number what
    the branch carries; else the requests that were only asked for get their files there. `is_train`: not onto a branch
    of anybody's, but as one more branch of the train."""

    lineage: str
    branch: str
    carried: bool
    allowance: Allowance = field(default_factory=Allowance)
    reason: str = ""
    wait_s: float = 600.0
    is_train: bool = False


@dataclass(frozen=True)
class Integrated:
    """`commit`: None when there was nothing to do, or in a plan. `waiting`: request → why it isn't in it."""

    lineage: str
    branch: str
    placed: tuple[PlacedRequest, ...]
    waiting: Mapping[str, str]
    commit: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Decision:
    head: str
    brought: Brought
    seen: tuple[MigrationRequest, ...]
    waiting: dict[str, str]


class Integrating:
    """Integrates requests. `base`: gives the base's commit. `list_requests`: all there are, read anew each time."""

    def __init__(
        self,
        repository: Repository,
        store: Store,
        lineages: Mapping[str, Lineage],
        *,
        base: Callable[[], str],
        list_requests: Callable[[], list[MigrationRequest]],
        trier: Trier,
        actor: str,
    ) -> None:
        self._repository = repository
        self._store = store
        self._lineages = lineages
        self._base = base
        self._list_requests = list_requests
        self._trier = trier
        self._actor = actor

    def plan(self, order: Order) -> Integrated:
        """What `integrate` would do now; nothing is tried, written or given. Raises as `integrate`."""
        decision = self._decide(order, is_plan=True, head=self._base() if order.is_train else None)
        return Integrated(order.lineage, order.branch, decision.brought.placed, decision.waiting)

    def integrate(self, order: Order) -> Integrated:
        """Does it. Raises Refused (nothing has changed then) where a request may not be integrated, a trial fails, the
        branch is behind the base or can't be moved; InputError for files that can't be read; OutsideError."""
        with hold_turn(self._repository, self._actor, order.wait_s, self._trier.report):
            settle_runs(self._repository, self._store)
            for _ in range(MOST_TRIES):
                done = self._attempt(order)
                if done is not None:
                    return done
        raise OutsideError(f"{order.branch} or the queue changed {MOST_TRIES} times meanwhile; nothing was integrated",
                           hint="integrate again when it is quieter")  # fmt: skip

    def _attempt(self, order: Order) -> Integrated | None:
        decision = self._decide(order, is_plan=False)
        brought, repository = decision.brought, self._repository
        if brought.tree == tree_of(repository.git, decision.head):
            return Integrated(order.lineage, order.branch, (), decision.waiting, notes=brought.notes)
        titles = {each.id: each.title for each in decision.seen}
        message = integration_message(order.lineage, brought.placed, titles, self._actor, order.reason)
        commit = write_commit(repository.git, brought.tree, [decision.head], message)
        run = MigrationRun(f"{utc_stamp()}-{secrets.token_hex(3)}", order.lineage, f"refs/heads/{order.branch}",
                           decision.head, commit, self._actor)  # fmt: skip
        require_free(repository, order.branch, changed_between(repository.git, decision.head, commit))
        write_atomically(integration_note(repository), run.id.encode())  # before the state knows: nothing is overlooked
        with self._store.write() as session:
            if not begin_run(session, self._store.now(), run, brought.placed, decision.seen):
                return None
            record_allowance(session, self._store.now(), order.allowance, order.reason, run)
        return self._move(order, run, decision)

    def _move(self, order: Order, run: MigrationRun, decision: _Decision) -> Integrated | None:
        repository = self._repository
        try:
            worktree = find_checked_out(repository, run.branch, run.ref)
            move = Move(run.id, self._actor, run.branch, run.ref, run.old, run.new, None, ())
            failure = make_move(repository, move, worktree)
        except BaseException:
            settle_runs(repository, self._store)
            raise
        if failure is None:
            with self._store.write() as session:
                end_run(session, run)
            integration_note(repository).unlink(missing_ok=True)
            return Integrated(order.lineage, order.branch, decision.brought.placed, decision.waiting, run.new,
                              decision.brought.notes)  # fmt: skip
        with self._store.write() as session:  # git touched nothing
            undo_run(session, self._store.now(), run)
        integration_note(repository).unlink(missing_ok=True)
        if repository.resolve(run.ref) != run.old:
            return None
        raise Refused(f"{run.branch} could not be moved: {failure}", hint="nothing was integrated, no number was given")

    def make_candidate(self, order: Order, tip: str, owner: str) -> Candidate | None:
        """The requests that were asked for as a branch of the train on `tip`, tried; None when there are none."""
        decision = self._decide(order, is_plan=False, head=tip)
        if not decision.brought.placed:
            return None
        titles = {each.id: each.title for each in decision.seen}
        message = integration_message(order.lineage, decision.brought.placed, titles, owner, order.reason)
        commit = write_commit(self._repository.git, decision.brought.tree, [tip], message)
        return Candidate(owner, order.branch, commit, placed=decision.brought.placed)

    def _decide(self, order: Order, *, is_plan: bool, head: str | None = None) -> _Decision:
        repository = self._repository
        head = head or repository.resolve(f"refs/heads/{order.branch}")
        if head is None:
            raise Refused(f"there is no branch {order.branch}", hint="agentgrid agent list")
        requests = {each.id: each for each in self._list_requests()}
        bringing = Bringing(repository.git, self._lineages, requests, None if is_plan else self._trier)
        hindrance = make_hindrance(windows_of(self._lineages), self._store.now().wall.astimezone(), order.allowance,
                                   order.branch)  # fmt: skip
        arriving, waiting = self._arriving(order, head, requests, hindrance)
        mine = {id_: each for id_, each in requests.items() if each.lineage == order.lineage}
        numbering = decide_numbering(arriving, mine, style_for(self._lineages[order.lineage].style), hindrance)
        brought: Brought | Objection = (
            numbering if isinstance(numbering, Objection)
            else bringing.write(order.lineage, Brought(tree_of(repository.git, head)), numbering)
        )  # fmt: skip
        if isinstance(brought, Objection):
            raise Refused(brought.reason, hint=brought.hint)
        return _Decision(head, brought, tuple(requests[each.id] for each in brought.placed), waiting)

    def _arriving(
        self, order: Order, head: str, requests: Mapping[str, MigrationRequest], hindrance: Hindrance
    ) -> tuple[Arriving, dict[str, str]]:
        lineage, git = self._lineages[order.lineage], self._repository.git
        style = style_for(lineage.style)
        base = read_lineage(git, self._base(), lineage.path, style)
        there = read_lineage(git, head, lineage.path, style)
        if not same_files({name: content for name, content in base.items() if style.is_migration(name)}, there):
            raise Refused(f"{order.branch} doesn't have all migrations of the base yet",
                          hint=f"bring the base in first: agentgrid sync, or git merge, in {order.branch}")  # fmt: skip
        brought = {name: content for name, content in there.items() if name not in base}
        reserved = max([0, *(each.number or 0 for each in requests.values() if _is_elsewhere(each, order))])
        folder = lineage_prefix(lineage.path)
        paths = {folder + name for name in (*base, *there)}
        asked, waiting = ([], {}) if order.carried else _choose_asked(order, requests, paths, hindrance)
        if not order.carried:  # what the owner's branch carries itself keeps its place in the queue
            brought = {name: content for name, content in brought.items() if not _is_provisional(name)}
        return Arriving(order.lineage, folder, lineage.path, order.branch, base, brought, asked, reserved), waiting


def require_free(repository: Repository, branch: str, writes: Sequence[bytes]) -> None:
    """Raises WouldLoseWork when work that isn't committed is where a migration is to be written."""
    worktree = find_checked_out(repository, branch, f"refs/heads/{branch}")
    if worktree is None or not worktree.exists:
        return
    git = Git(worktree.path)
    status = read_status(git, untracked="all")
    taken = find_in_the_way(git, status.paths, writes)
    if taken:
        raise WouldLoseWork(f"work that isn't committed is in the way in {worktree.path}: {name_paths(taken)}",
                            hint="commit it, or move it away; it is never overwritten")  # fmt: skip


def _is_elsewhere(request: MigrationRequest, order: Order) -> bool:
    return request.lineage == order.lineage and request.status == "integrated" and request.target != order.branch


def _is_provisional(name: bytes) -> bool:
    parsed = name_in(name)
    return parsed is not None and parsed.is_provisional


def _choose_asked(
    order: Order, requests: Mapping[str, MigrationRequest], there: AbstractSet[bytes], hindrance: Hindrance
) -> tuple[list[MigrationRequest], dict[str, str]]:
    """(requests to make files for, the others of the lineage → why they wait). `there`: paths of the lineage that the
    branch has."""
    asked: dict[str, MigrationRequest] = {}
    waiting: dict[str, str] = {}
    for each in requests.values():
        if each.lineage != order.lineage or not each.is_open:
            continue
        objection = hindrance(each)
        if each.is_carried:
            waiting[each.id] = f"it is numbered when {each.branch} lands"
        elif objection is not None:
            waiting[each.id] = f"{objection.reason}; {objection.hint}"
        else:
            asked[each.id] = each
    is_settled = False
    while not is_settled:
        held = {each.id: other for each in asked.values() for other in each.depends_on
                if other not in asked and not is_integrated_in(requests.get(other), order.lineage, there)}  # fmt: skip
        waiting |= {id_: f"it depends on {other}" for id_, other in held.items()}
        asked = {id_: each for id_, each in asked.items() if id_ not in held}
        is_settled = not held
    return list(asked.values()), waiting
