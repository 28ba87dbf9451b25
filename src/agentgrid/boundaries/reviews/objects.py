"""Verdicts of reviews as objects of git, so that they travel: a ref each, to a commit with the text and its signature.

Whoever may push can make such a ref. What counts is the signature, by a key that the base's policy names.
"""

from dataclasses import dataclass

from agentgrid.boundaries.reviews.review import NotAReview, Review, read_review, write_review
from agentgrid.git.process import Git
from agentgrid.git.ref_files import read_ref_files, write_ref_files

REVIEW_REFS = "refs/agentgrid/reviews/"
NAMESPACE = "agentgrid-review"  # a signature of anything else says nothing here
_TEXT, _SIGNATURE = "review.json", "review.sig"
_LARGEST = 65_536


@dataclass(frozen=True, slots=True)
class StoredReview:
    """`signature`: empty when nobody has signed it."""

    ref: str
    review: Review
    text: bytes
    signature: bytes


def review_ref(review: Review) -> str:
    return f"{REVIEW_REFS}{review.subject.agent}/{review.id}"


def write_object(git: Git, review: Review, signature: bytes) -> str:
    """Writes the review's commit and its ref; the ref."""
    files = {_TEXT: write_review(review), **({_SIGNATURE: signature} if signature else {})}
    subject = f"{review.subject.agent} {review.kind} by {review.by} at {review.subject.commit[:10]}"
    write_ref_files(git, review_ref(review), files, subject)
    return review_ref(review)


def list_stored(git: Git, agent: str) -> list[StoredReview]:
    """Every review of the agent's work whose ref is here, whoever made it; what is no review is left out."""
    found = read_ref_files(git, f"{REVIEW_REFS}{agent}", (_TEXT, _SIGNATURE))
    stored = [_stored(ref, files.get(_TEXT), files.get(_SIGNATURE, b"")) for ref, files in found.items()]
    return [each for each in stored if each is not None]


def _stored(ref: str, text: bytes | None, signature: bytes) -> StoredReview | None:
    if text is None or max(len(text), len(signature)) > _LARGEST:
        return None
    try:
        review = read_review(text)
    except NotAReview:
        return None
    return StoredReview(ref, review, text, signature) if review_ref(review) == ref else None
