"""The answer to an agent whose edit is refused: what, whose, and the command to type next, in one short paragraph."""

import shlex
from collections.abc import Sequence

from agentgrid.boundaries.findings import Finding
from agentgrid.boundaries.ownership import EditVerdict
from agentgrid.boundaries.paths.collisions import COLLISION_RULE
from agentgrid.boundaries.verdict import FOREIGN_RULE, HELD_RULE, MISSING_RULE, SHARED_RULE, UNQUEUED_RULE
from agentgrid.git.paths import show_path

_MOST_PATHS = 3


def render_refused_edit(agent: str, verdicts: Sequence[EditVerdict]) -> str:
    """Says no to `agent`. `verdicts`: those that are refusals."""
    said: dict[str, None] = {}
    for verdict in verdicts[:_MOST_PATHS]:
        for reason in verdict.reasons:
            if reason.severity == "error":
                said[_say(agent, verdict, reason)] = None
    more = [f"{len(verdicts) - _MOST_PATHS} more paths are refused too."] if len(verdicts) > _MOST_PATHS else []
    return " ".join([f"agentgrid: refused: {agent} may not make this edit.", *said, *more])


def render_queue_hint(verdicts: Sequence[EditVerdict]) -> str | None:
    """What an agent is told beside a yes when it writes migrations: how the queue gets them."""
    told = [reason for each in verdicts for reason in each.reasons if reason.rule == UNQUEUED_RULE]
    said = dict.fromkeys(f"{show_path(each.path)} {each.message}: {each.hint}." for each in told[:_MOST_PATHS])
    return " ".join(["agentgrid:", *said]) if said else None


def render_refusal_line(words: str) -> str:
    """Any other refusal, in one line."""
    return "agentgrid: refused: " + " ".join(words.split())


def _say(agent: str, verdict: EditVerdict, reason: Finding) -> str:
    path = show_path(reason.path or verdict.path)
    advice = _advise(agent, reason, shlex.quote(path))
    return f"{path if reason.path else ''} {reason.message}. {advice[:1].upper()}{advice[1:]}.".strip()


def _advise(agent: str, reason: Finding, path: str) -> str:
    if reason.rule == FOREIGN_RULE:
        whom = f"{reason.owner} or a person" if reason.owner else "a person"
        ask = f"if your task needs the change, ask {whom} to type: agentgrid grant {path} --to {agent}"
        return f"leave this file as it is; {ask}"
    if reason.rule == SHARED_RULE:
        return "a person has to mend the map first: agentgrid map"
    if reason.rule == HELD_RULE:
        return f"work on something else, or wait for it: agentgrid lock --wait 30m {path}"
    if reason.rule == MISSING_RULE:
        return f"ask for the lease first: agentgrid lock {path}"
    if reason.rule == COLLISION_RULE:
        return "give it another name"
    return reason.hint or "leave it to a person"
