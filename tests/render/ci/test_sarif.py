"""SARIF 2.1.0, held against its published schema."""

import json
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest

from agentgrid import __version__
from agentgrid.boundaries.findings import CheckReport
from agentgrid.config.schema import SHIPPED_RULES
from agentgrid.render.ci.fingerprints import fingerprints
from agentgrid.render.ci.sarif import render_sarif
from support.reports import STRANGE, about_message, finding, report, strange_report
from support.schemas import SARIF, load_schema


def rendered(checked: CheckReport) -> Any:
    log = json.loads(render_sarif(checked).encode())
    jsonschema.Draft7Validator(load_schema(SARIF), format_checker=jsonschema.FormatChecker()).validate(log)
    (run,) = log["runs"]
    return run


def test_a_log_that_is_no_sarif_is_found() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": "2.1.0", "runs": [{"tool": {}}]}, load_schema(SARIF))


def test_the_tool_names_its_version_and_every_rule_with_help() -> None:
    driver = rendered(report())["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("agentgrid", __version__)
    assert [rule["id"] for rule in driver["rules"]] == list(SHIPPED_RULES)
    assert all(rule["help"]["text"] and rule["fullDescription"]["text"] for rule in driver["rules"])


def test_a_result_has_rule_level_place_and_fingerprint() -> None:
    checked = report(finding(severity="warn"), about_message())
    run = rendered(checked)
    first, second = run["results"]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "ownership.foreign"
    assert (first["level"], second["level"]) == ("warning", "error")
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "services/billing/main.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 1},
            }
        }
    ]
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "agentgrid.yaml"
    assert [each["partialFingerprints"]["agentgridFinding/v1"] for each in run["results"]] == fingerprints(
        checked.findings
    )
    assert first["properties"]["owner"] == "a2"


def test_a_strange_path_is_a_uri_that_reads_back_as_its_bytes() -> None:
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in rendered(strange_report())["results"]
    ]
    assert [unquote_to_bytes(uri) for uri in uris][: len(STRANGE)] == list(STRANGE)
    assert all(uri.isascii() and ":" not in uri and " " not in uri for uri in uris)


def test_a_rule_that_is_not_shipped_is_listed_too() -> None:
    run = rendered(report(finding(rule="own.rule")))
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == "own.rule"
