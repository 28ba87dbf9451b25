"""JUnit XML, read back by other people's readers."""

import xml.etree.ElementTree as ET

from junitparser import JUnitXml

from agentgrid.config.schema import SHIPPED_RULES
from agentgrid.render.ci.junit import render_junit
from support.reports import STRANGE, about_message, finding, report, strange_report


def cases(text: str) -> dict[tuple[str, str], ET.Element]:
    root = ET.fromstring(text.encode())
    found = {(case.get("classname", ""), case.get("name", "")): case for case in root.iter("testcase")}
    assert len(found) == len(list(root.iter("testcase")))
    return found


def test_an_error_fails_a_warning_passes_with_a_word_and_other_rules_pass() -> None:
    found = cases(render_junit(report(finding(), finding(b"x", severity="warn", rule="ownership.unowned"))))
    failed = found["agentgrid.ownership.foreign", "services/billing/main.py"]
    (failure,) = failed
    assert (failure.tag, failure.get("type"), failed.get("file")) == (
        "failure",
        "ownership.foreign",
        "services/billing/main.py",
    )
    assert (failure.text or "").endswith("\nleave the change to a2, or ask a person")
    (warned,) = found["agentgrid.ownership.unowned", "x"]
    assert (warned.tag, (warned.text or "")[:9]) == ("system-out", "warning: ")
    assert [case for key, case in found.items() if len(case) and key not in {
        ("agentgrid.ownership.foreign", "services/billing/main.py"), ("agentgrid.ownership.unowned", "x"),
    }] == []  # fmt: skip


def test_every_rule_has_a_case() -> None:
    assert {classname for classname, _ in cases(render_junit(report()))} == {
        f"agentgrid.{rule}" for rule in SHIPPED_RULES
    }


def test_another_reader_counts_the_same() -> None:
    read = JUnitXml.fromstring(render_junit(strange_report()).encode())
    assert (read.tests, read.failures, read.errors) == (len(SHIPPED_RULES) - 3 + len(STRANGE) + 2, len(STRANGE) + 1, 0)


def test_strange_paths_keep_the_document_whole() -> None:
    names = {name for classname, name in cases(render_junit(strange_report())) if classname.endswith("foreign")}
    assert names == {path.replace(b"\x1b", "\ufffd".encode()).decode("utf-8", "backslashreplace") for path in STRANGE}


def test_findings_of_one_name_are_told_apart() -> None:
    found = cases(
        render_junit(report(about_message("a1" * 20), about_message("b2" * 20), finding(), finding(owner="a3")))
    )
    assert len([1 for classname, _ in found if classname.endswith(("message.format", "foreign"))]) == 4
