"""A review: one voice about one change set: asked for, approved or rejected.

It is bound to a commit, and to what that commit changes. What these say together is decided in `needs`.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from agentgrid.boundaries.leases.lease import PERSON_MARK

REQUESTED, APPROVED, REJECTED = "requested", "approved", "rejected"
VERDICTS = (APPROVED, REJECTED)
_ID = re.compile(r"[0-9a-f]{12}")
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """What is reviewed: the work of `agent` on `branch` (short name) at `commit`. `changes`: the digest of what that
    commit changes, the same after a rebase or a merge of the base that leaves the change as it was."""

    agent: str
    branch: str
    commit: str
    changes: str


@dataclass(frozen=True, slots=True)
class Review:
    """`kind`: requested, approved or rejected. `by`: whose voice, an agent's id or a person as `@name`. `to`: who is
    asked, for a request alone. `comment`: of a rejection never empty."""

    id: str
    kind: str
    by: str
    subject: Subject
    at: datetime
    comment: str = ""
    to: tuple[str, ...] = ()

    @property
    def is_persons(self) -> bool:
        return self.by.startswith(PERSON_MARK)

    def is_about(self, commit: str, changes: str) -> bool:
        """Whether it still speaks of the work as it is now: a new commit drops it, unless the change is the same."""
        return self.subject.commit == commit or self.subject.changes == changes


class NotAReview(ValueError):
    """The text isn't a review; the message says why."""


def write_review(review: Review) -> bytes:
    """The text that is signed: one form for one review."""
    return json.dumps(review_as_json(review), sort_keys=True, indent=1).encode("ascii") + b"\n"


def review_as_json(review: Review) -> dict[str, object]:
    subject = review.subject
    return {
        "version": _VERSION,
        "id": review.id,
        "kind": review.kind,
        "by": review.by,
        "agent": subject.agent,
        "branch": subject.branch,
        "commit": subject.commit,
        "changes": subject.changes,
        "at": review.at.astimezone(UTC).strftime(_MOMENT),
        "comment": review.comment,
        "to": list(review.to),
    }


def read_review(text: bytes) -> Review:
    """The review that `write_review` wrote. Raises NotAReview for anything else: who reads it has not written it."""
    try:
        found = _from_json(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotAReview(f"it can't be read ({type(error).__name__})") from error
    if write_review(found) != text:
        raise NotAReview("it isn't in the form that reviews have")
    return found


def _from_json(value: dict[str, object]) -> Review:
    names = ("id", "kind", "by", "agent", "branch", "commit", "changes", "at", "comment")
    texts = {name: value[name] for name in names}
    asked = value["to"]
    if not isinstance(asked, list) or not all(isinstance(each, str) for each in [*texts.values(), *asked]):
        raise TypeError
    said = {name: str(text) for name, text in texts.items()}
    shapes = ((_ID, said["id"]), (_OID, said["commit"]), (_DIGEST, said["changes"]))
    if said["kind"] not in {REQUESTED, *VERDICTS} or not all(shape.fullmatch(text) for shape, text in shapes):
        raise ValueError
    subject = Subject(said["agent"], said["branch"], said["commit"], said["changes"])
    moment = datetime.strptime(said["at"], _MOMENT).replace(tzinfo=UTC)
    return Review(said["id"], said["kind"], said["by"], subject, moment, said["comment"], tuple(asked))
