"""What a submission would record and rename: decided before anything is written, and again within the transaction that
writes it. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agentgrid.boundaries.migrations.evidence import digest_of
from agentgrid.boundaries.migrations.request import OPEN, PRIORITIES, MigrationRequest
from agentgrid.errors import InputError, NotPermitted, Refused
from agentgrid.integration.migrations.asking.given import Given, down_names
from agentgrid.integration.migrations.asking.moving import Move
from agentgrid.integration.migrations.asking.submission import LONGEST_TITLE, Change, Submission, require_wishes
from agentgrid.integration.migrations.collisions import find_collisions
from agentgrid.integration.migrations.deciding import may_decide
from agentgrid.integration.migrations.order import find_cycle, show_cycle

_NORMAL = PRIORITIES.index("normal")


@dataclass
class _Progress:
    """What is known while one file after the other is planned. `requests`: as they will be. `renamed`: keys of this
    branch's files, as they were → as they are now."""

    requests: dict[str, MigrationRequest]
    renamed: dict[str, str]
    ids: Iterator[str]
    changed: list[tuple[MigrationRequest | None, MigrationRequest, tuple[Move, ...]]] = field(default_factory=list)
    last: str | None = None  # the newest request of the branch so far: SQL follows it


def plan_submission(submission: Submission, requests: Sequence[MigrationRequest]) -> tuple[Change, ...]:
    """What would become of each given migration, in their order. `requests`: all that there are.

    Raises InputError for titles, priorities and dependencies that can't be (unknown, rejected, withdrawn, a cycle),
    Refused for what has been integrated, NotPermitted for another agent's request.
    """
    require_wishes(submission)
    progress = _start(submission, requests)
    for given in submission.given:
        _plan_one(submission, given, progress)
    linked = _link_followers(submission, progress)
    _require_no_cycle(progress)
    final = list(progress.requests.values())
    planned = [Change(before, after, moves, find_collisions(after, final)) for before, after, moves in progress.changed]
    return (*planned, *linked)


def _link_followers(submission: Submission, progress: _Progress) -> list[Change]:
    """Requests that name one of these as their parent and were submitted before it."""
    submitted = {after.id: after for _, after, _ in progress.changed}
    keys = {after.touched.key: id_ for id_, after in submitted.items() if after.touched.key}
    linked = []
    for each in list(progress.requests.values()):
        if each.id in submitted or not each.is_open or each.lineage != submission.lineage.name:
            continue
        wanted = [keys[parent] for parent in each.touched.parents if parent in keys]
        after = replace(each, depends_on=tuple(dict.fromkeys((*each.depends_on, *wanted))))
        if after != each:
            progress.requests[each.id] = after
            linked.append(Change(each, after, is_linked=True))
    return linked


def _start(submission: Submission, requests: Sequence[MigrationRequest]) -> _Progress:
    mine = [each for each in requests
            if each.is_carried and each.branch == submission.branch and each.lineage == submission.lineage.name
            and each.status in OPEN]  # fmt: skip
    renamed = {each.touched.was: each.touched.key for each in mine if each.touched.was}
    last = max(mine, key=lambda each: each.counted, default=None)
    return _Progress(
        {each.id: each for each in requests}, renamed, iter(submission.ids), last=last.id if last else None
    )


def _plan_one(submission: Submission, given: Given, progress: _Progress) -> None:
    before = _existing(submission, given, progress.requests)
    id_ = before.id if before is not None else next(progress.ids)
    name, content, key, moves = _provisional(submission, given, id_, progress.renamed)
    touched = replace(
        given.touched, key=key, parents=tuple(progress.renamed.get(each, each) for each in given.touched.parents)
    )
    if before is not None:
        touched = replace(touched, was=before.touched.was or touched.was)
    progress.renamed |= {given.touched.key: key, touched.was: key}
    after = MigrationRequest(
        id_, submission.lineage.name, submission.asker.voice, given.title, "submitted", _NORMAL, content,
        digest_of(content), submission.at, touched, down=given.down, branch=submission.branch,
        file=submission.lineage.path_of(name) if submission.branch is not None else None, original=given.own_name,
    )  # fmt: skip
    after = _as_wished(submission, after, before)
    after = replace(after, depends_on=_dependencies(submission, after, before, progress))
    after = _with_status(submission, after, before)
    progress.requests[id_] = after
    progress.changed.append((before, after, moves))
    if submission.style.can_be_asked and submission.branch is not None and before is None:
        progress.last = id_


