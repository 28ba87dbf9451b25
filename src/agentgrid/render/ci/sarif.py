"""SARIF 2.1.0 (OASIS), as code scanning services read it."""

import json
from urllib.parse import quote

from agentgrid import __version__
from agentgrid.boundaries.findings import CheckReport, Finding
from agentgrid.config.policy import GRID_FILE
from agentgrid.config.schema import SHIPPED_RULES
from agentgrid.render.ci.fingerprints import fingerprints
from agentgrid.render.ci.legible import advise
from agentgrid.render.ci.rules import rule_text

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warn": "warning"}
_TOP = "%SRCROOT%"


def render_sarif(report: CheckReport) -> str:
    """One run with every rule, and a result for each finding."""
    rules = list(dict.fromkeys([*SHIPPED_RULES, *(finding.rule for finding in report.findings)]))
    results = [
        _result(finding, rules.index(finding.rule), fingerprint)
        for finding, fingerprint in zip(report.findings, fingerprints(report.findings), strict=True)
    ]
    driver = {"name": "agentgrid", "version": __version__, "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {_TOP: {"description": {"text": "The top of the repository."}}},
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: str) -> dict[str, object]:
    text = rule_text(rule)
    return {
        "id": rule,
        "shortDescription": {"text": text.asks},
        "fullDescription": {"text": f"{text.asks} {text.help.replace('`', '')}"},
        "help": {"text": text.help.replace("`", ""), "markdown": text.help},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, index: int, fingerprint: str) -> dict[str, object]:
    known = {"owner": finding.owner, "commit": finding.commit}
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": advise(finding)},
        "locations": [{"physicalLocation": _place(finding)}],
        "partialFingerprints": {"agentgridFinding/v1": fingerprint},
        "properties": {name: value for name, value in known.items() if value is not None},
    }


def _place(finding: Finding) -> dict[str, object]:
    # Code scanning refuses a whole file for one result without a place: what is about no path stands where the rules
    # are written.
    uri = quote(finding.path or GRID_FILE.encode(), safe="/")
    return {"artifactLocation": {"uri": uri, "uriBaseId": _TOP}, "region": {"startLine": 1}}
