"""grant, revoke, grants for people."""

from collections.abc import Sequence

from agentgrid.boundaries.grants.book import OPEN, Known
from agentgrid.boundaries.grants.giving import Given, Revoked, lasts_until, patterns_of
from agentgrid.boundaries.grants.grant import Grant, grant_as_json
from agentgrid.boundaries.grants.objects import grant_ref
from agentgrid.boundaries.grants.planning import GrantPlan
from agentgrid.render.tables import Cell, render_table


def render_plan(plan: GrantPlan) -> str:
    return "\n".join([f"would let {_words(plan.grant)}", *(f"note: {each}" for each in plan.notes)])


def plan_as_json(plan: GrantPlan) -> dict[str, object]:
    return {"grant": grant_as_json(plan.grant), "notes": list(plan.notes)}


def render_given(given: Given) -> str:
    lines = [f"grant {given.grant.id}: {given.grant.by} lets {_words(given.grant)}"]
    if given.unsigned is None:
        lines.append(f"signed; the next push of {given.grant.to}'s branch takes it along for CI")
    else:
        lines.append(f"counts on this machine alone, CI will refuse: not signed, {given.unsigned}")
    return "\n".join([*lines, *(f"note: {each}" for each in given.notes)])


def given_as_json(given: Given) -> dict[str, object]:
    return {
        "grant": grant_as_json(given.grant),
        "ref": given.ref,
        "signed": given.unsigned is None,
        "unsigned_because": given.unsigned,
        "notes": list(given.notes),
    }


def render_revoked(revoked: Revoked, *, is_planned: bool = False) -> str:
    ref = grant_ref(revoked.grant)
    verb = "would take" if is_planned else "took"
    grant = revoked.grant
    lines = [f"{verb} grant {grant.id} of {grant.by} to {grant.to} back: {patterns_of(grant)}"]
    if revoked.kept:
        lines.append(f"its object is {revoked.kept}")
    return "\n".join([*lines, f"where it was sent to a server: git push REMOTE :{ref}"])


def revoked_as_json(revoked: Revoked) -> dict[str, object]:
    return {"grant": grant_as_json(revoked.grant), "ref": grant_ref(revoked.grant), "kept": revoked.kept}


def render_known(known: Sequence[Known]) -> str:
    if not known:
        return "no agent is let in anywhere"
    headers = ("grant", "to", "by", "paths", "until", "state", "CI", "reason")
    return render_table(headers, [_row(each) for each in known])


def known_as_json(known: Known) -> dict[str, object]:
    facts = grant_as_json(known.grant) if known.grant else {"id": known.ref}
    return {**facts, "state": known.state, "signed": known.is_signed}


def _row(known: Known) -> list[Cell]:
    grant = known.grant
    state: Cell = (known.state, "green" if known.state == OPEN else "yellow")
    if grant is None:
        return [known.ref, "", "", "", "", state, "no", known.words]
    patterns = patterns_of(grant).replace(" ", "\n")
    return [
        grant.id,
        grant.to,
        grant.by,
        patterns,
        lasts_until(grant),
        state,
        "yes" if known.is_signed else "no",
        grant.reason,
    ]


def _words(grant: Grant) -> str:
    return f"{grant.to} change {patterns_of(grant)} until {lasts_until(grant)}"
