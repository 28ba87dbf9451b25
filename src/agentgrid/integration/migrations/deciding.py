"""What becomes of a request: approved, rejected, withdrawn; who may, and from which state. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.config.schema import Lineage
from agentgrid.errors import InputError, NotPermitted, Refused, UsageError
from agentgrid.integration.reviews.planning import Asker

_LONGEST_REASON = 2000
_SHORTEST_DIGEST = 7


def may_decide(asker: Asker, lineage: Lineage | None) -> bool:
    """Whether `asker` approves and rejects requests of the lineage (None: the policy no longer has it): its owner does,
    and a person."""
    return asker.agent is None or (lineage is not None and asker.agent == lineage.owner)


def require_request(requests: Sequence[MigrationRequest], id_: str) -> MigrationRequest:
    """The request `id_`. Raises InputError, with the open ones, when there is none."""
    found = next((each for each in requests if each.id == id_), None)
    if found is None:
        known = ", ".join(each.id for each in requests if each.is_open) or "none"
        raise InputError(f"there is no migration request {id_!r} (open: {known})", hint="agentgrid migration list")
    return found


def decide_approval(
    request: MigrationRequest, asker: Asker, lineage: Lineage | None, *, seen: str | None, at: str
) -> MigrationRequest:
    """The request, approved. `seen`: the digest (its beginning is enough) of what was looked at; None for what is there
    now. `at`: RFC 3339.

    Raises NotPermitted, Refused for a request that isn't waiting for it and for one that says something else by now.
    """
    _require_decider(request, asker, lineage, "approve")
    if request.status != "submitted":
        raise _wrong_state(request, "approved")
    if seen is not None:
        require_seen(request, seen)
    return replace(request, status="approved", decided_at=at, decided_by=asker.voice, reason="")


def require_seen(request: MigrationRequest, seen: str) -> None:
    """Raises Refused when the request's content is another one than what was looked at."""
    if len(seen) < _SHORTEST_DIGEST:
        raise InputError(f"{seen!r} is too short for a digest", hint=f"accepted: its first {_SHORTEST_DIGEST} digits")
    if not request.digest.startswith(seen.lower()):
        raise Refused(f"{request.id} says something else by now: its digest is {request.digest[:12]}, not {seen}",
                      hint=f"look again: agentgrid migration show {request.id}")  # fmt: skip


def decide_rejection(
    request: MigrationRequest, asker: Asker, lineage: Lineage | None, *, reason: str, at: str
) -> MigrationRequest:
    """The request, rejected. An approved one can still be, until it is integrated.

    Raises NotPermitted, UsageError without a reason, Refused for a request that isn't open.
    """
    _require_decider(request, asker, lineage, "reject")
    if not request.is_open:
        raise _wrong_state(request, "rejected")
    if not reason.strip():
        raise UsageError("a rejection says why", hint=f"agentgrid migration reject {request.id} --reason TEXT")
    return replace(request, status="rejected", decided_at=at, decided_by=asker.voice, reason=_require_short(reason))


def decide_withdrawal(
    request: MigrationRequest,
    asker: Asker,
    lineage: Lineage | None,
    requests: Sequence[MigrationRequest],
    *,
    reason: str = "",
    force: bool = False,
    at: str,
) -> MigrationRequest:
    """The request, withdrawn. `force`: also when others depend on it.

    Raises NotPermitted, Refused for a request that isn't open and for one that open requests depend on.
    """
    if request.agent != asker.voice and not may_decide(asker, lineage):
        raise NotPermitted(f"{asker.voice} doesn't withdraw a request of {request.agent}",
                           hint=f"{_deciders(lineage, request.agent)} may")  # fmt: skip
    if not request.is_open:
        raise _wrong_state(request, "withdrawn")
    waiting = dependents_of(request, requests)
    if waiting and not force:
        told = ", ".join(f"{each.id} of {each.agent}" for each in waiting)
        raise Refused(f"{told} would wait for {request.id} for ever",
                      hint=f"they are told with: agentgrid migration withdraw {request.id} --force")  # fmt: skip
    return replace(
        request, status="withdrawn", decided_at=at, decided_by=asker.voice, reason=_require_short(reason)
    )  # fmt: skip


def dependents_of(request: MigrationRequest, requests: Sequence[MigrationRequest]) -> list[MigrationRequest]:
    """Open requests that depend on it directly."""
    return [each for each in requests if each.is_open and request.id in each.depends_on]


def who_decides(lineages: Mapping[str, Lineage], name: str) -> str:
    """`a1 or a person`."""
    found = lineages.get(name)
    return f"{found.owner} or a person" if found is not None and found.owner else "a person"


def _require_decider(request: MigrationRequest, asker: Asker, lineage: Lineage | None, verb: str) -> None:
    if not may_decide(asker, lineage):
        raise NotPermitted(f"{asker.voice} may not {verb} migrations of {request.lineage}",
                           hint=f"{_deciders(lineage)} may; `owner` of the lineage in agentgrid.yaml")  # fmt: skip


def _deciders(lineage: Lineage | None, *more: str) -> str:
    owner = lineage.owner if lineage is not None else None
    return ", ".join(dict.fromkeys([*more, *([owner] if owner else []), "a person"]))


def _wrong_state(request: MigrationRequest, wanted: str) -> Refused:
    done = {
        "integrated": f"it has been integrated as {request.number}; what takes it back is a new migration",
        "rejected": "change it and submit it again: agentgrid migration submit",
        "withdrawn": "submit it again: agentgrid migration submit",
        "approved": f"integrate it: agentgrid migration integrate {request.lineage}",
    }
    by = f" by {request.decided_by}" if request.decided_by else ""
    if request.status == wanted:
        return Refused(f"{request.id} is {wanted} already{',' if by else ''}{by}", hint=done.get(request.status))
    return Refused(f"{request.id} was {request.status}{by}, it can't be {wanted}", hint=done.get(request.status))


def _require_short(reason: str) -> str:
    if len(reason) > _LONGEST_REASON:
        raise InputError(f"{len(reason)} characters are too many for a reason (at most {_LONGEST_REASON})")
    return reason.strip()
