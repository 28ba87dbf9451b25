"""Submitting: reads what is given, decides, gives files their provisional names, records. All of it or nothing.

Files are renamed before the request is recorded: were the submitter killed between the two, a provisional file that
nobody knows would be left, which is submitted as any other.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from agentgrid.boundaries.leases.notices import notify
from agentgrid.boundaries.migrations.queries import insert_request, next_request_id, read_requests, update_request
from agentgrid.config.places import grid_directory
from agentgrid.errors import AgentGridError, InputError, Refused, UsageError
from agentgrid.git.paths import locate_path, show_path
from agentgrid.integration.migrations.asking.given import read_regular
from agentgrid.integration.migrations.asking.moving import Move, move_files
from agentgrid.integration.migrations.asking.planning import plan_submission
from agentgrid.integration.migrations.asking.reading import (
    STDIN,
    Scene,
    lineage_of_all,
    path_of,
    read_files,
    read_sql,
)
from agentgrid.integration.migrations.asking.submission import Change, Submission, Wishes, require_title
from agentgrid.integration.migrations.lineages import NamedLineage, find_lineage
from agentgrid.integration.migrations.styles.chain import Style
from agentgrid.integration.reviews.planning import Asker
from agentgrid.machine.clock import rfc3339
from agentgrid.machine.locks import hold_lock
from agentgrid.store.session import Session, Store


@dataclass(frozen=True)
class Submitted:
    """What was recorded, or would be (`is_dry_run`). `owner`: the lineage's, who decides."""

    lineage: str
    owner: str | None
    changes: tuple[Change, ...]
    is_dry_run: bool = False

    @property
    def submitted(self) -> list[Change]:
        """Without those that only follow one of them."""
        return [change for change in self.changes if not change.is_linked]


def submit_files(
    scene: Scene, paths: Sequence[str], asker: Asker, *, named: str | None, wishes: Wishes, is_dry_run: bool = False
) -> Submitted:
    """Submits migrations that the checked out branch carries. `paths`: as typed. `named`: their lineage, else that of
    their directory.

    Raises InputError for what is given wrongly, Refused for what isn't done (detached, already in the base, a name that
    is taken), NotPermitted for another agent's request. Nothing has changed then.
    """
    if scene.repository.worktree is None:
        raise InputError("there is no work tree here that could carry it",
                         hint="ask for its SQL alone: agentgrid migration submit FILE --ask")  # fmt: skip
    located = [locate_path(scene.repository, path) for path in paths]
    lineage = lineage_of_all(scene, located, named)
    style = _style(lineage)
    branch = scene.repository.current_branch()
    if branch is None:
        raise Refused("no branch is checked out here that could carry it",
                      hint="switch to one, or ask for it alone: agentgrid migration submit FILE --ask")  # fmt: skip
    with hold_lock(grid_directory(scene.repository) / "migrations.lock"):
        given = read_files(scene, lineage, style, located, branch)
        submission = Submission(lineage, style, asker, branch, given, wishes, (), _now(scene))
        return _carry_out(scene, submission, is_dry_run=is_dry_run)


def submit_sql(
    scene: Scene,
    source: str,
    content: bytes | None,
    asker: Asker,
    *,
    named: str | None,
    wishes: Wishes,
    down: str | None = None,
    is_dry_run: bool = False,
) -> Submitted:
    """Asks for a migration by its SQL alone: the owner's integration writes the file. `source`: the file, or STDIN,
    whose bytes are `content`. `down`: the file of what takes it back.

    Raises as `submit_files`.
    """
    path = None if source == STDIN else path_of(scene, source)
    lineage = find_lineage(scene.lineages, named, path)
    style = _style(lineage)
    if not style.can_be_asked:
        raise InputError(f"a migration of the lineage {lineage.name} (style {style.name}) can't be made from SQL alone",
                         hint="carry it: agentgrid migration submit FILE, in the branch that has it")  # fmt: skip
    given = read_sql(scene, lineage, style, (source, content), down)
    title = wishes.title if wishes.title is not None else given.title
    if not title:
        raise UsageError("SQL from stdin has no name", hint="say what it does: --title TEXT")
    require_title(title)
    submission = Submission(
        lineage, style, asker, None, [replace(given, title=title.strip())], wishes, (), _now(scene)
    )  # fmt: skip
    return _carry_out(scene, submission, is_dry_run=is_dry_run)


