"""A grant: an agent may change paths that are not its own, for a time or until its work there has landed.

A grant is one voice. Whose voices are enough to open a path is decided in `openings`.
"""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from agentgrid.boundaries.leases.asked_paths import make_pattern
from agentgrid.boundaries.leases.lease import PERSON_MARK, LeasePattern
from agentgrid.boundaries.patterns.shapes import covers
from agentgrid.errors import AgentGridError
from agentgrid.machine.clock import rfc3339

UNTIL_LANDED = "landed"
_ID = re.compile(r"[0-9a-f]{12}")
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Grant:
    """`to`: the agent that is let in. `by`: who lets it in, an agent's id or a person as `@name`. `expires_at`: None
    when it lasts until the work on `branch` (short name) has landed; then `branch` is never None. `since`: the base's
    commit when it was given."""

    id: str
    to: str
    by: str
    patterns: tuple[LeasePattern, ...]
    at: datetime
    since: str
    branch: str | None = None
    expires_at: datetime | None = None
    reason: str = ""

    @property
    def is_persons(self) -> bool:
        return self.by.startswith(PERSON_MARK)

    def covers(self, path: bytes, *, is_folder: bool = False) -> bool:
        """Whether it says this path; of a folder, all that is in it."""
        return is_covered(self.patterns, path + b"/." if is_folder else path)

    def is_for(self, branches: frozenset[str]) -> bool:
        """Whether it counts on a branch of these names."""
        return self.branch is None or self.branch in branches


def is_covered(patterns: Iterable[LeasePattern], path: bytes) -> bool:
    """Whether one of the patterns matches the path or a folder above it."""
    return any(covers(each.shape, path, False, each.text.endswith(b"/")) for each in patterns)


class NotAGrant(ValueError):
    """The text isn't a grant; the message says why."""


def write_grant(grant: Grant) -> bytes:
    """The text that is signed: one form for one grant."""
    return json.dumps(grant_as_json(grant), sort_keys=True, indent=1).encode("ascii") + b"\n"


def grant_as_json(grant: Grant) -> dict[str, object]:
    return {
        "version": _VERSION,
        "id": grant.id,
        "to": grant.to,
        "by": grant.by,
        "patterns": [os.fsdecode(each.text) for each in grant.patterns],
        "at": rfc3339(grant.at),
        "since": grant.since,
        "branch": grant.branch,
        "expires_at": rfc3339(grant.expires_at) if grant.expires_at else None,
        "reason": grant.reason,
    }


def read_grant(text: bytes) -> Grant:
    """The grant that `write_grant` wrote. Raises NotAGrant for anything else: who reads it has not written it."""
    try:
        value = json.loads(text)
        found = _from_json(value)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, AgentGridError) as error:
        raise NotAGrant(f"it can't be read ({type(error).__name__})") from error
    if write_grant(found) != text:
        raise NotAGrant("it isn't in the form that grants have")
    return found


def _from_json(value: dict[str, object]) -> Grant:
    texts = {name: value[name] for name in ("id", "to", "by", "at", "since", "reason")}
    if not all(isinstance(each, str) for each in texts.values()):
        raise TypeError
    branch, expires = value["branch"], value["expires_at"]
    patterns = value["patterns"]
    if not isinstance(patterns, list) or not patterns or not _ID.fullmatch(str(texts["id"])):
        raise ValueError
    if not _OID.fullmatch(str(texts["since"])) or (branch is None and expires is None):
        raise ValueError
    if not isinstance(branch, str | None) or not isinstance(expires, str | None):
        raise TypeError
    return Grant(
        str(texts["id"]),
        str(texts["to"]),
        str(texts["by"]),
        tuple(make_pattern(each) for each in patterns),
        _moment(str(texts["at"])),
        str(texts["since"]),
        branch,
        _moment(expires) if expires else None,
        str(texts["reason"]),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
