"""Submitting: reads what is given, decides, gives files their provisional names, records. All of it or nothing.

Files are renamed before the request is recorded: were the submitter killed between the two, a provisional file that
nobody knows would be left, which is submitted as any other.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from agentgrid.boundaries.leases.notices import notify
from agentgrid.boundaries.migrations.queries import insert_request, next_request_id, read_requests, update_request
from agentgrid.config.places import grid_directory
from agentgrid.config.schema import Lineage
from agentgrid.errors import AgentGridError, InputError, Refused, UsageError
from agentgrid.git.paths import RepoPath, locate_path, show_path
from agentgrid.git.repository import Repository
from agentgrid.git.trees import read_blobs
from agentgrid.integration.migrations.asking.given import (
    Given,
    down_names,
    is_down,
    read_carried,
    read_regular,
    understand,
)
from agentgrid.integration.migrations.asking.moving import Move, move_files
from agentgrid.integration.migrations.asking.planning import Change, Submission, Wishes, plan_submission, require_title
from agentgrid.integration.migrations.lineages import NamedLineage, find_lineage, lineage_of
from agentgrid.integration.migrations.styles.chain import Style
from agentgrid.integration.reviews.planning import Asker
from agentgrid.machine.clock import rfc3339
from agentgrid.machine.locks import hold_lock
from agentgrid.store.session import Session, Store

STDIN = "-"


@dataclass(frozen=True)
class Scene:
    """What submitting needs of the grid. `base`: gives the base's commit."""

    repository: Repository
    store: Store
    lineages: Mapping[str, Lineage]
    base: Callable[[], str]


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
    lineage = _lineage_of_all(scene, located, named)
    style = _style(lineage)
    branch = scene.repository.current_branch()
    if branch is None:
        raise Refused("no branch is checked out here that could carry it",
                      hint="switch to one, or ask for it alone: agentgrid migration submit FILE --ask")  # fmt: skip
    with hold_lock(grid_directory(scene.repository) / "migrations.lock"):
        given = _read_files(scene, lineage, style, located, branch)
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
    path = None if source == STDIN else _path_of(scene, source)
    lineage = find_lineage(scene.lineages, named, path)
    style = _style(lineage)
    if not style.can_be_asked:
        raise InputError(f"a migration of the lineage {lineage.name} (style {style.name}) can't be made from SQL alone",
                         hint="carry it: agentgrid migration submit FILE, in the branch that has it")  # fmt: skip
    given = _read_sql(scene, lineage, style, (source, content), down)
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


def _lineage_of_all(scene: Scene, located: Sequence[RepoPath], named: str | None) -> NamedLineage:
    """The one lineage that all the files are in. Raises InputError when there is none."""
    lineages = {find_lineage(scene.lineages, named, each.path).name for each in located}
    if len(lineages) > 1:
        raise InputError(f"these files are of several lineages: {', '.join(sorted(lineages))}",
                         hint="submit them one lineage after the other")  # fmt: skip
    lineage = find_lineage(scene.lineages, named, located[0].path)
    for each in located:
        if each.target is not None or each.leaves:
            raise InputError(f"{show_path(each.path)} leads elsewhere through a link", hint="name the file itself")
        if lineage.relative(each.path) is None:
            elsewhere = lineage_of(scene.lineages, each.path)
            more = f", but in that of {elsewhere.name}" if elsewhere is not None else ""
            raise InputError(
                f"{show_path(each.path)} is not in {lineage.settings.path}, the directory of {lineage.name}{more}",
                hint="move it there; or ask for its SQL alone: agentgrid migration submit FILE --ask",
            )
    return lineage


def _read_files(
    scene: Scene, lineage: NamedLineage, style: Style, located: Sequence[RepoPath], branch: str
) -> list[Given]:
    top = os.fsencode(str(scene.repository.worktree))

    def from_disk(name: bytes) -> bytes | None:
        path = lineage.path_of(name)
        place = os.path.join(top, path)
        return read_regular(place, show_path(path)) if os.path.lexists(place) else None

    def read(names: Sequence[bytes]) -> list[Given]:
        return read_carried(lineage, style, names, from_disk, lambda name: show_path(lineage.path_of(name)))

    names = [name for each in located if (name := lineage.relative(each.path)) is not None]
    given = read(names)
    _require_new(scene, [lineage.path_of(each.name) for each in given])
    followers = [name for name in _followers(scene, lineage, branch, given)
                 if os.path.lexists(os.path.join(top, lineage.path_of(name)))]  # fmt: skip
    return read([*names, *followers]) if followers else given


def _followers(scene: Scene, lineage: NamedLineage, branch: str, given: Sequence[Given]) -> list[bytes]:
    """Files of the branch that were submitted before what they follow: they name it by the key that it is losing."""
    keys = {each.touched.key for each in given if each.touched.key}
    names = {each.name for each in given}
    with scene.store.read() as session:
        requests = read_requests(session, lineage.name)
    mine = [each for each in requests if each.is_open and each.branch == branch and each.file is not None]
    following = [lineage.relative(each.file) for each in mine if each.file and keys.intersection(each.touched.parents)]
    return [name for name in following if name is not None and name not in names]


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


def _require_new(scene: Scene, paths: Sequence[bytes]) -> None:
    """Raises Refused for a migration that the base has: others may have run it."""
    landed = read_blobs(scene.repository.git, scene.base(), [os.fsdecode(path) for path in paths])
    for path in landed:
        raise Refused(f"{show_path(os.fsencode(path))} is in the base already: what has landed is never changed",
                      hint="write a new migration that changes what it did")  # fmt: skip


def _read_sql(
    scene: Scene, lineage: NamedLineage, style: Style, source: tuple[str, bytes | None], down: str | None
) -> Given:
    """`source`: the file, or STDIN and its bytes."""
    name, content = source
    own = "" if name == STDIN else os.path.basename(name)
    if content is None:
        content = _read(scene, name)
    if down == STDIN:
        raise UsageError("--down names a file")
    partner = (os.fsencode(os.path.basename(down)), _read(scene, down)) if down is not None else None
    if partner is None and own and not is_down(os.fsencode(own)):
        partner = _partner_beside(scene, name)
    shown = {os.fsencode(own): name if own else "stdin"}
    if partner is not None:
        shown[partner[0]] = down or os.fsdecode(partner[0])
    asked = os.fsencode(own)
    given = understand(lineage, style, asked or b"stdin.sql", content, partner,
                       lambda each: shown.get(each) or shown[asked])  # fmt: skip
    return replace(given, name=asked, title=given.title if own else "", down_name=None,
                   touched=replace(given.touched, key="", parents=(), was=""))  # fmt: skip


def _partner_beside(scene: Scene, name: str) -> tuple[bytes, bytes] | None:
    for each in down_names(os.fsencode(name)):
        if (scene.repository.directory / os.fsdecode(each)).is_file():
            return os.path.basename(each), _read(scene, os.fsdecode(each))
    return None


def _read(scene: Scene, name: str) -> bytes:
    return read_regular(scene.repository.directory / name, name)


def _path_of(scene: Scene, source: str) -> bytes | None:
    """The path of a file in the repository; None when it lies anywhere else."""
    try:
        return locate_path(scene.repository, source).path
    except InputError:
        return None


def _style(lineage: NamedLineage) -> Style:
    from agentgrid.integration.migrations.styles.registry import style_for

    return style_for(lineage.settings.style)


def _now(scene: Scene) -> str:
    return rfc3339(scene.store.now().wall)
