"""Which requests a branch brings to a lineage, whether they may get their numbers now, and which. Pure.

Numbers follow those of the tip that the branch is brought onto: that is why two branches can't take the same one, and
why none is left out. Source: PRODUCT.md, 5.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from agentgrid.boundaries.migrations.evidence import digest_of
from agentgrid.boundaries.migrations.lineages import NEWEST_FILE, name_in
from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.errors import InputError
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.numbers.placed import PlacedRequest
from agentgrid.integration.migrations.order import order_requests
from agentgrid.integration.migrations.styles.chain import Chain, Incoming, Placement, Style


@dataclass(frozen=True)
class Arriving:
    """What comes to the lineage `name`, whose directory is `folder` (with a slash at the end). `known`: files that the
    tip has. `brought`: those that the branch adds. `asked`: requests whose file is made now. `reserved`: the highest
    number that was given on another branch, 0 for none (a landing begins behind the tip all the same).
    `branch`: its short name."""

    name: str
    folder: bytes
    lineage_path: str
    branch: str
    known: Mapping[bytes, bytes]
    brought: Mapping[bytes, bytes] = field(default_factory=dict)
    asked: Sequence[MigrationRequest] = ()
    reserved: int = 0


@dataclass(frozen=True)
class Objection:
    """Why the numbers can't be given. `hint`: the next command to type."""

    reason: str
    hint: str
    paths: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Numbering:
    """What is to be written, and which request gets which number. `chain`: the lineage with all of it."""

    placement: Placement
    placed: tuple[PlacedRequest, ...]
    chain: Chain


Hindrance = Callable[[MigrationRequest], Objection | None]
"""Why a request may not be integrated now: not approved, its window isn't open, it destroys."""


def decide_numbering(
    arriving: Arriving, requests: Mapping[str, MigrationRequest], style: Style, hindrance: Hindrance
) -> Numbering | Objection:
    """`requests`: all of the lineage, by id. Raises InputError for files that can't be read."""
    found = _find_batch(arriving, requests, hindrance)
    if isinstance(found, Objection):
        return found
    batch = [*found.files, *(each.id for each in arriving.asked)]
    missing = _find_missing(arriving, requests, batch)
    if missing:
        return missing
    order = order_requests([requests[each] for each in batch])
    fixed = {**arriving.known, **found.others}
    base = style.read_chain(fixed)
    first = max(base.next_number, arriving.reserved + 1)
    incoming = [_incoming(each, found.files.get(each.id, {}), first + place) for place, each in enumerate(order)]
    placement = style.place(fixed, incoming, arriving.lineage_path) if incoming else Placement({}, (), ())
    stale = {name for files in found.files.values() for name in files} - set(placement.write)
    write = {name: content for name, content in placement.write.items() if arriving.brought.get(name) != content}
    if found.dropped and not incoming:  # the branch's own word for the last migration goes with its file
        write = {name: arriving.known[name] for name in [NEWEST_FILE] if name in arriving.known}
    whole = replace(placement, write=write, remove=tuple(sorted({*placement.remove, *stale, *found.dropped})))
    return Numbering(
        whole,
        tuple(_placed(arriving, placement, each.id, each.number, each.file, each.key) for each in placement.placed),
        style.read_chain({**fixed, **placement.write}),
    )


@dataclass(frozen=True)
class _Batch:
    """`files`: request → its files. `others`: migrations that aren't the queue's. `dropped`: provisional files of
    requests that the tip has already."""

    files: dict[str, dict[bytes, bytes]]
    others: dict[bytes, bytes]
    dropped: list[bytes]


def _find_batch(
    arriving: Arriving, requests: Mapping[str, MigrationRequest], hindrance: Hindrance
) -> _Batch | Objection:
    batch = _Batch({}, {}, [])
    for name, content in sorted(arriving.brought.items()):
        request = _request_of(arriving, name, requests)
        if isinstance(request, Objection):
            return request
        if request is None:
            if name != NEWEST_FILE:
                batch.others[name] = content
        elif request.status == "integrated" and _is_known(arriving, request):
            batch.dropped.append(name)
        else:
            batch.files.setdefault(request.id, {})[name] = content
    for id_, files in batch.files.items():
        objection = _object(arriving, requests[id_], files, hindrance)
        if objection:
            return objection
    return batch