def _existing(
    submission: Submission, given: Given, requests: Mapping[str, MigrationRequest]
) -> MigrationRequest | None:  # fmt: skip
    """The request whose file this is already. A provisional file that nobody knows (its submitter was killed) has
    none: it is submitted as any other."""
    if submission.branch is None:
        return None
    path, here = submission.lineage.path_of(given.name), submission.branch
    named = requests.get(given.request_id or "")
    candidates = [named] if named is not None else []
    candidates += [each for each in requests.values() if each.file == path and each.status != "integrated"]
    found = next((each for each in candidates
                  if each.lineage == submission.lineage.name and each.is_carried
                  and (each.branch == here or (each is named and each.file == path))), None)  # fmt: skip
    if found is None:
        return None
    if found.status == "integrated":
        raise Refused(f"{found.id} has been integrated as {found.number}: what it did is changed by a new migration",
                      hint="take the file out of the branch, and bring the base in: agentgrid sync")  # fmt: skip
    asker = submission.asker
    if found.agent != asker.voice and not may_decide(asker, submission.lineage.settings):
        raise NotPermitted(f"{found.id} is a request of {found.agent}: {asker.voice} doesn't change it",
                           hint=f"agentgrid migration show {found.id}")  # fmt: skip
    return found


def _provisional(
    submission: Submission, given: Given, id_: str, renamed: Mapping[str, str]
) -> tuple[bytes, bytes, str, tuple[Move, ...]]:
    """(name, content, key, moves) of what is carried; what is only asked for stays as it is."""
    if submission.branch is None:
        return given.name, given.content, given.touched.key, ()
    counted = int(id_[1:])
    place = submission.lineage.settings.path
    name, content, key = submission.style.provisional(given.name, given.content, counted, renamed, place)
    moves = [Move(submission.lineage.path_of(given.name), submission.lineage.path_of(name), given.content, content)]
    if given.down_name is not None and given.down is not None:
        partner = _partner_name(given, name)
        moves.append(
            Move(
                submission.lineage.path_of(given.down_name), submission.lineage.path_of(partner), given.down, given.down
            )
        )
    return name, content, key, tuple(moves)


def _partner_name(given: Given, name: bytes) -> bytes:
    """The new name of the partner: of the same form as it has now."""
    forms = down_names(given.name)
    assert given.down_name is not None
    return down_names(name)[forms.index(given.down_name)]


def _as_wished(submission: Submission, after: MigrationRequest, before: MigrationRequest | None) -> MigrationRequest:
    """With the submitter's title and priority; what isn't said stays as it was."""
    wishes = submission.wishes
    if before is not None:
        after = replace(
            after, agent=before.agent, title=before.title, priority=before.priority, submitted_at=before.submitted_at,
            original=before.original, target=before.target,
        )  # fmt: skip
    if wishes.title is not None:
        after = replace(after, title=wishes.title.strip())
    if wishes.priority is not None:
        after = replace(after, priority=PRIORITIES.index(wishes.priority))
    return replace(after, title=after.title[:LONGEST_TITLE])


def _dependencies(
    submission: Submission, after: MigrationRequest, before: MigrationRequest | None, progress: _Progress
) -> tuple[str, ...]:
    """What it depends on: what is said (or was, if nothing is), its parents' requests, and in SQL the one before it in
    the same branch."""
    said = submission.wishes.depends_on
    if said is None:
        said = before.depends_on if before is not None else ()
    else:
        for each in said:
            _require_dependency(each, progress.requests)
    parents = set(after.touched.parents)
    implied = [each.id for each in progress.requests.values()
               if each.is_open and each.lineage == after.lineage and each.id != after.id
               and each.touched.key and each.touched.key in parents]  # fmt: skip
    if before is None and after.is_carried and submission.style.can_be_asked and progress.last is not None:
        implied.append(progress.last)
    return tuple(dict.fromkeys((*said, *implied)))


def _require_dependency(id_: str, requests: Mapping[str, MigrationRequest]) -> None:
    found = requests.get(id_)
    if found is None:
        known = ", ".join(each.id for each in requests.values() if each.is_open) or "none"
        raise InputError(f"--depends-on {id_}: there is no such request (open: {known})",
                         hint="agentgrid migration list")  # fmt: skip
    if found.status in {"rejected", "withdrawn"}:
        raise InputError(f"--depends-on {id_}: it was {found.status}, so this one would wait for ever",
                         hint=f"agentgrid migration show {id_}")  # fmt: skip


def _with_status(submission: Submission, after: MigrationRequest, before: MigrationRequest | None) -> MigrationRequest:
    """A new request, and one that says something else by now, waits for approval; an owner's or a person's own is
    approved at once. What only has another priority or title stays what it was."""
    asker = submission.asker
    if before is not None and before.is_open and _says_the_same(before, after):
        return replace(after, status=before.status, decided_at=before.decided_at, decided_by=before.decided_by)
    if may_decide(asker, submission.lineage.settings):
        return replace(after, status="approved", decided_at=submission.at, decided_by=asker.voice)
    return after


def _says_the_same(before: MigrationRequest, after: MigrationRequest) -> bool:
    return (before.digest, before.down) == (after.digest, after.down)


def _require_no_cycle(progress: _Progress) -> None:
    cycle = find_cycle({id_: each.depends_on for id_, each in progress.requests.items() if each.is_open})
    if cycle:
        raise InputError(f"these requests would depend on one another: {show_cycle(cycle)}",
                         hint=f"agentgrid migration show {cycle[0]}")  # fmt: skip
