"""The text of a pull request: agentgrid's part between two marks, and whatever a person wrote around it, kept.

What comes from commits and paths stands in fenced blocks: no name in there calls anybody, no mark-up works.
"""

import re
from collections.abc import Sequence

BEGIN, END = "<!-- agentgrid: begin -->", "<!-- agentgrid: end -->"
_LONGEST = 60_000  # GitHub takes 65,536 characters
_MOST_LINES = 200
_CUT = "… and more: the report is longer than a pull request may say"


def put_into(body: str, report: str) -> str:
    """`body` with the report in agentgrid's part; at its end where there is none yet."""
    clean = report.replace(BEGIN, "").replace(END, "").strip()
    if len(clean) > _LONGEST:
        clean = f"{clean[:_LONGEST].rpartition(chr(10))[0]}\n\n{_CUT}"
    part = f"{BEGIN}\n{clean}\n{END}"
    before, begin, rest = body.partition(BEGIN)
    _, end, behind = rest.partition(END)
    if begin and end:
        return f"{before}{part}{behind}"
    return f"{body.rstrip()}\n\n{part}\n" if body.strip() else f"{part}\n"


def plain_report(
    agent: str,
    commits: Sequence[str],
    files: Sequence[tuple[str, str]],
    findings: Sequence[str],
    missing: Sequence[str],
) -> str:
    """What is told without a richer report. `commits`: id and subject. `files`: path and whose it is. `findings`,
    `missing`: in words."""
    parts = [f"Work of the agent {_code(agent)}.", f"### Commits ({len(commits)})", _fence(commits)]
    parts += [f"### Files ({len(files)})", _fence([f"{path}  ({owner})" if owner else path for path, owner in files])]
    parts += [f"### Findings ({len(findings)})", _fence(findings)] if findings else ["No rule is broken."]
    parts += ["### Missing before it lands", _fence(missing)] if missing else []
    return "\n\n".join(parts)


def _code(text: str) -> str:
    return f"`{text}`"


def _fence(lines: Sequence[str]) -> str:
    shown = [*lines[:_MOST_LINES], *([f"… and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else [])]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    mark = "`" * max(3, longest + 1)
    return "\n".join([f"{mark}text", *shown, mark])