def _carry_out(scene: Scene, submission: Submission, *, is_dry_run: bool) -> Submitted:
    """Decides with the ids that would come next; only then is anything touched, with ids that are its own."""
    lineage = submission.lineage
    with scene.store.read() as session:
        requests = read_requests(session)
        ids = _next_ids(session, len(submission.given))
    planned = plan_submission(replace(submission, ids=ids), requests)
    if is_dry_run or not any(change.is_change for change in planned):
        return Submitted(lineage.name, lineage.settings.owner, planned, is_dry_run)
    _support_moves(scene, submission, planned)  # what it can't read is told before an id is taken
    submission = replace(submission, ids=_reserve_ids(scene.store, planned))
    planned = plan_submission(submission, requests)
    moves = [move for change in planned for move in change.moves]
    undo = move_files(scene.repository, [*moves, *_support_moves(scene, submission, planned)])
    try:
        changes = _record(scene, submission, planned)
    except BaseException:
        with suppress(AgentGridError, OSError):  # what went wrong first is the one to tell
            undo()
        raise
    return Submitted(lineage.name, lineage.settings.owner, changes)


def _next_ids(session: Session, count: int) -> list[str]:
    """The ids that would be given now."""
    found = session.run("SELECT value FROM counters WHERE name = 'migration'")
    last = int(found[0]["value"]) if found else 0
    return [f"m{last + 1 + each}" for each in range(count)]


def _reserve_ids(store: Store, planned: Sequence[Change]) -> list[str]:
    count = sum(change.before is None for change in planned)
    if not count:
        return []
    with store.write() as session:
        return [next_request_id(session) for _ in range(count)]


def _record(scene: Scene, submission: Submission, planned: Sequence[Change]) -> tuple[Change, ...]:
    """Decides again by what is recorded now, and records it."""
    with scene.store.write() as session:
        changes = plan_submission(submission, read_requests(session))
        if [change.moves for change in changes] != [change.moves for change in planned]:
            raise Refused("the queue has changed meanwhile", hint="submit it again")
        now = scene.store.now()
        actor = submission.asker.voice
        for change in changes:
            if change.before is None:
                insert_request(session, now, change.after, actor=actor)
            elif change.is_change:
                kind = "migration.linked" if change.is_linked else "migration.resubmitted"
                update_request(session, now, change.before, change.after, kind, actor=actor)
        owner = submission.lineage.settings.owner
        if owner is not None and owner != submission.asker.agent:
            for change in changes:
                if change.is_change and not change.is_linked:
                    notify(session, now, owner, _tell_owner(change))
    return changes


def _tell_owner(change: Change) -> str:
    request = change.after
    does = "asks for" if change.before is None else "has changed"
    words = f"{request.agent} {does} the migration {request.id} ({request.title}) in {request.lineage}"
    if request.touched.destructive:
        words += f"; it is destructive: {', '.join(request.touched.destructive)}"
    if change.collisions:
        words += f"; it meets {', '.join(each.words for each in change.collisions)}"
    look = f"agentgrid migration show {request.id}"
    if request.status != "submitted":
        return f"{words}: {look}"
    return f"{words}: {look}, then agentgrid migration approve {request.id} --seen {request.digest[:12]}"


def _support_moves(scene: Scene, submission: Submission, planned: Sequence[Change]) -> list[Move]:
    """Files beside the migrations that name the newest, as they have to be in a branch where it waits."""
    if submission.branch is None or submission.style.can_be_asked:
        return []
    from agentgrid.integration.migrations.styles.registry import support_while_waiting

    lineage = submission.lineage
    directory = os.path.join(os.fsencode(str(scene.repository.worktree)), lineage.directory)
    names = [name for name in sorted(os.listdir(directory))
             if submission.style.is_migration(name) or name.endswith(b".txt")]  # fmt: skip
    lying = {name: read_regular(os.path.join(directory, name), show_path(lineage.path_of(name))) for name in names}
    moves = [move for change in planned for move in change.moves]
    gone = {lineage.relative(move.old) for move in moves}
    files = {name: content for name, content in lying.items() if name not in gone}
    files |= {name: move.after for move in moves if (name := lineage.relative(move.new)) is not None}
    support = support_while_waiting(submission.style.name, files, lineage.settings.path)
    return [Move(lineage.path_of(name), lineage.path_of(name), lying[name], content)
            for name, content in support.items() if name in lying]  # fmt: skip


def _style(lineage: NamedLineage) -> Style:
    from agentgrid.integration.migrations.styles.registry import style_for

    return style_for(lineage.settings.style)


def _now(scene: Scene) -> str:
    return rfc3339(scene.store.now().wall)
