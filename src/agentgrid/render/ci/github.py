"""GitHub's workflow commands: annotations on a pull request's files.

Ten annotations of a kind are shown for a step and the rest is dropped without a word: so many findings share one, and
nothing but commands is printed, whose data is escaped (a path can't give the runner a command).
"""

from collections.abc import Callable, Sequence
from itertools import islice

from agentgrid.boundaries.findings import CheckReport, Finding
from agentgrid.errors import AgentGridError
from agentgrid.git.paths import show_path
from agentgrid.render.ci.legible import advise, describe, legible, legible_path

_MOST = 9  # of a kind in a step; the tenth error is the runner's own, that the step failed
_MOST_LINES = 100  # in one annotation; GitHub cuts the text at 64 KB
_KINDS = {"error": "error", "warn": "warning"}


def render_github(report: CheckReport) -> str:
    """The annotations, then one line with the counts."""
    lines = []
    for severity, kind in _KINDS.items():
        found = [finding for finding in report.findings if finding.severity == severity]
        lines += [_annotation(kind, group) for group in group_findings(found)]
    who = f"agent {report.agent}" if report.agent else "a person"
    counts = f"{report.errors} error(s), {report.warnings} warning(s)"
    return "\n".join([*lines, f"agentgrid: {report.checked_paths} charged path(s) as {who}: {counts}"])


def render_github_error(error: AgentGridError) -> str:
    """An error that ends the check, as an annotation."""
    return _command("error", {"title": "agentgrid"}, "\n".join([error.message, *([error.hint] if error.hint else [])]))


def group_findings(findings: Sequence[Finding], most: int = _MOST) -> list[list[Finding]]:
    """At most `most` groups that hold all findings: each alone, else by rule and owner, else by rule, the rules with
    the fewest findings together."""
    keys: tuple[Callable[[int], object], ...] = (
        lambda at: at,
        lambda at: (findings[at].rule, findings[at].owner),
        lambda at: findings[at].rule,
    )
    groups: list[list[Finding]] = []
    for key in keys:
        grouped: dict[object, list[Finding]] = {}
        for at, finding in enumerate(findings):
            grouped.setdefault(key(at), []).append(finding)
        groups = list(grouped.values())
        if len(groups) <= most:
            return groups
    groups.sort(key=len, reverse=True)
    return [*groups[: most - 1], [finding for group in groups[most - 1 :] for finding in group]]


def _annotation(kind: str, group: Sequence[Finding]) -> str:
    first = group[0]
    properties = {"title": ", ".join(dict.fromkeys(finding.rule for finding in group))}
    if first.path:
        properties = {"file": legible(legible_path(first.path)), "line": "1", **properties}
    if len(group) == 1:
        return _command(kind, properties, _placed(first, advise(first)))
    lines = [f"{len(group)} findings, the first of them here:"]
    lines += [_placed(finding, describe(finding)) for finding in islice(group, _MOST_LINES)]
    if len(group) > _MOST_LINES:
        lines.append(f"and {len(group) - _MOST_LINES} more; the step's summary and `agentgrid check --json` list all")
    lines += list(dict.fromkeys(legible(finding.hint) for finding in group if finding.hint))[:3]
    return _command(kind, properties, "\n".join(lines))


def _placed(finding: Finding, text: str) -> str:
    return f"{show_path(finding.path)} {text}" if finding.path else text


def _command(kind: str, properties: dict[str, str], message: str) -> str:
    named = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    return f"::{kind} {named}::{_escape(legible(message))}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
