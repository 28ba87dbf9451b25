"""review request, approve, reject, list, show for people."""

from collections.abc import Sequence

from agentgrid.boundaries.reviews.book import KnownReview, Standing
from agentgrid.boundaries.reviews.review import APPROVED, REQUESTED, Review, review_as_json
from agentgrid.integration.reviews.reviewing import Judged, Requested, WorkStanding
from agentgrid.render.tables import Cell, render_table

_STYLES = {"approved": "green", "rejected": "bold red", "missing": "yellow", "requested": "yellow"}


def render_requested(done: Requested) -> str:
    review = done.review
    asked = ", ".join(review.to) or "a person: nobody else may approve it"
    return "\n".join([f"asked for a review of {_named(review)}: {asked}", *_missing(done.missing)])


def requested_as_json(done: Requested) -> dict[str, object]:
    return {"review": review_as_json(done.review), "missing": list(done.missing)}


def render_judged(done: Judged) -> str:
    review = done.review
    more = f": {review.comment}" if review.comment else ""
    lines = [f"{review.by} {review.kind} {_named(review)}{more}"]
    if done.unsigned is None:
        lines.append(f"signed; for CI, send it where the branch is: git push REMOTE {done.ref}")
    else:
        lines.append(f"counts on this machine alone, not in CI: not signed, {done.unsigned}")
    return "\n".join([*lines, *_missing(done.missing)])


def judged_as_json(done: Judged) -> dict[str, object]:
    return {
        "review": review_as_json(done.review),
        "ref": done.ref,
        "signed": done.unsigned is None,
        "unsigned_because": done.unsigned,
        "missing": list(done.missing),
    }


def render_list(found: Sequence[WorkStanding]) -> str:
    headers = ("agent", "branch", "commit", "review", "said", "missing")
    rows = [_row(each) for each in found if each.standing is not None]
    return render_table(headers, rows) if rows else "no agent has work to review"


def render_work(found: WorkStanding) -> str:
    standing = found.standing
    if standing is None:
        return f"{found.agent}'s branch changes nothing yet: there is nothing to review"
    lines = [f"{found.agent} on {found.branch} at {standing.commit}: {standing.word or 'nothing said yet'}"]
    needs = standing.needs
    lines += [f"the map asks {each.who or 'a person'}: {each.why}" for each in needs.demands]
    if needs.reviewers:
        lines.append(f"may approve it: {', '.join(needs.reviewers)}, a person")
    lines += [f"  {_said(each)}" for each in standing.reviews]
    lines += [f"  {_said(each)}, for {each.review.subject.commit[:10]}: dropped" for each in standing.dropped]
    look = f"look at it: git diff {standing.base[:10]}...{standing.commit[:10]}"
    return "\n".join([*lines, *_missing(standing.missing), look])


def work_as_json(found: WorkStanding) -> dict[str, object]:
    return {"agent": found.agent, "branch": found.branch, **(standing_as_json(found.standing) or {})}


def standing_as_json(standing: Standing | None) -> dict[str, object] | None:
    """What `status` and `review show` tell; `state` null while nobody has said or asked anything."""
    if standing is None:
        return None
    return {
        "commit": standing.commit,
        "state": standing.word or None,
        "approvals_needed": standing.needs.approvals,
        "asked_by_map": [
            {"who": each.who, "role": each.role, "paths": len(each.paths)} for each in standing.needs.demands
        ],
        "may_approve": list(dict.fromkeys((*standing.needs.reviewers, *standing.needs.demanded))),
        "reviews": [{**review_as_json(each.review), "signed": each.is_signed} for each in standing.reviews],
        "dropped": [{**review_as_json(each.review), "signed": each.is_signed} for each in standing.dropped],
        "missing": list(standing.missing),
    }


def _row(found: WorkStanding) -> list[Cell]:
    standing = found.standing
    assert standing is not None
    said = "\n".join(_said(each) for each in standing.reviews)
    word: Cell = (standing.word, _STYLES.get(standing.word, ""))
    return [(found.agent, "bold"), found.branch or "", standing.commit[:10], word, said, "\n".join(standing.missing)]


def _said(known: KnownReview) -> str:
    review = known.review
    more = f": {review.comment}" if review.comment else ""
    if review.kind == REQUESTED:
        return f"{review.by} asked {', '.join(review.to) or 'a person'}{more}"
    signed = " (signed)" if known.is_signed and review.kind == APPROVED else ""
    return f"{review.by} {review.kind} it{signed}{more}"


def _named(review: Review) -> str:
    return f"{review.subject.agent}'s work on {review.subject.branch} at {review.subject.commit[:10]}"


def _missing(missing: Sequence[str]) -> list[str]:
    return [f"missing before it lands: {each}" for each in missing]
