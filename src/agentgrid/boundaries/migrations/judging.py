"""The rule `migration.unqueued`: whether a changed file of a lineage came from the queue. Pure.

A new migration is the provisional file of an open request of who carries it, or one that the queue integrated. One that
the base has isn't changed at all: databases may have run it. Source: the migration queue of seed 003.
"""

from dataclasses import dataclass

from agentgrid.boundaries.findings import Words
from agentgrid.boundaries.migrations.evidence import digest_of
from agentgrid.boundaries.migrations.lineages import LineagePlace, are_partners, name_in
from agentgrid.boundaries.migrations.registry import Known
from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.git.paths import quote_path, show_path

_INTEGRATE = "give it its number: agentgrid migration integrate --on BRANCH"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """`oid`: the object that the change set has there, None for a deletion. `content`: of a plain file."""

    path: bytes
    is_new: bool
    oid: bytes | None
    content: bytes | None

    @property
    def digest(self) -> str | None:
        return None if self.content is None else digest_of(self.content)


def object_to_change(lineage: LineagePlace, file: ChangedFile, agent: str, known: Known) -> Words | None:
    """Why the agent may not have changed the migration so; None when the queue knows it like that."""
    if not file.is_new:
        return _object_to_old(lineage, file, known)
    request = _request_of(lineage, file.path, known)
    if request is not None and request.is_open:
        return _object_to_open(request, file, agent)
    evidence = [each for each in known.evidence if each.lineage == lineage.name]
    is_known = request is not None and known.integrated.get(file.path) == file.oid
    if is_known or any((each.path, each.digest) == (file.path, file.digest) for each in evidence):
        return None
    if any(are_partners(each.path, file.path) for each in evidence):
        return None  # the commit says it of the way there alone
    if any(each.path == file.path for each in evidence) or file.path in known.integrated:
        return Words("was changed after the queue had integrated it",
                     f"put it back as it was; {_submit_another(lineage)}")  # fmt: skip
    return _object_to_unknown(lineage, file, request, agent, known)


def own_open(lineage: LineagePlace, path: bytes, agent: str, known: Known) -> MigrationRequest | None:
    """The open request of the agent whose provisional file this is."""
    request = _request_of(lineage, path, known)
    return request if request is not None and request.is_open and request.agent == agent else None


def carries_any(lineage: LineagePlace, agent: str, known: Known) -> bool:
    """Whether the work has a migration of that lineage that the queue knows: support files go along with it."""
    mine = any(each.lineage == lineage.name and each.agent == agent and each.is_open and each.is_carried
               for each in known.requests)  # fmt: skip
    return mine or any(each.lineage == lineage.name for each in known.evidence)


def is_integrated_here(lineage: LineagePlace, path: bytes, known: Known) -> bool:
    """Whether the queue has put that file on the branch."""
    return path in known.integrated or any(
        each.lineage == lineage.name and (each.path == path or are_partners(each.path, path)) for each in known.evidence
    )


def _object_to_old(lineage: LineagePlace, file: ChangedFile, known: Known) -> Words | None:
    parts = name_in(file.path)
    if parts is not None and parts.is_provisional and file.oid is None:
        given = {each.id for each in known.evidence} | {each.id for each in known.requests if not each.is_open}
        if parts.request_id in given:
            return None  # it landed without its number, and has got it now
    if lineage.style.startswith("sql") and parts is None:
        return None  # no tool has it in its order
    deed = "taken away" if file.oid is None else "changed"
    return Words(f"is a migration that the base has: databases may have run it, so it isn't {deed}",
                 _submit_another(lineage))  # fmt: skip


def _object_to_open(request: MigrationRequest, file: ChangedFile, agent: str) -> Words | None:
    if request.agent != agent:
        return Words(
            f"is the migration {request.id} of {request.agent}, which hasn't landed",
            f"land the work of {request.agent} first, or leave the file to it",
        )
    if _is_as_submitted(request, file):
        return None
    submit = quote_path(request.file or file.path)
    return Words(
        f"was changed since {request.id} was submitted", f"submit it again: agentgrid migration submit {submit}"
    )


def _is_as_submitted(request: MigrationRequest, file: ChangedFile) -> bool:
    parts = name_in(file.path)
    if parts is not None and parts.is_down and request.down is not None:
        return file.content == request.down
    return file.digest == request.digest


def _object_to_unknown(
    lineage: LineagePlace, file: ChangedFile, request: MigrationRequest | None, agent: str, known: Known
) -> Words | None:
    parts = name_in(file.path)
    if request is not None and request.status == "integrated":
        if request.agent == agent and _is_as_submitted(request, file):
            return None  # landing takes it out: its request has landed under its number
        place = show_path(request.file) if request.file else "another file"
        return Words(f"waits no more: {request.id} was integrated as {place}",
                     f"bring that in, and take this file out: git rm {quote_path(file.path)}")  # fmt: skip
    submit = f"agentgrid migration submit {quote_path(file.path)}"
    if request is not None:
        because = f" ({request.reason})" if request.reason else ""
        return Words(f"is the migration {request.id}, which was {request.status}{because}",
                     f"take it out, or change it and submit it again: {submit}")  # fmt: skip
    if parts is not None and parts.is_provisional and not known.has_state:
        return Words("still has its provisional number", _INTEGRATE)
    return Words(f"is a migration that the queue of the lineage {lineage.name} doesn't know", f"submit it: {submit}")


def _request_of(lineage: LineagePlace, path: bytes, known: Known) -> MigrationRequest | None:
    """The request that has this very file, its partner, or the provisional number that the file has."""
    mine = [each for each in known.requests if each.lineage == lineage.name]
    for each in reversed(mine):
        if each.file is not None and (each.file == path or are_partners(each.file, path)):
            return each
    parts = name_in(path)
    number = parts.request_id if parts is not None else None
    return next((each for each in mine if number is not None and each.id == number), None)


def _submit_another(lineage: LineagePlace) -> str:
    return f"write another migration of {lineage.name}, and submit that: agentgrid migration submit FILE"