def _request_of(
    arriving: Arriving, name: bytes, requests: Mapping[str, MigrationRequest]
) -> MigrationRequest | Objection | None:
    """Whose file that is; None when it isn't the queue's."""
    parsed = name_in(name)
    if parsed is not None and parsed.request_id is not None:
        found = requests.get(parsed.request_id)
        if found is None:
            path = arriving.folder + name
            return Objection(f"{show_path(path)} has the number of request {parsed.request_id}, which isn't known here",
                             f"agentgrid migration submit {show_path(path)}", (path,))  # fmt: skip
        return found
    return next((each for each in requests.values() if _is_numbered_here(arriving, each, name)), None)


def _is_numbered_here(arriving: Arriving, request: MigrationRequest, name: bytes) -> bool:
    if request.status != "integrated" or request.target != arriving.branch or request.file is None:
        return False
    main = request.file.removeprefix(arriving.folder)
    one, other = name_in(main), name_in(name)
    is_partner = one and other and (one.digits, one.slug) == (other.digits, other.slug)
    return name == main or (name not in arriving.known and bool(is_partner))


def _is_known(arriving: Arriving, request: MigrationRequest) -> bool:
    return request.file is not None and request.file.removeprefix(arriving.folder) in arriving.known


def _object(
    arriving: Arriving, request: MigrationRequest, files: Mapping[bytes, bytes], hindrance: Hindrance
) -> Objection | None:
    path = arriving.folder + min(files)
    if request.status in {"rejected", "withdrawn"}:
        why = f" ({request.reason})" if request.reason else ""
        return Objection(f"{request.id} was {request.status}{why}, and its file is still there: {show_path(path)}",
                         f"git rm {show_path(path)}", (path,))  # fmt: skip
    if request.status == "integrated":
        return None  # numbered on this branch before: its number may have to follow the tip's
    if request.digest not in {digest_of(content) for content in files.values()}:
        return Objection(f"{show_path(path)} was changed since {request.id} was submitted",
                         f"agentgrid migration submit {show_path(path)}", (path,))  # fmt: skip
    objection = hindrance(request)
    return objection and replace(objection, paths=(path,))


def _find_missing(
    arriving: Arriving, requests: Mapping[str, MigrationRequest], batch: Sequence[str]
) -> Objection | None:
    """A dependency that neither is in the tip nor comes along."""
    there = {arriving.folder + name for name in arriving.known}
    for id_ in batch:
        for other in requests[id_].depends_on:
            needed = requests.get(other)
            if other in batch or is_integrated_in(needed, arriving.name, there):
                continue
            how = "isn't known here" if needed is None else f"is {needed.status}"
            if needed is not None and needed.status == "integrated":
                how = f"is on {needed.target} and not here"
            return Objection(f"{id_} depends on {other}, which {how}", f"agentgrid migration show {other}")
    return None


def is_integrated_in(needed: MigrationRequest | None, lineage: str, there: AbstractSet[bytes]) -> bool:
    """Whether what a request of `lineage` depends on is integrated, and in the tree that has the paths `there` if it is
    of the same lineage."""
    if needed is None or needed.status != "integrated":
        return False
    return needed.lineage != lineage or needed.file in there


def _incoming(request: MigrationRequest, files: Mapping[bytes, bytes], number: int) -> Incoming:
    if files:
        return Incoming(request.id, request.title, number, files)
    return Incoming(request.id, request.title, number, {}, request.content, request.down)


def _placed(arriving: Arriving, placement: Placement, id_: str, number: int, file: bytes, key: str) -> PlacedRequest:
    path = arriving.folder + file
    content = placement.write.get(file)
    if content is None:
        raise InputError(f"{show_path(path)} was given a place, and nothing to be written there")
    return PlacedRequest(id_, arriving.name, number, path.decode("utf-8", "surrogateescape"), digest_of(content), key)
