"""GitLab's Code Quality report: a JSON list that merge requests compare with the target branch's."""

import json

from agentgrid.boundaries.findings import CheckReport, Finding
from agentgrid.config.policy import GRID_FILE
from agentgrid.render.ci.fingerprints import fingerprints
from agentgrid.render.ci.legible import advise, legible_path

_SEVERITIES = {"error": "blocker", "warn": "minor"}  # an error is what the job fails for


def render_gitlab(report: CheckReport) -> str:
    """The report as GitLab reads it from `artifacts:reports:codequality`."""
    entries = [_entry(*each) for each in zip(report.findings, fingerprints(report.findings), strict=True)]
    return json.dumps(entries, indent=2)


def _entry(finding: Finding, fingerprint: str) -> dict[str, object]:
    # GitLab drops an entry without a path: what is about none stands where the rules are written.
    path = legible_path(finding.path) or GRID_FILE
    return {
        "description": advise(finding),
        "check_name": finding.rule,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": path, "lines": {"begin": 1}},
    }
