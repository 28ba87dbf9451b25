"""The form of commit messages, where the grid asks for one: `commits: {pattern, example}`, rule `message.format`.

Agents are held to it; merges and people aren't.
"""

import re
from dataclasses import replace

from agentgrid.boundaries.findings import Finding
from agentgrid.boundaries.messages.format import FORMAT_RULE, is_well_formed, look_through, subject_of
from agentgrid.boundaries.messages.trailer_text import drop_own
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import severity_of
from agentgrid.git.commit_messages import list_messages
from agentgrid.git.repository import Repository

_LONGEST_SUBJECT = 60


def judge_message(text: str, pattern: str, example: str) -> Finding | None:
    """The finding for a message (as git cleans it, without our trailers) that isn't what `pattern` asks for."""
    if is_well_formed(text, pattern):
        return None
    read = subject_of(look_through(text))
    shown = read if len(read) <= _LONGEST_SUBJECT else read[: _LONGEST_SUBJECT - 1] + "…"
    message = f"the message {_printable(shown)!r} doesn't match `{pattern}` (commits.pattern in agentgrid.yaml)"
    return Finding(FORMAT_RULE, "error", b"", message, f"write it as in this one: {example}")


def judge_for(territory: Territory, text: str) -> Finding | None:
    """As `judge_message` by the grid's policy, with the severity that it gives the rule; None when it asks for none."""
    compiled = territory.compiled
    severity = severity_of(FORMAT_RULE, compiled["severity"], compiled["unowned"])
    if compiled["commits"] is None or severity == "off":
        return None
    finding = judge_message(text, *compiled["commits"])
    return finding and replace(finding, severity=severity)


def message_findings(
    repository: Repository, territory: Territory, *, agent: str | None, base: str, head: str
) -> tuple[Finding, ...]:
    """The messages of all commits that `head` adds to `base`."""
    if agent is None or territory.compiled["commits"] is None:
        return ()
    found: list[Finding] = []
    for commit in list_messages(repository.git, base, head):
        own = drop_own(commit.raw, b"#", keeps_comments=True)
        finding = judge_for(territory, own.decode("utf-8", "surrogateescape"))
        if finding is not None:
            hint = f"{finding.hint}; change it with git commit --amend, or with `reword` in git rebase -i {base[:12]}"
            named = f"commit {commit.oid[:10]}: {finding.message}"
            found.append(replace(finding, message=named, hint=hint, commit=commit.oid))
    return tuple(found)


def _printable(text: str) -> str:
    """Bytes that aren't UTF-8 as a question mark: the words go to terminals and into JSON."""
    return re.sub(r"[\ud800-\udfff]", "?", text)
