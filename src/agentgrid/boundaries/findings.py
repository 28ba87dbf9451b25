"""Findings: one broken rule each, with the words for it and the next command to type."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from agentgrid.boundaries.policy.territory import Place, Territory
from agentgrid.boundaries.verdict import BASE_RULE, FOREIGN_RULE, FROZEN_RULE, SHARED_RULE, severity_of
from agentgrid.git.paths import json_path, show_path


@dataclass(frozen=True)
class Rule:
    """A rule of the map as written. `line` counts from 1."""

    pattern: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"`{self.pattern}` at {self.file}:{self.line}"


@dataclass(frozen=True)
class Finding:
    """`severity`: error or warn. `path`: bytes, empty when the finding is about no path. `commit`: the last commit
    that touched the path, where known. `via`: the symbolic link that leads to the path."""

    rule: str
    severity: str
    path: bytes
    message: str
    hint: str | None
    owner: str | None = None
    commit: str | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "rule": self.rule,
            "severity": self.severity,
            "path": json_path(self.path),
            "message": self.message,
            "hint": self.hint,
            "owner": self.owner,
            "commit": self.commit,
        }


@dataclass(frozen=True)
class CheckReport:
    """What `check` answers. `agent`: None for a person. `base`, `head`: commit ids; `head` None is the index.
    `leased`: paths of a commit that the agent changes only under a lease."""

    agent: str | None
    base: str
    head: str | None
    findings: tuple[Finding, ...]
    notices: tuple[str, ...] = field(default=())
    checked_paths: int = 0
    leased: tuple[bytes, ...] = ()

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors

    def as_json(self) -> dict[str, object]:
        return {
            "agent": self.agent,
            "base": self.base,
            "head": self.head,
            "findings": [finding.as_json() for finding in self.findings],
            "summary": {"errors": self.errors, "warnings": self.warnings},
        }


def rule_of(territory: Territory, place: Place) -> Rule | None:
    """The rule that decided where a path stands, as written."""
    return None if place.rule is None else Rule(*territory.explain(place.rule))


def make_finding(
    territory: Territory,
    place: Place,
    broken: str,
    *,
    agent: str | None = None,
    via: bytes | None = None,
    undo: str | None = None,
) -> Finding | None:
    """The finding for a rule that `agent` breaks; None when the policy turned that rule off. `undo`: the command that
    takes a change of a path back, None when nothing has been changed yet."""
    compiled = territory.compiled
    severity = severity_of(broken, compiled["severity"], compiled["unowned"])
    if severity == "off":
        return None
    take_out = f"{undo} {shlex.quote(show_path(via or place.path))}" if undo else None
    message = describe(broken, place, rule_of(territory, place), compiled["agents"])
    if via is not None:
        message = f"the link {show_path(via)} leads there: {message}"
    hint = hint_for(broken, place, agent, take_out)
    return Finding(broken, severity, place.path, message, hint, place.owner)


def describe(broken: str, place: Place, rule: Rule | None, titles: Mapping[str, str]) -> str:
    """What is wrong, in one clause, with the rule's file and line."""
    if broken == FOREIGN_RULE and place.owner is not None:
        return f"belongs to {name_agent(place.owner, titles)} by {rule}"
    if broken == FROZEN_RULE:
        return f"is frozen for every agent by {rule}"
    if broken == SHARED_RULE:
        claimants = " and ".join(name_agent(agent, titles) for agent in place.claimants)
        return f"is claimed by {claimants}; the map has to be mended first ({rule})"
    return "belongs to nobody, and this grid wants an owner for every path (`unowned` in agentgrid.yaml)"


def hint_for(broken: str, place: Place, agent: str | None, take_out: str | None) -> str:
    """What to do, then the command that takes the change out again."""
    if broken == SHARED_RULE:
        return "`agentgrid map` lists every path that two agents claim"
    if broken == FROZEN_RULE:
        advice = "leave it to a person"
    elif broken == FOREIGN_RULE:
        grant = f"agentgrid grant {shlex.quote(show_path(place.path))} --to {agent}" if agent else "agentgrid grant"
        advice = f"leave the change to {place.owner}, or ask it or a person for: {grant}"
    else:
        advice = "give it an owner in config/agents"
    return f"{advice}; take it out with: {take_out}" if take_out else advice


@dataclass(frozen=True, slots=True)
class Words:
    """What is wrong, in one clause, and what to do about it."""

    message: str
    hint: str | None


def named_finding(
    territory: Territory,
    rule: str,
    words: Words,
    *,
    path: bytes = b"",
    owner: str | None = None,
    commit: str | None = None,
) -> Finding | None:
    """The finding for a rule that isn't the map's own; None when the policy turned it off."""
    compiled = territory.compiled
    severity = severity_of(rule, compiled["severity"], compiled["unowned"])
    return None if severity == "off" else Finding(rule, severity, path, words.message, words.hint, owner, commit)


def base_finding(territory: Territory) -> Finding | None:
    """An agent is about to commit on the base branch itself; None when the policy turned that rule off."""
    message = f"an agent may not commit on {territory.compiled['base']}: the base moves only when work lands"
    return named_finding(territory, BASE_RULE, Words(message, "put the work on a branch: git switch -c BRANCH"))


def name_agent(agent: str, titles: Mapping[str, str]) -> str:
    """`a1 (Core Pipeline)`, or the id alone when it has no other name."""
    title = titles.get(agent, agent)
    return agent if title == agent else f"{agent} ({title})"
