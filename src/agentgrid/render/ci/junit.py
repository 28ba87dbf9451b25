"""JUnit XML: each finding a test case of its rule, each rule that holds one that passes.

Viewers group by class and list what failed by name: so the rule is the class, and the path the name.
"""

import xml.etree.ElementTree as ET  # it only writes here
from collections.abc import Sequence

from agentgrid.boundaries.findings import CheckReport, Finding
from agentgrid.config.schema import SHIPPED_RULES
from agentgrid.render.ci.fingerprints import fingerprints, lasting
from agentgrid.render.ci.legible import advise, describe, legible, legible_path
from agentgrid.render.ci.rules import rule_text


def render_junit(report: CheckReport) -> str:
    """One suite. An error is a failure; a warning passes and says so in its output."""
    broken = {finding.rule for finding in report.findings}
    holding = [rule for rule in SHIPPED_RULES if rule not in broken]
    counts = {
        "tests": str(len(report.findings) + len(holding)),
        "failures": str(report.errors),
        "errors": "0",
        "skipped": "0",
        "time": "0",
    }
    root = ET.Element("testsuites", {"name": "agentgrid", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": "agentgrid check", **counts})
    for finding, name in zip(report.findings, _names(report.findings), strict=True):
        _add_finding(suite, finding, name)
    for rule in holding:
        ET.SubElement(suite, "testcase", _case(rule, rule_text(rule).asks))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _add_finding(suite: ET.Element, finding: Finding, name: str) -> None:
    case = ET.SubElement(suite, "testcase", _case(finding.rule, name))
    if finding.path:
        case.set("file", legible(legible_path(finding.path)))
    if finding.severity == "error":
        ET.SubElement(case, "failure", {"type": finding.rule, "message": describe(finding)}).text = advise(finding)
    else:
        ET.SubElement(case, "system-out").text = f"warning: {advise(finding)}"


def _case(rule: str, name: str) -> dict[str, str]:
    return {"classname": f"agentgrid.{rule}", "name": name, "time": "0"}


def _names(findings: Sequence[Finding]) -> list[str]:
    """The path, or the message of what is about none; names that a rule has twice are told apart by the fingerprint."""
    made: list[str] = []
    taken: set[tuple[str, str]] = set()
    for finding, fingerprint in zip(findings, fingerprints(findings), strict=True):
        name = legible(legible_path(finding.path) or lasting(finding.message))
        if (finding.rule, name) in taken:
            name = f"{name} ({fingerprint[:8]})"
        taken.add((finding.rule, name))
        made.append(name)
    return made
