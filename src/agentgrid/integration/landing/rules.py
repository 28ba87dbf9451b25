"""What a branch has to keep before it may land on a given tip: the verdict, approvals, the fence, migration numbers."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agentgrid.boundaries.findings import CheckReport, Finding
from agentgrid.boundaries.verdict import STALE_RULE
from agentgrid.git.history import changed_between, list_tree
from agentgrid.git.paths import show_path
from agentgrid.git.process import Git
from agentgrid.integration.landing.model import Candidate, Ejected, Stage
from agentgrid.integration.landing.numbers import find_duplicates

Judge = Callable[[str, str, str], CheckReport]
"""(agent, commit that it would land on, its head) → what the enforcement points say."""
Approvals = Callable[[str, str], Sequence[str]]
"""(agent, its head) → why that isn't approved yet; nothing when it is."""
_MOST_TOLD = 5


def nothing_missing(_agent: str, _head: str) -> Sequence[str]:
    """No approval is asked for."""
    return ()


@dataclass(frozen=True)
class Rules:
    """`lineages`: name → directory of the migrations that must not get one number twice."""

    judge: Judge
    approvals: Approvals = nothing_missing
    lineages: Mapping[str, str] = field(default_factory=dict)


def find_objection(rules: Rules, candidate: Candidate, tip: str) -> Ejected | None:
    """Why the branch may not land on `tip`; None when it may."""
    agent = candidate.agent
    errors = [each for each in rules.judge(agent, tip, candidate.head).findings if each.severity == "error"]
    if errors:
        paths = tuple(dict.fromkeys(each.path for each in errors if each.path))
        return Ejected(agent, _stage(errors), _tell(errors), _hint(agent, errors), paths=paths)
    missing = rules.approvals(agent, candidate.head)
    if missing:
        return Ejected(agent, "approval", "; ".join(missing), f"agentgrid review request {agent}")
    return None


def as_on_base(rules: Rules, candidate: Candidate, base: str, ejected: Ejected) -> Ejected:
    """The same refusal as it is on the base itself, where it is one there: its hint then names a commit that lasts."""
    if ejected.stage != "verdict":
        return ejected
    plain = find_objection(rules, candidate, base)
    return plain if plain is not None and plain.stage == ejected.stage else ejected


def find_double_numbers(git: Git, rules: Rules, candidate: Candidate, tip: str, tree: str) -> Ejected | None:
    """Why the merged `tree` may not land: it has a migration's number twice."""
    if not rules.lineages:
        return None
    added = changed_between(git, tip, tree, kinds="A")
    doubles = find_duplicates(rules.lineages, (path for path, _, _ in list_tree(git, tree)), added) if added else []
    if not doubles:
        return None
    told = "; ".join(f"{show_path(new)} has the number of {show_path(old)}" for _, new, old in doubles)
    hint = f"give it the next number in {candidate.branch}, then: agentgrid land {candidate.agent}"
    return Ejected(candidate.agent, "migration", told, hint, paths=tuple(new for _, new, _ in doubles))


def _stage(errors: Sequence[Finding]) -> Stage:
    rules = {each.rule for each in errors}
    if rules == {STALE_RULE}:
        return "fence"
    return "migration" if all(rule.startswith("migration.") for rule in rules) else "verdict"


def _tell(errors: Sequence[Finding]) -> str:
    told = [f"{show_path(each.path)} {each.message}" if each.path else each.message for each in errors[:_MOST_TOLD]]
    more = len(errors) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")


def _hint(agent: str, errors: Sequence[Finding]) -> str:
    if _stage(errors) == "fence":
        return f"agentgrid sync {agent}, then: agentgrid land {agent}"
    return errors[0].hint or f"agentgrid check --agent {agent}"


def name_paths(paths: Sequence[bytes]) -> str:
    """The first few, and how many more."""
    named = ", ".join(os.fsdecode(path) for path in paths[:_MOST_TOLD])
    return named + (f" and {len(paths) - _MOST_TOLD} more" if len(paths) > _MOST_TOLD else "")
